"""How good labels and their probabilities are: the field's own numbers, by scikit-learn."""

import numpy as np
from jaxtyping import Float, Int

from lstmkit.tasks.sequence.scikit_metrics import scikit_metrics

BINS = 10


def class_scores(
    probabilities: Float[np.ndarray, "rows classes"],
    places: Int[np.ndarray, " rows"],
    answered: Int[np.ndarray, " rows"],
) -> dict[str, float | None]:
    """Scores answers and probabilities against the true classes.

    Args:
        probabilities: Probability of each class.
        places: True class of each row.
        answered: Class that was answered.

    Returns:
        accuracy; macro_f1 over all classes; log_loss; calibration_error (`calibration_error`);
        and, with two classes, auroc and auprc of the second one, None where only one is there.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    metrics = scikit_metrics()
    classes = np.arange(probabilities.shape[1])
    scores: dict[str, float | None] = {
        "accuracy": metrics.accuracy_score(places, answered),
        "macro_f1": metrics.f1_score(
            places, answered, labels=classes, average="macro", zero_division=0.0
        ),
        "log_loss": metrics.log_loss(places, probabilities, labels=classes),
        "calibration_error": calibration_error(probabilities, places),
    }
    if len(classes) == 2:
        both = len(np.unique(places)) == 2
        second = probabilities[:, 1]
        scores["auroc"] = metrics.roc_auc_score(places, second) if both else None
        scores["auprc"] = metrics.average_precision_score(places, second) if both else None
    return {name: None if value is None else float(value) for name, value in scores.items()}


def calibration_error(
    probabilities: Float[np.ndarray, "rows classes"], places: Int[np.ndarray, " rows"]
) -> float:
    r"""Expected calibration error of the answers (Naeini et al. 2015), over ten equal bins.

    .. math::
        \sum_k \frac{n_k}{N} \, | \mathrm{accuracy}_k - \mathrm{confidence}_k |

    Args:
        probabilities: Probability of each class.
        places: True class of each row.

    Returns:
        The error, from 0 to 1.

    Example:
        >>> sure = np.array([[0.9, 0.1]] * 10)
        >>> calibration_error(sure, np.array([0] * 9 + [1])) < 1e-9
        True
    """
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == places
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(bins, weights=right - confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(places))


def confusion(
    answered: Int[np.ndarray, " rows"], places: Int[np.ndarray, " rows"], classes: int
) -> Int[np.ndarray, "classes classes"]:
    """Counts of true by answered class."""
    counts: np.ndarray = np.bincount(places * classes + answered, minlength=classes**2)
    return counts.reshape(classes, classes)
