"""Series in two parts: the first steps of each, and the last; of many series whole ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lstmkit.data.sequences import Sequences
from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.holdout import holdout
from lstmkit.tasks.sequence.step_labels import ragged

FEW = 10
"""Of fewer series the last steps of each are held out, of more whole series."""


@dataclass(frozen=True, eq=False)
class CleanParts:
    """Which steps of each series are learnt from, and which are held out.

    Attributes:
        learnt: For each series the steps (T,) to learn from.
        held: For each the steps (T,) to stop and to set the threshold by.
    """

    learnt: tuple[np.ndarray, ...]
    held: tuple[np.ndarray, ...]


def clean_parts(
    lengths: np.ndarray,
    share: float,
    *,
    seed: int,
    groups: np.ndarray | None = None,
    anomalous: tuple[np.ndarray, ...] | None = None,
) -> CleanParts:
    """Parts series.

    Args:
        lengths: Steps of each series.
        share: Share to hold out: of fewer than 10 series the last steps of each, of more as many
            whole series, drawn by the seed.
        seed: Source of randomness.
        groups: Group of each series, held out as a whole where whole series are.
        anomalous: For each series the steps (T,) that are known not to be clean: in neither part.

    Returns:
        The parts.

    Raises:
        SettingsError: A share that is not between 0 and 1.
        DataError: Nothing to learn from or nothing to hold out.

    Example:
        >>> parts = clean_parts(np.array([10]), 0.3, seed=0)
        >>> parts.learnt[0].sum(), parts.held[0].sum()
        (np.int64(7), np.int64(3))
    """
    first = first_held(lengths, share, seed=seed, groups=groups)
    held = [np.arange(length) >= begin for length, begin in zip(lengths, first, strict=True)]
    clean = [np.ones(length, bool) for length in lengths]
    if anomalous is not None:
        clean = [~one for one in anomalous]
    parts = CleanParts(
        tuple(known & ~one for known, one in zip(clean, held, strict=True)),
        tuple(known & one for known, one in zip(clean, held, strict=True)),
    )
    learnt, held_out = (sum(int(one.sum()) for one in part) for part in (parts.learnt, parts.held))
    require_clean(learnt, held_out, len(lengths))
    return parts


def first_held(
    lengths: np.ndarray, share: float, *, seed: int, groups: np.ndarray | None = None
) -> np.ndarray:
    """Draws the steps to hold out: those of a series from one on.

    Args:
        lengths: As for `clean_parts`, like all that follows.
        share: Share to hold out.
        seed: Source of randomness.
        groups: Group of each series.

    Returns:
        The first held-out step of each series, int64 (N,): its length where none is held out.

    Raises:
        SettingsError: A share that is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise SettingsError(
            f"Detector: expected validation between 0 and 1, got {share!r}. The threshold is set "
            "by the steps that are held out."
        )
    if len(lengths) < FEW:
        return np.array([round((1 - share) * length) for length in lengths], np.int64)
    first = lengths.copy()
    _, drawn = holdout(len(lengths), share, seed=seed, groups=groups)
    first[drawn] = 0
    return first


def require_clean(learnt: int, held: int, number: int) -> None:
    """Refuses to go on without clean steps in either part of so many series.

    Raises:
        DataError: None in one of them.
    """
    for steps, name in ((learnt, "to learn from"), (held, "to set the threshold by")):
        if not steps:
            raise DataError(
                f"Detector: expected clean steps {name}, got none in {number} series. Give longer "
                "series, or more."
            )


def only(sequences: Sequences, kept: Sequence[np.ndarray]) -> Sequences:
    """Some steps of series, without the series that have none of them.

    Args:
        sequences: The series.
        kept: For each the steps (T,) to keep.
    """
    places = [place for place, one in enumerate(kept) if one.any()]
    chosen = sequences.take(places)
    masks = [kept[place] for place in places]

    def of(parts: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        return tuple(one[which] for one, which in zip(parts, masks, strict=True))

    times = None if chosen.times is None else of(chosen.times)
    return replace(chosen, values=of(chosen.values), times=times)


def parted(given: Given, share: float, *, seed: int) -> tuple[Given, Given]:
    """Parts series into what is learnt from and what is judged by.

    Args:
        given: Series, with labels or without.
        share: Share to judge by: of fewer than 10 series the last steps of each, of more as many
            whole series, drawn by the seed.
        seed: Source of randomness.

    Returns:
        What to learn from and what to judge by.

    Raises:
        DataError: Series too short to be cut.
    """
    number = len(given.sequences)
    if number >= FEW:
        rest, drawn = holdout(number, share, seed=seed, groups=given.groups)
        return given.take(rest), given.take(drawn)
    cuts = [round((1 - share) * length) for length in given.sequences.lengths]
    if any(cut in (0, length) for cut, length in zip(cuts, given.sequences.lengths, strict=True)):
        raise DataError(
            f"data: expected series long enough to judge by {share:.0%} of their steps, got one of "
            f"{given.sequences.lengths.min()}. Give longer ones, or a table of their own: test=... "
            "(command line: --test)."
        )
    return (
        _cut(given, [slice(0, cut) for cut in cuts]),
        _cut(given, [slice(cut, None) for cut in cuts]),
    )


def _cut(given: Given, steps: Sequence[slice]) -> Given:
    """Some steps of each series."""

    def of(parts: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(one[which] for one, which in zip(parts, steps, strict=True))

    sequences, target = given.sequences, given.target
    times = None if sequences.times is None else of(sequences.times)
    return replace(
        given,
        sequences=replace(sequences, values=of(sequences.values), times=times),
        target=None if target is None else ragged(of(list(target))),
    )
