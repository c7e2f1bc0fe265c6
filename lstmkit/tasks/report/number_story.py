"""What a report tells of a regressor: how far its numbers are from the truth."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float

from lstmkit.tasks.report.drawing import number, short
from lstmkit.tasks.report.number_figure import MOST_TARGETS, truth_figure
from lstmkit.tasks.report.section import Section, loss_section
from lstmkit.tasks.report.verdict import score_table
from lstmkit.tasks.sequence.story import Story


def number_story(
    result: Mapping[str, Any],
    answered: Float[np.ndarray, "rows outputs"],
    truth: Float[np.ndarray, "rows outputs"],
    history: Mapping[str, Any],
) -> Story:
    """Tells of predicted numbers.

    Args:
        result: As `Regressor.judge` gives it: overall, by_target, sequences.
        answered: Predicted numbers.
        truth: True ones, NaN where unknown.
        history: Losses by epoch, as `History.to_dict` gives them.

    Returns:
        Headline, scores and figures.
    """
    names = list(result["by_target"])
    read = "On the dashed line the predicted number is the true one."
    if len(names) > MOST_TARGETS:
        read += f" Shown are the first {MOST_TARGETS} of {len(names)} targets."
    alt = "Predicted against true number. " + " ".join(
        f"{short(name)}: mean absolute error {_shown(scores['lstmkit']['mae'])}."
        for name, scores in result["by_target"].items()
    )
    draw = partial(truth_figure, answered, truth, names)
    found = [Section("truth", "Predicted and true", read, alt, draw), loss_section(history)]
    return Story(
        headline=number_headline(result),
        scores=score_table(result["overall"]),
        facts={"Targets": ", ".join(short(name) for name in names)},
        sections=[section for section in found if section is not None],
    )


def number_headline(result: Mapping[str, Any]) -> str:
    """Says in a sentence how far off the numbers are.

    Args:
        result: As `Regressor.judge` gives it.

    Example:
        >>> scores = {"lstmkit": {"mae": 1.0, "r2": 0.8}, "mean": {"mae": 4.0, "r2": 0.0}}
        >>> number_headline({"overall": scores, "sequences": 50})
        'Over 50 sequences the numbers are off by 1 on average; always the mean is off by 4.'
    """
    own, always = result["overall"]["lstmkit"], result["overall"]["mean"]
    if own["mae"] is None:
        return "There is no truth to compare with, so these numbers have no score."
    said = (
        f"Over {result['sequences']:,} sequences the numbers are off by {number(own['mae'])} on "
        f"average; always the mean is off by {number(always['mae'])}."
    )
    if own["mae"] >= always["mae"]:
        said += " On this data the mean is the better choice."
    return said


def _shown(value: float | None) -> str:
    return "unknown" if value is None else number(value)
