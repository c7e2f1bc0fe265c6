"""How long a user waits for a cell of his own; runs in a process of its own.

    python -m benchmarks.speed.first_use NAME

NAME is one of the cells in texts.py. Where the folder of LSTMKIT_CACHE holds the cell already, it
is the time of finding it there.
"""

import sys
import time

import torch

from benchmarks.speed.texts import TEXTS
from lstmkit import LSTM, explain


def wait(name: str) -> float:
    """Returns the seconds from a cell's text to its first output, with 64 units.

    Args:
        name: Of the cell in texts.py.
    """
    x = torch.zeros(1, 10, 64)
    LSTM(64, 64)(x)  # the engine itself is loaded, and threads have started
    began = time.perf_counter()
    layer = LSTM(64, 64, cell=TEXTS[name])
    layer(x)
    waited = time.perf_counter() - began
    assert "cpu" in explain(layer, x).split(":")[1], explain(layer, x)
    return waited


if __name__ == "__main__":
    print(wait(sys.argv[1]))
