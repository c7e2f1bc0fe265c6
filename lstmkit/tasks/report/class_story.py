"""What a report tells of a classifier: how often it is right, where it errs, how sure it may be."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from lstmkit.tasks.report.class_figures import confusion_figure, curves_figure, reliability_figure
from lstmkit.tasks.report.drawing import number, short
from lstmkit.tasks.report.section import Section, loss_section
from lstmkit.tasks.report.verdict import score_table
from lstmkit.tasks.sequence.story import Story

FEW_CLASSES = 30


def class_story(
    result: Mapping[str, Any],
    probabilities: Float[np.ndarray, "rows classes"],
    places: Int[np.ndarray, " rows"],
    history: Mapping[str, Any],
) -> Story:
    """Tells of labels and their probabilities.

    Args:
        result: As `Classifier.judge` gives it: overall, confusion, classes, sequences.
        probabilities: Probability of each class for each sequence judged.
        places: Their true classes.
        history: Losses by epoch, as `History.to_dict` gives them.

    Returns:
        Headline, scores and figures.
    """
    loss = loss_section(history)
    return Story(
        headline=class_headline(result),
        scores=score_table(result["overall"]),
        facts=label_facts([str(one) for one in result["classes"]]),
        sections=class_sections(result, probabilities, places) + ([] if loss is None else [loss]),
    )


def class_sections(
    result: Mapping[str, Any],
    probabilities: Float[np.ndarray, "rows classes"],
    places: Int[np.ndarray, " rows"],
) -> list[Section]:
    """Where labels err, how sure they may be, and with two classes how the second is found.

    Args:
        result: As for `class_story`.
        probabilities: As for `class_story`.
        places: As for `class_story`.
    """
    classes = [str(one) for one in result["classes"]]
    found = [
        confusion_section(np.array(result["confusion"]), classes),
        reliability_section(probabilities, places),
        _curves(probabilities, places, classes, result["overall"]["lstmkit"]),
    ]
    return [section for section in found if section is not None]


def class_headline(result: Mapping[str, Any]) -> str:
    """Says in a sentence or two how often the labels are right.

    Args:
        result: As `Classifier.judge` gives it.

    Example:
        >>> class_headline(
        ...     {
        ...         "overall": {
        ...             "lstmkit": {"accuracy": 0.9, "log_loss": 0.3},
        ...             "most frequent": {"accuracy": 0.5, "log_loss": 0.7},
        ...         },
        ...         "sequences": 50,
        ...     }
        ... )
        'The right label for 90% of 50 sequences; always the most frequent one is right for 50%.'
    """
    own, always = result["overall"]["lstmkit"], result["overall"]["most frequent"]
    said = (
        f"The right label for {own['accuracy']:.0%} of {result['sequences']:,} sequences; always "
        f"the most frequent one is right for {always['accuracy']:.0%}."
    )
    if own["log_loss"] >= always["log_loss"]:
        return said + " Its probabilities say less than the shares of the labels alone."
    if own["accuracy"] <= always["accuracy"]:
        said += (
            f" Its probabilities do tell the labels apart: log loss {number(own['log_loss'])} "
            f"against {number(always['log_loss'])}."
        )
    return said


def label_facts(classes: Sequence[str]) -> dict[str, str]:
    """The first labels by name."""
    shown = ", ".join(short(one, 14) for one in classes[:6])
    return {"Labels": shown + "…" * (len(classes) > 6)}


def confusion_section(
    counts: Int[np.ndarray, "classes classes"], classes: Sequence[str]
) -> Section | None:
    """Where labels are taken for others; None where there are too many to be read."""
    if len(classes) > FEW_CLASSES:
        return None
    wrong = counts - np.diag(np.diag(counts))
    read = "Each row is a true label, each column an answer; what lies off the diagonal is wrong."
    if wrong.any():
        true, answered = divmod(int(wrong.argmax()), len(classes))
        read += (
            f" Most often {short(classes[true])} is taken for {short(classes[answered])}: "
            f"{wrong[true, answered]} of {counts[true].sum()}."
        )
    alt = "Confusion matrix. " + " ".join(
        f"{short(name)}: {row[place]} of {row.sum()} right."
        for place, (name, row) in enumerate(zip(classes, counts, strict=True))
    )
    return Section(
        "confusion", "Where it errs", read, alt, partial(confusion_figure, counts, classes)
    )


def reliability_section(
    probabilities: Float[np.ndarray, "rows classes"], places: Int[np.ndarray, " rows"]
) -> Section:
    """Whether answers are as often right as their probabilities say."""
    sure, right = probabilities.max(1).mean(), (probabilities.argmax(1) == places).mean()
    read = (
        "Answers by how sure they are: honest ones lie on the dashed line. Those below are too "
        f"sure. On average the answers are {sure:.0%} sure and {right:.0%} of them right."
    )
    alt = f"Share of right answers by their probability; mean {sure:.0%} against {right:.0%} right."
    draw = partial(reliability_figure, probabilities, places)
    return Section("reliability", "Are the probabilities honest?", read, alt, draw)


def _curves(
    probabilities: np.ndarray, places: np.ndarray, classes: list[str], scores: Mapping[str, Any]
) -> Section | None:
    if scores.get("auroc") is None:
        return None
    name, share = short(classes[1]), (places == 1).mean()
    read = (
        f"How many of {name} are found as the threshold falls: against false alarms, and against "
        f"the share of finds that are right. The dashed lines are a guess; {share:.0%} of the "
        f"sequences are {name}."
    )
    alt = (
        f"ROC curve with area {number(scores['auroc'])} and precision-recall curve with average "
        f"precision {number(scores['auprc'])}."
    )
    draw = partial(curves_figure, probabilities[:, 1], places, short(classes[1], 18))
    return Section("curves", f"Finding {name}", read, alt, draw)
