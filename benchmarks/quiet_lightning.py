"""The models of neuralforecast as benchmarks run them: on the CPU, silent, timed step by step."""

import logging
import time
import warnings
from typing import Any


def quiet_lightning() -> tuple[dict[str, Any], list[float]]:
    """Silences the trainer under the models.

    Returns:
        Options that every model takes, and a list that the end of each training step is put into.
    """
    from pytorch_lightning import Callback

    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    ends: list[float] = []

    class Clock(Callback):
        def on_train_batch_end(self, *_: Any) -> None:
            ends.append(time.perf_counter())

    options = {
        "callbacks": [Clock()],
        "accelerator": "cpu",
        "logger": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "enable_checkpointing": False,
    }
    return options, ends
