"""One readable training loop, with checkpoints, progress and model files.

`fit` trains any module that has a `loss`; `write_file` and `read_file` keep models on disk.
"""

from lstmkit.train.history import History as History
from lstmkit.train.interruption import Interrupted as Interrupted
from lstmkit.train.loop import Batches as Batches
from lstmkit.train.loop import fit as fit
from lstmkit.train.model_file import read_file as read_file
from lstmkit.train.model_file import write_file as write_file
from lstmkit.train.settings import TrainSettings as TrainSettings

__all__ = [
    "Batches",
    "History",
    "Interrupted",
    "TrainSettings",
    "fit",
    "read_file",
    "write_file",
]
