"""One readable training loop, with checkpoints, progress and model files.

`fit` trains any module that has a `loss`; `write_file` and `read_file` keep models on disk.
"""

from lstmkit.train.batches import Batches, InBlocks
from lstmkit.train.checkpoint import CHECKPOINT
from lstmkit.train.history import History
from lstmkit.train.interruption import Interrupted
from lstmkit.train.loop import Diverged, fit
from lstmkit.train.model_file import read_file, write_file
from lstmkit.train.settings import TrainSettings

__all__ = [
    "CHECKPOINT",
    "Batches",
    "Diverged",
    "History",
    "InBlocks",
    "Interrupted",
    "TrainSettings",
    "fit",
    "read_file",
    "write_file",
]
