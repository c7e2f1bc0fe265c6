"""How good predicted numbers are: the field's own scores, by scikit-learn."""

import numpy as np
from jaxtyping import Float

from lstmkit.tasks.sequence.scikit_metrics import scikit_metrics


def number_scores(
    answered: Float[np.ndarray, " rows"], truth: Float[np.ndarray, " rows"]
) -> dict[str, float | None]:
    """Scores numbers against the truth.

    Args:
        answered: Predicted numbers.
        truth: True numbers; where they are NaN nothing is scored.

    Returns:
        mae and rmse, in the unit of the target, and r2, the share of its variance that is
        explained: 0 for always the mean, None where fewer than two are known or none differ.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    metrics, known = scikit_metrics(), np.isfinite(truth)
    if not known.any():
        return {"mae": None, "rmse": None, "r2": None}
    pair = truth[known], answered[known]
    return {
        "mae": float(metrics.mean_absolute_error(*pair)),
        "rmse": float(metrics.root_mean_squared_error(*pair)),
        "r2": float(metrics.r2_score(*pair)) if np.ptp(truth[known]) > 0 else None,
    }
