"""What a report tells of a tagger: the courses of labels, where they err, how sure they may be."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from lstmkit.data.sequences import Sequences
from lstmkit.tasks.report.class_story import (
    confusion_section,
    curves_section,
    label_facts,
    reliability_section,
)
from lstmkit.tasks.report.drawing import short
from lstmkit.tasks.report.section import Section, loss_section
from lstmkit.tasks.report.timeline_figure import Course, timeline_figure
from lstmkit.tasks.report.verdict import score_table
from lstmkit.tasks.sequence.story import Story


def tag_story(
    result: Mapping[str, Any], told: Sequence[Section], history: Mapping[str, Any]
) -> Story:
    """Tells of labels of steps.

    Args:
        result: As `Tagger.judge` gives it.
        told: What `tag_sections` tells.
        history: Losses by epoch, as `History.to_dict` gives them.

    Returns:
        Headline, scores and figures.
    """
    own, always = result["overall"]["lstmkit"], result["overall"]["most frequent"]
    loss = loss_section(history)
    return Story(
        headline=(
            f"The right label at {own['accuracy']:.0%} of {result['steps']:,} steps; always the "
            f"most frequent one is right at {always['accuracy']:.0%}."
        ),
        scores=score_table(result["overall"]),
        facts=label_facts([str(one) for one in result["classes"]]),
        sections=[*told, *([] if loss is None else [loss])],
    )


def tag_sections(
    result: Mapping[str, Any],
    sequences: Sequences,
    truth: Sequence[np.ndarray],
    answered: Sequence[np.ndarray],
    probabilities: Sequence[np.ndarray],
) -> list[Section]:
    """The courses of the labels of one output, where they err, how sure they may be, the curves.

    Args:
        result: As `Tagger.judge` gives it of this output.
        sequences: The sequences judged.
        truth: For each the places of its true labels (T,), -1 where unknown.
        answered: The places of the labels answered (T,).
        probabilities: Of each label at each step (T, K).
    """
    classes = [str(one) for one in result["classes"]]
    places, chances = np.concatenate(truth), np.concatenate(probabilities)
    known = places >= 0
    smoothed = (np.concatenate(answered) != chances.argmax(1)).any()
    answers = "answers before smoothing" if smoothed else "answers"
    found = [
        _timeline(sequences, truth, answered, classes),
        confusion_section(np.array(result["confusion"]), classes),
        reliability_section(chances[known], places[known], answers),
        curves_section(chances[known], places[known], classes, "steps"),
    ]
    return [section for section in found if section is not None]


def _timeline(
    sequences: Sequences,
    truth: Sequence[np.ndarray],
    answered: Sequence[np.ndarray],
    classes: Sequence[str],
) -> Section:
    share = np.array([_share(*pair) for pair in zip(truth, answered, strict=True)])
    order = np.flatnonzero(np.isfinite(share))[np.argsort(share[np.isfinite(share)], kind="stable")]
    picked = {"worst": order[0], "median": order[len(order) // 2], "best": order[-1]}
    courses = []
    for place in dict.fromkeys(int(one) for one in picked.values()):
        note = " and ".join(name for name, one in picked.items() if one == place)
        name = f"{short(sequences.names[place])}: {share[place]:.0%} right, the {note}"
        values = sequences.values[place][:, 0]
        courses.append(Course(name, values, truth[place], answered[place]))
    read = (
        f"The line is {short(sequences.channels[0])}; below it the true labels, the answers, and "
        "in a third strip the steps where they differ."
    )
    alt = "Courses of labels: " + " ".join(f"{one.name}." for one in courses)
    draw = partial(timeline_figure, courses, classes)
    return Section("timeline", "True and answered labels", read, alt, draw)


def _share(truth: np.ndarray, answered: np.ndarray) -> float:
    known = truth >= 0
    return float((truth == answered)[known].mean()) if known.any() else np.nan
