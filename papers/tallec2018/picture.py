"""Losses on the copy task."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from papers.records import Record
from papers.tallec2018.task import EVERY, blind

COLOURS = {"chrono": "#1f5f9e", "forget bias 1": "#c98a1b"}


def save(folder: Path, found: Mapping[tuple[int, str], Sequence[Record]]) -> None:
    """Writes `tallec2018-copy.svg`.

    Args:
        folder: Where to; made if it is missing.
        found: For each gap and initialisation its nets.
    """
    folder.mkdir(parents=True, exist_ok=True)
    gaps = sorted({gap for gap, _ in found})
    figure = Figure(figsize=(7.2, 3), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(gaps), squeeze=False)[0]
    panels[0].set_ylabel("loss, nats a step")
    for axes, gap in zip(panels, gaps, strict=True):
        for name, colour in COLOURS.items():
            for number, one in enumerate(found[gap, name]):
                steps = [EVERY * (k + 1) for k in range(len(one["losses"]))]
                label = name if number == 0 else None
                axes.plot(steps, one["losses"], color=colour, linewidth=1, label=label)
        axes.axhline(blind(gap), color="#8b98a5", linestyle="--", label="without memory")
        axes.set_ylim(0, 2 * blind(gap))
        axes.set_title(f"a gap of {gap} steps", fontsize=9)
        axes.set_xlabel("steps of training")
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(folder / "tallec2018-copy.svg", metadata={"Date": None})
