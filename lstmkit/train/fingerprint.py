"""What must be the same when a run is resumed."""

from dataclasses import asdict
from typing import Any

import numpy as np
from torch import nn

from lstmkit.train.batches import Batches
from lstmkit.train.settings import TrainSettings

DATA = "data"
"""Name of the mark of the data."""

_FREE = ("device", "max_seconds", "checkpoint_seconds")


def fingerprint(
    model: nn.Module,
    train_data: Batches,
    valid_data: Batches,
    settings: TrainSettings,
    data_mark: str | None = None,
) -> dict[str, Any]:
    """Describes a run by all that its result depends on and that can be compared cheaply.

    Args:
        model: Gives the shape of each parameter, and whether it is trained.
        train_data: Gives its number of rows and the shape of one.
        valid_data: Gives its number of rows.
        settings: All but those that may change on the way: the device and the two times.
        data_mark: A digest of what both data were made from; None where nobody made one.

    Returns:
        JSON-able values by the name under which an error message shows them.
    """
    first = train_data.batch(np.zeros(1, dtype=np.int64))
    return {
        **{name: value for name, value in asdict(settings).items() if name not in _FREE},
        "rows of train_data": len(train_data),
        "rows of valid_data": len(valid_data),
        **{f"shape of a row's {name!r}": list(first[name].shape[1:]) for name in sorted(first)},
        **{
            f"{'parameter' if p.requires_grad else 'frozen parameter'} {name}": list(p.shape)
            for name, p in model.named_parameters()
        },
        **{f"buffer {name}": list(buffer.shape) for name, buffer in model.named_buffers()},
        **({} if data_mark is None else {DATA: data_mark}),
    }
