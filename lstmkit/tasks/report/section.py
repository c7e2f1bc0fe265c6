"""One figure of a report, with its heading and how to read it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lstmkit.tasks.report.figures import loss_figure

STOPPED = {
    "epochs": "after the last epoch",
    "patience": "when the loss no longer fell",
    "time": "when its time was up",
}
# what the second loss is called, and what it tells
HELD_OUT = (
    "validation",
    "Where validation no longer falls although training does, the model begins to learn by heart.",
)
AT_REST = (
    "at rest",
    "Nothing was held out: the second line is the loss of the same data after each epoch, without "
    "dropout, and does not tell when the model begins to learn by heart.",
)


@dataclass(frozen=True)
class Section:
    """One figure of the report.

    Attributes:
        key: Name of its PNG file, and its id in the page.
        heading: What it is about.
        read: How to read it.
        alt: What it shows, for those who cannot see it.
        draw: Makes the figure at a width in inches.
    """

    key: str
    heading: str
    read: str
    alt: str
    draw: Callable[..., Figure]


def loss_section(history: Mapping[str, Any]) -> Section | None:
    """The losses by epoch; None where there are none.

    Args:
        history: As `History.to_dict` gives it.
    """
    train, valid, best = history["train_loss"], history["valid_loss"], history["best_epoch"]
    if not np.isfinite([*train, *valid]).any():
        return None
    held_out = history.get("held_out", True)
    judged, about = HELD_OUT if held_out else AT_REST
    ended = STOPPED.get(history["stopped"], history["stopped"])
    read = f"{about} The weights of the best epoch, {best}, were kept. Training ended {ended}."
    alt = f"Training and {judged} loss over {len(train)} epochs, lowest {judged} at epoch {best}."
    draw = partial(loss_figure, train, valid, best, judged)
    return Section("loss", "Training", read, alt, draw)
