"""How many sequences each needs, over the gap."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from papers.records import Record

COLOURS = ("#1f5f9e", "#3c8d5a", "#c98a1b", "#a8323e", "#7a4fa3", "#8b98a5", "#5b3a1e", "#111111")


def save(
    folder: Path, found: Mapping[tuple[str, int], Sequence[Record]], most: Mapping[str, int]
) -> None:
    """Writes `gap.svg`.

    A line joins the gaps that all nets solved, at the mean of the sequences they needed; it ends in
    a cross at the first gap that one did not solve.

    Args:
        folder: Where to; made if it is missing.
        found: Records by name and gap.
        most: Sequences after which each has failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7.2, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for colour, name in zip(COLOURS, most, strict=False):
        gaps = sorted(gap for other, gap in found if other == name)
        solved = [gap for gap in gaps if all(one["solved"] for one in found[name, gap])]
        failed = next((gap for gap in gaps if gap not in solved), None)
        before = [gap for gap in solved if failed is None or gap < failed]
        needed = [
            sum(one["sequences"] for one in found[name, gap]) / len(found[name, gap])
            for gap in before
        ]
        axes.plot(before, needed, "o-", color=colour, markersize=4, label=name)
        if failed is not None:
            end = (
                ([before[-1], failed], [needed[-1], most[name]]) if before else (failed, most[name])
            )
            axes.plot(*end, ":", color=colour)
            axes.plot(failed, most[name], "x", color=colour, markersize=8)
    axes.set(xscale="log", yscale="log", xlabel="steps between the sign and the question")
    axes.set_ylabel("sequences until 99 % are right")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=8)
    figure.savefig(folder / "gap.svg", metadata={"Date": None})
