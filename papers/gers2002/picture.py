"""What a net of 17 weights does between two spikes."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def save(folder: Path, nets: Mapping[str, Mapping[str, list[float]]]) -> None:
    """Writes `gers2002-timing.svg`.

    Args:
        folder: Where to; made if it is missing.
        nets: For each task what a net gave over time: input, target, output, state.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7.2, 1.7 * len(nets)), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (name, found) in zip(
        figure.subplots(len(nets), squeeze=False)[:, 0], nets.items(), strict=True
    ):
        axes.plot(found["target"], color="#c98a1b", linewidth=3, alpha=0.5, label="target")
        axes.plot(found["output"], color="#1f5f9e", linewidth=1, label="output")
        axes.set_title(name, fontsize=9, loc="left")
        states = axes.twinx()
        states.plot(found["state"], color="#8b98a5", linewidth=0.8, linestyle="--", label="state")
        states.tick_params(labelcolor="#8b98a5")
    axes.set_xlabel("steps")
    lines = [*axes.lines, *states.lines]
    names = [str(line.get_label()) for line in lines]
    figure.legend(lines, names, loc="outside upper center", ncols=3, frameon=False)
    figure.savefig(folder / "gers2002-timing.svg", metadata={"Date": None})
