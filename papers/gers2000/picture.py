"""The paper's picture: states of nets that nobody tells where a string ends."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLORS = ("#a8323e", "#1f5f9e", "#3c8d5a", "#c98a1b")


def save(folder: Path, states: Mapping[str, Sequence[Sequence[float]]]) -> None:
    """Writes `gers2000-states.svg`.

    Args:
        folder: Where to; made if it is missing.
        states: For each kind of net and each net of it, the largest absolute state at every tenth
            step of a stream.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for (name, nets), color in zip(states.items(), COLORS, strict=False):
        lines = np.array(nets)
        steps = 10 * np.arange(lines.shape[1])
        axes.plot(steps, lines.T, color=color, linewidth=0.4, alpha=0.4)
        axes.plot(steps, np.median(lines, axis=0), color=color, linewidth=2, label=name)
    axes.set(xlabel="symbols of a stream", ylabel="largest state", yscale="log")
    # a net that has just been emptied would reach down for ever
    axes.set(xlim=(0, None), ylim=(1, None))
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    figure.savefig(folder / "gers2000-states.svg", metadata={"Date": None})
