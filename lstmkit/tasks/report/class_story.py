"""What a report tells of a classifier: how often it is right, where it errs, how sure it may be."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from lstmkit.tasks.report.class_figures import confusion_figure, reliability_figure
from lstmkit.tasks.report.curves_figure import Sought, curves_figure
from lstmkit.tasks.report.drawing import number, short
from lstmkit.tasks.report.section import Section, loss_section
from lstmkit.tasks.report.verdict import score_table
from lstmkit.tasks.sequence.story import Story

FEW_CLASSES = 30
CURVES = 6


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
    """Where labels err, how sure they may be, and how they are found as the threshold falls.

    Args:
        result: As for `class_story`.
        probabilities: As for `class_story`.
        places: As for `class_story`.
    """
    classes = [str(one) for one in result["classes"]]
    found = [
        confusion_section(np.array(result["confusion"]), classes),
        reliability_section(probabilities, places),
        curves_section(probabilities, places, classes),
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
    probabilities: Float[np.ndarray, "rows classes"],
    places: Int[np.ndarray, " rows"],
    answers: str = "answers",
) -> Section:
    """Whether answers are as often right as their probabilities say; what `answers` are called."""
    sure, right = probabilities.max(1).mean(), (probabilities.argmax(1) == places).mean()
    read = (
        "Answers by how sure they are: honest ones lie on the dashed line. Those below are too "
        f"sure. On average the {answers} are {sure:.0%} sure and {right:.0%} of them right."
    )
    alt = f"Share of right answers by their probability; mean {sure:.0%} against {right:.0%} right."
    draw = partial(reliability_figure, probabilities, places)
    return Section("reliability", "Are the probabilities honest?", read, alt, draw)


def curves_section(
    probabilities: Float[np.ndarray, "rows classes"],
    places: Int[np.ndarray, " rows"],
    classes: Sequence[str],
    rows: str = "sequences",
) -> Section | None:
    """How labels are found as the threshold falls; None where no label is in some rows only.

    Args:
        probabilities: Probability of each class for each row.
        places: Their true classes.
        classes: Names of the classes; of two, the second is looked for.
        rows: What the rows are.
    """
    from sklearn.metrics import roc_auc_score

    looked_for = [1] if len(classes) == 2 else range(len(classes))
    sought = [
        Sought(short(classes[place], 18), probabilities[:, place], places == place)
        for place in looked_for
        if 0 < (places == place).sum() < len(places)
    ]
    if not sought:
        return None
    areas = np.array([roc_auc_score(one.there, one.score) for one in sought])
    order = np.argsort(areas, kind="stable")[:CURVES]
    hardest = [sought[place] for place in order]
    told = "; ".join(f"{sought[place].name}: area {number(areas[place])}" for place in order)
    alt = f"ROC and precision-recall curves. {told}."
    read = (
        "How many are found as the threshold falls: against false alarms, and against the share "
        "of finds that are right. "
    )
    if len(classes) == 2:
        (one,) = sought
        read += (
            f"The dashed lines are a guess; {one.there.mean():.0%} of the {rows} are {one.name}."
        )
        return Section("curves", f"Finding {one.name}", read, alt, partial(curves_figure, sought))
    read += "Each label against all others"
    read += f"; the {CURVES} that are hardest to find." if len(sought) > CURVES else "."
    return Section("curves", "Finding each label", read, alt, partial(curves_figure, hardest))
