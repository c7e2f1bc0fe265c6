"""What a report tells of a classifier with several outputs: the same of each, one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lstmkit.tasks.report.class_story import class_sections, label_facts
from lstmkit.tasks.report.drawing import short
from lstmkit.tasks.report.section import Section, loss_section
from lstmkit.tasks.report.verdict import score_table
from lstmkit.tasks.sequence.story import Story


def several_story(
    result: Mapping[str, Any],
    probabilities: Sequence[np.ndarray],
    places: Sequence[np.ndarray],
    history: Mapping[str, Any],
) -> Story:
    """Tells of several labels of each sequence and their probabilities.

    Args:
        result: As `Classifier.judge` gives it: overall, by_target, sequences.
        probabilities: For each output the probability of each class for each sequence judged.
        places: For each output their true classes.
        history: Losses by epoch, as `History.to_dict` gives them.

    Returns:
        Headline, scores and figures.
    """
    sections: list[Section | None] = []
    facts: dict[str, str] = {}
    for number, (name, judged) in enumerate(result["by_target"].items()):
        own, classes = judged["overall"]["lstmkit"], [str(one) for one in judged["classes"]]
        facts[f"Labels of {short(name)}"] = (
            f"{label_facts(classes)['Labels']}: {own['accuracy']:.0%} right"
        )
        for one in class_sections(judged, probabilities[number], places[number]):
            heading = f"{short(name)}: {one.heading}"
            sections.append(replace(one, key=f"{one.key}_{number}", heading=heading))
    sections.append(loss_section(history))
    own, always = result["overall"]["lstmkit"], result["overall"]["most frequent"]
    return Story(
        headline=(
            f"The right label for {own['accuracy']:.0%} of {result['sequences']:,} sequences, on "
            f"average over {len(result['by_target'])} targets; always the most frequent one is "
            f"right for {always['accuracy']:.0%}."
        ),
        scores=score_table(result["overall"]),
        facts=facts,
        sections=[section for section in sections if section is not None],
    )
