"""Labels: what counts as one, where it stands among the classes, and how much it weighs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int

from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks.sequence.step_labels import is_missing, one_kind


def checked_labels(target: np.ndarray, who: str) -> np.ndarray:
    """Brings labels into one form.

    Args:
        target: Labels (N,): texts, whole numbers, numbers or booleans.
        who: Who asks, for the error.

    Returns:
        The labels in an array of one type that a model file can hold.

    Raises:
        DataError: A missing label, or things of another type.

    Example:
        >>> checked_labels(np.array(["up", "down"], dtype=object), "Classifier")
        array(['up', 'down'], dtype='<U4')
    """
    missing = [place for place, one in enumerate(target.tolist()) if is_missing(one)]
    if missing:
        raise DataError(
            f"{who}: expected a label for each sequence, got none for sequence {missing[0]} "
            "(counted from 0). Leave it out."
        )
    one_kind(target.tolist(), who)
    return np.array(target.tolist())


def beside(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Puts the targets of several outputs beside each other, none of them converted.

    Args:
        columns: Of each output an array (N,).

    Returns:
        An array (N, K), of objects where types differ; (N,) where there is one output.

    Example:
        >>> beside([np.array(["a", "b"]), np.array([True, False])]).tolist()
        [['a', True], ['b', False]]
    """
    if len(columns) == 1:
        return columns[0]
    alike = len({one.dtype.kind for one in columns}) == 1
    return np.stack([one if alike else one.astype(object) for one in columns], axis=1)


def label_columns(target: np.ndarray) -> list[np.ndarray]:
    """Takes the labels of several outputs apart again, each in an array of one type.

    Args:
        target: Labels (N,) or (N, K), as `checked_labels` and `beside` return them.
    """
    return [np.array(one.tolist()) for one in np.atleast_2d(target.T)]


def rarest_labels(target: np.ndarray) -> Int[np.ndarray, " rows"]:
    """Numbers sequences by the label of theirs that the fewest have.

    Args:
        target: Labels (N,) or (N, K), as `checked_labels` and `beside` return them.

    Returns:
        The same number for the same label of the same output, in the order of the labels.

    Example:
        >>> rarest_labels(np.array([["a", "c"], ["a", "d"], ["b", "d"], ["b", "d"]])).tolist()
        [2, 0, 1, 1]
    """
    found = [
        np.unique(one, return_inverse=True, return_counts=True)[1:] for one in label_columns(target)
    ]
    places = np.stack([place for place, _ in found], axis=1)
    counts = np.stack([count[place] for place, count in found], axis=1)
    rarest = counts.argmin(1)
    numbered: np.ndarray = rarest * (places.max() + 1) + places[np.arange(len(places)), rarest]
    return numbered


def places_of(target: np.ndarray, classes: np.ndarray, who: str) -> np.ndarray:
    """Finds where labels stand among the classes.

    Args:
        target: Labels, as `checked_labels` returns them.
        classes: All classes, ascending.
        who: Name of the task.

    Returns:
        Places, int64, of the shape of `target`.

    Raises:
        DataError: A label that is none of the classes.
    """
    known = {one: place for place, one in enumerate(classes.tolist())}
    strange = [one for one in dict.fromkeys(target.tolist()) if one not in known]
    if strange:
        shown = ", ".join(map(repr, classes.tolist()[:20]))
        raise DataError(
            f"{who}: expected labels among {shown}, got {strange[0]!r}. Leave such sequences out, "
            "or train with some of them."
        )
    return np.array([known[one] for one in target.tolist()], np.int64)


def step_places(target: np.ndarray, classes: np.ndarray, who: str) -> list[np.ndarray]:
    """Finds where labels of steps stand among the classes.

    Args:
        target: For each sequence its labels, as `checked_steps` returns them.
        classes: All classes, ascending.
        who: Name of the task.

    Returns:
        For each sequence places (T,), int64, -1 where a label is missing.

    Raises:
        DataError: A label that is none of the classes.

    Example:
        >>> told = np.array([["b", None, "a"]], dtype=object)
        >>> step_places(told, np.array(["a", "b"]), "Tagger")[0].tolist()
        [1, -1, 0]
    """
    found = []
    for each in target:
        places = np.full(len(each), -1, np.int64)
        known = np.array([one is not None for one in each], dtype=bool)
        told = np.array([one for one in each if one is not None])
        places[known] = places_of(told, classes, who)
        found.append(places)
    return found


def class_weights(
    asked: str | Mapping[Any, float] | None, classes: np.ndarray, count: np.ndarray
) -> np.ndarray:
    """Weight of each class in the loss.

    Args:
        asked: None, "balanced", or weights by label (its text will do).
        classes: All classes.
        count: Training sequences of each.

    Returns:
        Weights (K,), float64.

    Raises:
        SettingsError: Something else, or a label that is no class.

    Example:
        >>> class_weights("balanced", np.array(["a", "b"]), np.array([3, 1])).round(2).tolist()
        [0.67, 2.0]
    """
    if asked is None:
        return np.ones(len(count))
    if isinstance(asked, Mapping):
        told = {str(label): float(weight) for label, weight in asked.items()}
        names = [str(label) for label in classes.tolist()]
        unknown = sorted(set(told) - set(names))
        if unknown:
            raise SettingsError(
                f"class_weight: expected labels among {', '.join(names[:20])}, got "
                f"{', '.join(unknown)}. Leave out what is no label."
            )
        return np.array([told.get(name, 1.0) for name in names])
    if asked != "balanced":
        raise SettingsError(
            f"class_weight: expected None, 'balanced' or weights by label, got {asked!r}."
        )
    balanced: np.ndarray = count.sum() / (len(count) * np.maximum(count, 1))
    return balanced
