"""Pictures of a run: true and predicted frames, and how the nets learn."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy import ndarray

from papers.records import Record
from papers.shi2015.train import BATCH, LOOKED, SEEN

COLORS = ("#8b98a5", "#1f5f9e", "#3c8d5a", "#c98a1b", "#a8323e")


def save(
    folder: Path, truth: Float[ndarray, "time size size"], found: Mapping[str, Sequence[Record]]
) -> None:
    """Writes `shi2015-frames.png` and `shi2015-learning.svg`.

    Args:
        folder: Where to; made if it is missing.
        truth: The first test sequence.
        found: Records of all nets by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    forecasts = {name: np.array(records[0]["shown"][0]) for name, records in found.items()}
    frames(truth, forecasts).savefig(folder / "shi2015-frames.png", dpi=110)
    learning(found).savefig(folder / "shi2015-learning.svg", metadata={"Date": None})


def frames(truth: Float[ndarray, "time size size"], forecasts: Mapping[str, ndarray]) -> Figure:
    """Draws a sequence: what is seen, what follows, and below it what each net forecasts.

    Args:
        truth: The whole sequence.
        forecasts: For each net the frames ahead.

    Returns:
        The figure.
    """
    rows = {"seen, then true": truth, **forecasts}
    figure = Figure(figsize=(9, 0.95 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(rows), len(truth), squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for line, (name, row) in zip(grid, rows.items(), strict=True):
        line[0].set_axis_on()
        line[0].set(xticks=[], yticks=[], frame_on=False)
        line[0].set_ylabel(name.replace(" ", "\n", 1), rotation=0, ha="right", va="center")
        for axes, frame in zip(line[len(truth) - len(row) :], row, strict=True):
            axes.imshow(frame, cmap="gray", vmin=0, vmax=1 if row is truth else 255)
    grid[0, SEEN].set_title("ahead", loc="left", fontsize=9)
    return figure


def learning(found: Mapping[str, Sequence[Record]]) -> Figure:
    """Draws the training loss: a thin line a net, a thick one for the mean over seeds.

    Args:
        found: Records of all nets by name.

    Returns:
        The figure.
    """
    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for (name, records), color in zip(found.items(), COLORS, strict=False):
        lines = np.array([record["curve"] for record in records])
        sequences = (np.arange(lines.shape[1]) + 1) * LOOKED * BATCH
        axes.plot(sequences, lines.T, color=color, linewidth=0.5, alpha=0.5)
        axes.plot(sequences, lines.mean(0), color=color, linewidth=2, label=name)
    axes.set(xlabel="training sequences", ylabel="cross-entropy, nats a pixel", xlim=(0, None))
    axes.legend(frameon=False)
    return figure
