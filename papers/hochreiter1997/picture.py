"""How the error falls during training, task by task."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def save(folder: Path, curves: Mapping[str, Sequence[Sequence[float]]]) -> None:
    """Writes `hochreiter1997-learning.svg`.

    Args:
        folder: Where to; made if it is missing.
        curves: For each task and each net of it the mean error of every 1,000 training sequences.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for number, (name, nets) in enumerate(curves.items()):
        for net, curve in enumerate(nets):
            axes.plot(
                range(1, len(curve) + 1),
                curve,
                color=colormaps["tab10"](number % 10),
                linewidth=0.9,
                linestyle="--" if "tanh" in name else "-",
                label=name if net == 0 else None,
            )
    axes.set(
        xlabel="training sequences, thousands", ylabel="mean error", xscale="log", yscale="log"
    )
    axes.legend(frameon=False, fontsize=7, loc="lower left")
    figure.savefig(folder / "hochreiter1997-learning.svg", metadata={"Date": None})
