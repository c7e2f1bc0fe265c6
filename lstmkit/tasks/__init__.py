"""What users come for: fit, predict, evaluate, save and load."""

from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.inspect_forecaster import inspect_forecaster
from lstmkit.tasks.load import load
from lstmkit.tasks.run_folder import run_forecast
from lstmkit.tasks.sequence.classifier import Classifier
from lstmkit.tasks.sequence.regressor import Regressor
from lstmkit.tasks.sequence.run_sequences import run_sequences
from lstmkit.tasks.sequence.tagger import Tagger

__all__ = [
    "Classifier",
    "Forecaster",
    "Regressor",
    "Tagger",
    "inspect_forecaster",
    "load",
    "run_forecast",
    "run_sequences",
]
