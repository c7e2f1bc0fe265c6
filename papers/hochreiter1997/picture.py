"""How many sequences nets needed, beside what the paper says, task by task."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

MEASURED, PUBLISHED = "#1f5f9e", "#c98a1b"


@dataclass(frozen=True, slots=True)
class Needed:
    """What the nets of one task needed.

    Attributes:
        task: Its name.
        published: Mean number of training sequences in the paper.
        measured: The number of each net that succeeded.
        nets: How many tried.
    """

    task: str
    published: int
    measured: Sequence[int]
    nets: int


def save(folder: Path, tasks: Sequence[Needed]) -> None:
    """Writes `hochreiter1997-sequences.svg`.

    Args:
        folder: Where to; made if it is missing.
        tasks: From the top downwards.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7.2, 0.9 + 0.24 * len(tasks)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for row, one in enumerate(tasks):
        solved = len(one.measured)
        nets = axes.scatter(one.measured, [row] * solved, s=16, color=MEASURED, alpha=0.6)
        paper = axes.scatter(one.published, row, s=130, marker="|", color=PUBLISHED, linewidth=2.5)
    told = [f"{one.task}  ({len(one.measured)} of {one.nets})" for one in tasks]
    axes.set_yticks(range(len(tasks)), told, fontsize=8)
    axes.set(xscale="log", xlabel="training sequences", ylim=(len(tasks) - 0.5, -0.5))
    axes.grid(axis="x", linewidth=0.3)
    figure.legend(
        [nets, paper],
        ["our nets", "the paper's mean"],
        loc="outside upper right",
        ncols=2,
        frameon=False,
    )
    figure.savefig(folder / "hochreiter1997-sequences.svg", metadata={"Date": None})
