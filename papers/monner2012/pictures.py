"""Pictures of a run: the networks themselves, and how fast they learn."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lstmkit.nn.graph import draw, gated_recurrence, lstm, two_stage, ungated_recurrence

# small ones, because in a large one no line can be followed
SMALL = {
    "lstm": lstm(2, 1, 1),
    "ungated": ungated_recurrence(1, 2, 1),
    "gated": gated_recurrence(1, 2, 1),
    "two-stages": two_stage(2, (1, 1), 1),
}
COLORS = ("#8b98a5", "#1f5f9e", "#3c8d5a", "#c98a1b", "#a8323e")


def save(folder: Path, curves: Mapping[str, Sequence[Sequence[int]]]) -> None:
    """Writes `monner2012-learning.svg` and a drawing of every shape of network.

    Args:
        folder: Where to; made if it is missing.
        curves: For each network, and each net of it, how many of every 1,000 training sequences
            were right.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {name: draw(graph) for name, graph in SMALL.items()}
    # the same picture is the same file
    with rc_context({"svg.hashsalt": "monner2012"}):
        for name, picture in (pictures | {"learning": learning(curves)}).items():
            picture.savefig(folder / f"monner2012-{name}.svg", metadata={"Date": None})


def learning(curves: Mapping[str, Sequence[Sequence[int]]]) -> Figure:
    """Draws learning curves: a thin line a net, a thick one for the median.

    Args:
        curves: As in `save`.

    Returns:
        The figure.
    """
    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for (name, nets), color in zip(curves.items(), COLORS, strict=False):
        longest = max(map(len, nets))
        # a net that has learnt the task stays where it is
        lines = np.array([[*net, *[net[-1]] * (longest - len(net))] for net in nets]) / 10.0
        sequences = np.arange(1, longest + 1)
        axes.plot(sequences, lines.T, color=color, linewidth=0.4, alpha=0.5)
        axes.plot(sequences, np.median(lines, axis=0), color=color, linewidth=2, label=name)
    axes.axhline(95, color="#22303c", linewidth=0.6, linestyle=":")
    axes.axhline(100 / 16, color="#22303c", linewidth=0.6, linestyle=":")
    axes.set(
        xlabel="training sequences, thousands",
        ylabel="right, % of the last 1,000",
        xlim=(0, None),
        ylim=(0, 100),
    )
    axes.legend(frameon=False, loc="lower right")
    return figure
