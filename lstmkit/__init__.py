"""Every LSTM, from its equations: trained, streamed and shipped at full speed."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstmkit import cells, compat, inspect, nn
    from lstmkit.compat import accelerate
    from lstmkit.engine import Cell, explain, read, use_path
    from lstmkit.nn import LSTM, check_cell
    from lstmkit.tasks import Classifier, Detector, Forecaster, Regressor, Tagger, load, tune

# where each public name lives; nothing is imported before it is asked for
_HOMES = {
    "Cell": "lstmkit.engine",
    "Classifier": "lstmkit.tasks",
    "Detector": "lstmkit.tasks",
    "Forecaster": "lstmkit.tasks",
    "LSTM": "lstmkit.nn",
    "Regressor": "lstmkit.tasks",
    "Tagger": "lstmkit.tasks",
    "accelerate": "lstmkit.compat",
    "check_cell": "lstmkit.nn",
    "explain": "lstmkit.engine",
    "load": "lstmkit.tasks",
    "read": "lstmkit.engine",
    "tune": "lstmkit.tasks",
    "use_path": "lstmkit.engine",
}
_ROOMS = ("cells", "compat", "inspect", "nn")

__all__ = [
    "LSTM",
    "Cell",
    "Classifier",
    "Detector",
    "Forecaster",
    "Regressor",
    "Tagger",
    "__version__",
    "accelerate",
    "cells",
    "check_cell",
    "compat",
    "explain",
    "inspect",
    "load",
    "nn",
    "read",
    "tune",
    "use_path",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"lstmkit.{name}")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "__version__":
        return import_module("importlib.metadata").version("lstmkit")
    raise AttributeError(f"module 'lstmkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
