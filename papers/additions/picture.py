"""How the nets learn: the validation loss over the epochs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from papers.records import Record

COLOURS = ("#111111", "#1f5f9e", "#3c8d5a", "#8b98a5", "#c98a1b", "#a8323e")


def save(folder: Path, found: Mapping[str, Sequence[Record]]) -> None:
    """Writes `additions.svg`: a thin line a net, a dot where it was best.

    Args:
        folder: Where to; made if it is missing.
        found: Records by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7.2, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for colour, (name, ones) in zip(COLOURS, found.items(), strict=False):
        for number, one in enumerate(ones):
            curve = one["curve"]
            epochs = range(1, len(curve) + 1)
            label = name if number == 0 else None
            axes.plot(epochs, curve, color=colour, linewidth=0.8, label=label)
            axes.plot(curve.index(min(curve)) + 1, min(curve), "o", color=colour, markersize=3)
    lowest = min(one["valid"] for ones in found.values() for one in ones)
    axes.set(xlabel="epochs", ylabel="validation loss, nats a step")
    axes.set_ylim(lowest - 0.1, lowest + 1.5)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(folder / "additions.svg", metadata={"Date": None})
