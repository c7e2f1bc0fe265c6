"""The size of the error signal against the lag."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# a colour a radius, at rest and driven; wide lines have others
COLOURS = {
    "Elman, radius 0.5": "#7a5ba8",
    "Elman, radius 0.9": "#1f5f9e",
    "Elman, radius 1,": "#3c8d5a",
    "Elman, radius 1.1": "#c98a1b",
    "Elman, radius 1.5": "#a8323e",
    "carousel of 1997": "#111111",
    "carousel with forget gate at 0.7311": "#8b98a5",
    "carousel with forget gate at 0.9933": "#62b6cb",
    "plain LSTM": "#e39ac0",
}


def save(folder: Path, signals: Mapping[str, Sequence[float]]) -> None:
    """Writes `pascanu2013-signal.svg`.

    Args:
        folder: Where to; made if it is missing.
        signals: For each net the norms by lag.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7.2, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for name, norms in signals.items():
        style = "--" if "driven" in name else "-"
        colour = next(colour for start, colour in COLOURS.items() if name.startswith(start))
        # thin lines lie on wide ones
        width, order = (1.2, 3) if name.startswith("Elman") else (2.4, 2)
        size = [norm / norms[0] for norm in norms[:200]]
        axes.plot(size, style, color=colour, linewidth=width, zorder=order, label=name)
    axes.set_yscale("log")
    axes.set_ylim(1e-20, 1e20)
    axes.set_xlabel("steps back")
    axes.set_ylabel("error signal, 1 at the last step")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=7)
    figure.savefig(folder / "pascanu2013-signal.svg", metadata={"Date": None})
