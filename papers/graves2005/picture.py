"""How sure nets are along a row of digits, and how soon after the beginning of one."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from papers.graves2005.speech import DIGITS, HOP, RATE
from papers.records import Record

COLOURS = ("#1f5f9e", "#7fb0dd", "#3c8d5a", "#a8323e", "#e08a92", "#c98a1b", "#8b98a5")
MILLISECONDS = 1000 * HOP / RATE
BESIDE = ("LSTM", "BLSTM")


def save(folder: Path, found: Mapping[str, Sequence[Record]]) -> None:
    """Writes `graves2005-frames.svg`.

    Args:
        folder: Where to; made if it is missing.
        found: Records by net, the first of each of the same speaker.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = [name for name in BESIDE if name in found]
    figure = Figure(figsize=(7.2, 3.4 + 1.3 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    above, *below = figure.subplots(
        1 + len(rows), 1, height_ratios=[2.4, *[1.0] * len(rows)], squeeze=True
    )
    for colour, (name, ones) in zip(COLOURS, found.items(), strict=False):
        shares = 100 * np.mean([one["since"] for one in ones], axis=0)
        dashes = "--" if "truncated" in name else "-"
        at = MILLISECONDS * np.arange(len(shares))
        above.plot(at, shares, dashes, color=colour, linewidth=1.4, label=name)
    above.set(xlabel="milliseconds since the digit began", ylabel="frames right, %", ylim=(0, 100))
    above.legend(frameon=False, fontsize=8, loc="lower right", ncols=2)
    for axes, name in zip(below, rows, strict=True):
        _along(axes, name, found[name][0]["shown"])
    below[-1].set_xlabel("seconds")
    figure.savefig(folder / "graves2005-frames.svg", metadata={"Date": None})


def _along(axes: Axes, name: str, shown: Mapping[str, list]) -> None:
    """Draws the probabilities of the digits that are spoken along a row."""
    digits, probabilities = np.array(shown["digit"]), np.array(shown["probabilities"])
    at = np.arange(len(digits)) * HOP / RATE
    for digit in range(DIGITS):
        colour = colormaps["tab10"](digit)
        axes.plot(at, probabilities[:, digit], color=colour, linewidth=1)
        axes.fill_between(at, -0.16, -0.04, where=digits == digit, color=colour, linewidth=0)
    for begin in np.flatnonzero(np.diff(digits, prepend=-1)):
        axes.text(at[begin], 1.06, f"“{digits[begin]}”", fontsize=8)
    axes.set(ylabel=name, ylim=(-0.18, 1.3), xlim=(0, at[-1]), yticks=(0, 1))
