"""Which sequences decide when to stop: drawn class by class, or group by group."""

from typing import Any

import numpy as np

from lstmkit.errors import DataError, SettingsError

FEW = 100
"""Below so many sequences none are held out by default: they are worth more for learning."""


def holdout(
    number: int,
    share: float | None,
    *,
    seed: int,
    classes: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draws sequences to hold out.

    Args:
        number: How many sequences there are.
        share: Share to hold out; None takes a fifth, or none below 100 sequences.
        seed: Source of randomness.
        classes: Class of each sequence: every class is drawn from alike, and keeps at least one
            to learn from.
        groups: Group of each sequence (a patient, a speaker): a group is held out as a whole.
            They are drawn until about that share of the sequences is held out; a group that is too
            large for it, or the only one with some class, stays to learn from.

    Returns:
        Sequences to learn from and sequences to stop by, int64, ascending; where none are held out
        the second is empty.

    Raises:
        SettingsError: A share outside [0, 1).
        DataError: Groups of another length, or only one of them.

    Example:
        >>> train, valid = holdout(10, 0.2, seed=0, classes=np.repeat([0, 1], 5))
        >>> len(train), len(valid)
        (8, 2)
    """
    if share is None:
        share = 0.2 if number >= FEW else 0.0
    if not 0 <= share < 1:
        raise SettingsError(f"validation: expected a share from 0 to below 1, got {share!r}.")
    everything, random = np.arange(number), np.random.default_rng(seed)
    if share == 0:
        return everything, everything[:0]
    if groups is not None:
        held = np.isin(groups, _draw_groups(groups, number, share, random, classes))
    else:
        held = np.zeros(number, dtype=bool)
        for one in [everything] if classes is None else _by_class(classes):
            count = min(len(one) - 1, round(share * len(one)))
            held[random.permutation(one)[:count]] = True
    return everything[~held], everything[held]


def _by_class(classes: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(classes == one) for one in np.unique(classes)]


def _draw_groups(
    groups: np.ndarray,
    number: int,
    share: float,
    random: np.random.Generator,
    classes: np.ndarray | None,
) -> list[Any]:
    if len(groups) != number:
        raise DataError(
            f"groups: expected one for each of the {number} sequences, got {len(groups)}."
        )
    names, sizes = np.unique(groups, return_counts=True)
    if len(names) < 2:
        raise DataError(
            f"groups: expected at least 2, got {len(names)}, so that none can be held out. Leave "
            "groups out, or set validation=0."
        )
    kinds = np.zeros(number, np.int64) if classes is None else classes
    drawn: list[Any] = []
    held = 0
    for place in random.permutation(len(names)):
        left = ~np.isin(groups, [*drawn, names[place]])
        # only what brings their number closer to the share
        closer = held + sizes[place] / 2 <= share * number
        if closer and len(np.unique(kinds[left])) == len(np.unique(kinds)):
            drawn.append(names[place])
            held += sizes[place]
    return drawn or [names[sizes.argmin()]]
