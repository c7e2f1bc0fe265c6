"""What users come for: fit, predict, evaluate, save and load."""

from lstmkit.tasks.detection.detector import Detector
from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.inspect_forecaster import inspect_forecaster
from lstmkit.tasks.inspect_sequences import inspect_sequences
from lstmkit.tasks.load import load
from lstmkit.tasks.run_folder import run_forecast
from lstmkit.tasks.sequence.classifier import Classifier
from lstmkit.tasks.sequence.regressor import Regressor
from lstmkit.tasks.sequence.run_sequences import run_sequences
from lstmkit.tasks.sequence.tagger import Tagger
from lstmkit.tasks.tuning.space import Between, OneOf
from lstmkit.tasks.tuning.trials import Trial
from lstmkit.tasks.tuning.tune import Tuned, tune

__all__ = [
    "Between",
    "Classifier",
    "Detector",
    "Forecaster",
    "OneOf",
    "Regressor",
    "Tagger",
    "Trial",
    "Tuned",
    "inspect_forecaster",
    "inspect_sequences",
    "load",
    "run_forecast",
    "run_sequences",
    "tune",
]
