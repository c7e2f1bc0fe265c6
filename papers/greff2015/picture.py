"""The box plot of the variants, and what each hyper-parameter does."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from papers.greff2015.search import NAMES, best, importance, scaled, welch
from papers.records import Record

COLOURS = {"same": "#1f5f9e", "differs": "#a8323e", "all": "#8b98a5"}
TICKS = {
    "rate": ("learning rate", ("1e-6", "1e-4", "1e-2")),
    "hidden": ("units", ("20", "63", "200")),
    "momentum": ("momentum", ("0", "0.9", "0.99")),
    "noise": ("noise on the inputs", ("0", "0.5", "1")),
}


def save(
    folder: Path, found: Mapping[str, Sequence[Record]], alike: Mapping[str, Sequence[Record]]
) -> None:
    """Writes `greff2015-variants.svg` and `greff2015-hyperparameters.svg`.

    Args:
        folder: Where to; made if it is missing.
        found: Trials of the search by variant.
        alike: Nets in the better of two settings that are the same for all variants.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {"variants": variants(found, alike), "hyperparameters": hyperparameters(found)}
    for name, figure in drawn.items():
        figure.savefig(folder / f"greff2015-{name}.svg", metadata={"Date": None})


def variants(
    found: Mapping[str, Sequence[Record]], alike: Mapping[str, Sequence[Record]]
) -> Figure:
    """Draws the best trials of the search, and the nets in the better setting, as boxes.

    Red where they differ from vanilla; all trials of the search are dots.

    Args:
        found: Trials of the search by variant.
        alike: Nets in the better of two settings that are the same for all variants.
    """
    panels = 2 if alike else 1
    figure = Figure(figsize=(7.2, 2.7 * panels), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(panels, 1, squeeze=False)[[0, -1], 0]
    for place, ones in enumerate(found.values()):
        dots = [one["test"] for one in ones]
        above.plot([place - 0.32] * len(ones), dots, ".", color=COLOURS["all"], markersize=4)
    _boxes(above, {name: best(ones) for name, ones in found.items()})
    above.set_title("the best of a random search; dots are all trials", fontsize=9)
    if alike:
        _boxes(below, alike)
        below.set_title("the better of two settings, the same for all", fontsize=9)
    return figure


def _boxes(axes: Axes, found: Mapping[str, Sequence[Record]]) -> None:
    for place, (name, ones) in enumerate(found.items()):
        differs = name != "V" and "V" in found and welch(ones, found["V"]) < 0.05
        colour = COLOURS["differs" if differs else "same"]
        box = axes.boxplot([one["test"] for one in ones], positions=[place], widths=0.4)
        for part in ("boxes", "medians", "whiskers", "caps"):
            for line in box[part]:
                line.set_color(colour)
    axes.set(xlim=(-0.6, len(found) - 0.4), ylabel="test loss, nats a step")
    axes.set_xticks(range(len(found)), list(found))


def hyperparameters(found: Mapping[str, Sequence[Record]]) -> Figure:
    """Draws the test loss over each hyper-parameter, a mean over the others, and the trials.

    Args:
        found: Trials by variant.
    """
    ones = [one for some in found.values() for one in some]
    points, said = scaled(ones), importance(ones)
    figure = Figure(figsize=(7.2, 2.6), layout="constrained")
    FigureCanvasAgg(figure)
    drawn = figure.subplots(1, len(NAMES), sharey=True)
    for column, (name, axes) in enumerate(zip(NAMES, drawn, strict=True)):
        tests = [one["test"] for one in ones]
        axes.plot(points[:, column], tests, ".", color=COLOURS["all"], markersize=3)
        axes.plot(said.at, said.marginals[name], color=COLOURS["same"], linewidth=2)
        label, ticks = TICKS[name]
        axes.set_xticks((0, 0.5, 1), ticks)
        axes.set_xlabel(label)
        axes.set_title(f"{said.shares[name]:.0%} of the variance", fontsize=8)
    drawn[0].set_ylabel("test loss, nats a step")
    return figure
