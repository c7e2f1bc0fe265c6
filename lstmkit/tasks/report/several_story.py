"""What a report tells of a task with labels of several outputs: the same of each, one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lstmkit.tasks.report.class_story import label_facts
from lstmkit.tasks.report.drawing import short
from lstmkit.tasks.report.section import Section, loss_section
from lstmkit.tasks.report.verdict import score_table
from lstmkit.tasks.sequence.story import Story


def several_story(
    result: Mapping[str, Any], told: Sequence[Sequence[Section]], history: Mapping[str, Any]
) -> Story:
    """Tells of several labels of each sequence, or of each step.

    Args:
        result: As `Classifier.judge` or `Tagger.judge` gives it: overall, by_target, sequences.
        told: What is told of each output alone.
        history: Losses by epoch, as `History.to_dict` gives them.

    Returns:
        Headline, scores and figures.
    """
    sections: list[Section | None] = []
    facts: dict[str, str] = {}
    judged = zip(result["by_target"].items(), told, strict=True)
    for number, ((name, scored), figures) in enumerate(judged):
        own, classes = scored["overall"]["lstmkit"], [str(one) for one in scored["classes"]]
        facts[f"Labels of {short(name)}"] = (
            f"{label_facts(classes)['Labels']}: {own['accuracy']:.0%} right"
        )
        for one in figures:
            heading = f"{short(name)}: {one.heading}"
            sections.append(replace(one, key=f"{one.key}_{number}", heading=heading))
    sections.append(loss_section(history))
    return Story(
        headline=_headline(result),
        scores=score_table(result["overall"]),
        facts=facts,
        sections=[section for section in sections if section is not None],
    )


def _headline(result: Mapping[str, Any]) -> str:
    own, always = (result["overall"][name]["accuracy"] for name in ("lstmkit", "most frequent"))
    where, what = ("at", "steps") if "steps" in result else ("for", "sequences")
    return (
        f"The right label {where} {own:.0%} of {result[what]:,} {what}, on average over "
        f"{len(result['by_target'])} targets; always the most frequent one is right {where} "
        f"{always:.0%}."
    )
