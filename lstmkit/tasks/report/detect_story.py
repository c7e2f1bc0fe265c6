"""What a report tells of a detector: what it found, in which channels, and how far to trust it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from lstmkit.data.sequences import Sequences
from lstmkit.tasks.detection.detection import Detection
from lstmkit.tasks.report.anomaly_figure import Shown, anomaly_figure, promise_figure
from lstmkit.tasks.report.curves_figure import Sought, curves_figure
from lstmkit.tasks.report.drawing import number, short
from lstmkit.tasks.report.page import counted
from lstmkit.tasks.report.section import Section, loss_section
from lstmkit.tasks.report.verdict import score_table
from lstmkit.tasks.sequence.story import Story

CHANNELS = 3
AROUND = 100


def detect_story(
    result: Mapping[str, Any],
    sequences: Sequences,
    found: Sequence[Detection],
    told: Sequence[np.ndarray] | None,
    history: Mapping[str, Any],
) -> Story:
    """Tells of alarms.

    Args:
        result: As `judged` gives it.
        sequences: The series judged.
        found: What was found in each.
        told: For each 1 at anomalous steps, 0 at clean and -1 at unknown ones; None where nobody
            said.
        history: Losses by epoch, as `History.to_dict` gives them.

    Returns:
        Headline, scores and figures.
    """
    threshold = result["threshold"]
    place = int(np.argmax([one.score.max() for one in found]))
    peak = int(found[place].score.argmax())
    length = len(found[place].score)
    near = slice(max(0, peak - AROUND), min(length, peak + AROUND + 1))
    drawn = partial(_shown, sequences, found, told, place)
    sections = [
        _anomalies("anomalies", "Scores and alarms", drawn(slice(0, length)), threshold),
        _anomalies("closer", "The most unusual step", drawn(near), threshold)
        if length > len(range(*near.indices(length)))
        else None,
        _promise(found, told, threshold),
        _curves(found, told),
        loss_section(history),
    ]
    return Story(
        headline=_headline(result),
        scores=score_table(result["overall"]),
        facts={
            "Steps judged": f"{result['steps']:,}",
            "Alarms": f"{result['alarms']:,}",
            "Threshold": f"{threshold:.2f}: one clean step in {10**threshold:,.0f} reaches it",
        },
        sections=[section for section in sections if section is not None],
    )


def _headline(result: Mapping[str, Any]) -> str:
    alarms = f"{counted(result['alarms'], 'alarm')} in {result['steps']:,} steps"
    promised = f"{result['steps'] * 10.0 ** -result['threshold']:,.1f}"
    if "events" not in result:
        return f"{alarms}; on clean data about {promised} are to be expected."
    own, naive = (result["overall"][name] for name in ("lstmkit", "last value"))
    events = f"{result['events_found']} of {counted(result['events'], 'anomaly')} found"
    events = events.replace("anomalys", "anomalies")
    if own["auprc"] is None or naive["auprc"] is None:
        return f"{alarms}, {events}."
    return (
        f"{alarms}, {events}. Average precision over the steps is {number(own['auprc'])}, "
        f"{number(naive['auprc'])} for errors of the last value."
    )


def _shown(
    sequences: Sequences,
    found: Sequence[Detection],
    told: Sequence[np.ndarray] | None,
    place: int,
    steps: slice,
) -> Shown:
    """Some steps of a series, with the channels that had most to do with its alarms."""
    one = found[place]
    blame = one.blame[steps]
    worst = blame.max(0)
    causes = one.alarm[steps, None] & (blame == blame.max(1, keepdims=True))
    channels = np.sort(np.argsort(-worst, kind="stable")[:CHANNELS])
    return Shown(
        name=short(sequences.names[place]),
        first=(steps.start or 0) + 1,
        channels=[short(sequences.channels[channel]) for channel in channels],
        values=sequences.values[place][steps][:, channels],
        score=one.score[steps],
        causes=causes[:, channels],
        anomalous=None if told is None else told[place][steps] == 1,
    )


def _anomalies(key: str, heading: str, shown: Shown, threshold: float) -> Section:
    marked = "" if shown.anomalous is None else " Strips are steps said to be anomalous."
    read = (
        f"{shown.name}: channels that had most to do with it, each alarm a dot on the one that "
        "surprised most, and the score with its threshold. A score of 3 is reached by one clean "
        f"step in 1,000.{marked}"
    )
    alarms = counted(int((shown.score >= threshold).sum()), "alarm")
    alt = (
        f"Series {shown.name}, steps {shown.first} to {shown.first + len(shown.score) - 1}, "
        f"{alarms}, highest score {number(shown.score.max())}."
    )
    return Section(key, heading, read, alt, partial(anomaly_figure, shown, threshold))


def _promise(
    found: Sequence[Detection], told: Sequence[np.ndarray] | None, threshold: float
) -> Section:
    score = np.concatenate([one.score for one in found])
    clean = np.ones(len(score), bool) if told is None else np.concatenate(told) == 0
    which = "steps judged" if told is None or not clean.any() else "steps said to be clean"
    kept = score[clean] if clean.any() else score
    read = (
        f"Shares of the {which} with this score or more. Above the dashed line the series has "
        "become more restless than the data learnt from, or anomalies are among the steps; "
        "then alarms come more often than stated."
    )
    share = float((kept >= threshold).mean())
    alt = (
        f"{share:.3%} of the {which} reach the threshold, {10**-threshold:.3%} were promised of "
        "clean ones."
    )
    return Section(
        "promise",
        "False alarms, promised and seen",
        read,
        alt,
        partial(promise_figure, kept, threshold),
    )


def _curves(found: Sequence[Detection], told: Sequence[np.ndarray] | None) -> Section | None:
    if told is None:
        return None
    truth, score = np.concatenate(told), np.concatenate([one.score for one in found])
    known = truth >= 0
    if len(np.unique(truth[known])) < 2:
        return None
    read = (
        "Each threshold gives a point. Left: anomalous steps found by the share of clean steps "
        "that raise an alarm. Right: alarms that are right by anomalous steps found. Dashed is "
        "chance."
    )
    alt = "Receiver operating characteristic and precision-recall curve over single steps."
    draw = partial(curves_figure, [Sought("anomalies", score[known], truth[known] == 1)])
    return Section("curves", "Alarms at every threshold", read, alt, draw)
