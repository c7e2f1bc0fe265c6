"""What users come for: fit, predict, evaluate, save and load."""

from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.load import load
from lstmkit.tasks.run_folder import run_forecast

__all__ = ["Forecaster", "load", "run_forecast"]
