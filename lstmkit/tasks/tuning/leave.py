"""What a search leaves in the folder of its run: a table and a page."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lstmkit.tasks.report.drawing import number, short
from lstmkit.tasks.report.page import Page, counted, duration, write_page
from lstmkit.tasks.report.search_figures import coordinates_figure, search_figure
from lstmkit.tasks.report.section import Section
from lstmkit.tasks.run_files import kept_in
from lstmkit.tasks.tuning.trials import Trial, best_of, trials_table

TABLE, PAGE = "trials.csv", "search.html"
MOST_ROWS = 10


def leave(
    folder: Path,
    title: str,
    known: Sequence[Trial],
    settings: Mapping[str, Any],
    again: Sequence[str],
) -> None:
    """Writes trials.csv, search.html and their figures.

    Args:
        folder: Folder of the run.
        title: Heading of the run.
        known: Every trial.
        settings: Settings of the best one, as they took effect.
        again: Commands that repeat its run.

    Raises:
        ModelFileError: A file cannot be written.
    """
    page = Page(
        title=f"{title}: the search",
        headline=search_headline(known),
        scores=_table(known),
        facts=_facts(known),
        sections=_sections(known),
        settings={name: value for name, value in settings.items() if value is not None},
        notices=[
            "The lowest of many validation losses flatters whoever reached it. How good the model "
            "is stands in report.html, judged by a test part that chose nothing.",
        ],
        again=again,
    )
    with kept_in(folder):
        trials_table(known).write_csv(folder / TABLE)
        write_page(folder, page, PAGE)


def search_headline(known: Sequence[Trial]) -> str:
    """Says in a sentence what a search has gained.

    Example:
        >>> first = Trial(number=0, params={}, loss=2.0, pruned=False, epochs=3, seconds=1.0)
        >>> other = Trial(number=1, params={}, loss=1.0, pruned=False, epochs=3, seconds=1.0)
        >>> search_headline([first, other])
        'Trial 2 of 2 has the lowest validation loss, 1; the settings as given have 2.'
    """
    best = best_of(known)
    if best.number == 0:
        return (
            f"None of {counted(len(known) - 1, 'other trial')} has a lower validation loss than "
            f"the settings as given, {number(best.loss)}."
        )
    return (
        f"Trial {best.number + 1} of {len(known)} has the lowest validation loss, "
        f"{number(best.loss)}; the settings as given have {number(known[0].loss)}."
    )


def _facts(known: Sequence[Trial]) -> dict[str, str]:
    return {
        "Trials": f"{len(known):,}",
        "Cut short": f"{sum(one.pruned for one in known):,}",
        "Epochs": f"{sum(one.epochs for one in known):,}",
        "Time": duration(sum(one.seconds for one in known)),
    }


def _table(known: Sequence[Trial]) -> str:
    shown = trials_table(known).head(MOST_ROWS)
    heads = "".join(f"<th scope=col>{name.replace('_', ' ')}</th>" for name in shown.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in shown.rows()
    )
    return (
        f"<div class=table><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"</div><p class=read>The best {len(shown)} of {len(known)}; all are in {TABLE}.</p>"
    )


def _cell(value: Any) -> str:
    return number(value) if isinstance(value, int | float) else short(value)


def _sections(known: Sequence[Trial]) -> list[Section]:
    best = best_of(known)
    cut = sum(one.pruned for one in known)
    found = [
        Section(
            "search",
            "The course of the search",
            "A dot is a trial, a ring one that was cut short, at its lowest validation loss; the "
            "line is the best so far. The first trial has the settings as they were given.",
            f"Validation loss of {len(known)} trials, {cut} of them cut short. The best, trial "
            f"{best.number + 1}, has {number(best.loss)}, the first {number(known[0].loss)}.",
            partial(search_figure, known),
        )
    ]
    if best.params:
        told = ", ".join(f"{name} {_cell(value)}" for name, value in best.params.items())
        found.append(
            Section(
                "coordinates",
                "Which settings",
                "A line is a trial, from setting to setting to its validation loss; the best fifth "
                "is coloured. Where coloured lines meet in one place the setting matters, where "
                "they are spread it does not.",
                f"Settings of all trials as parallel coordinates. The best has {told}.",
                partial(coordinates_figure, known),
            )
        )
    return found
