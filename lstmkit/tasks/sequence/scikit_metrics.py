"""scikit-learn's scores, or what to install."""

from typing import Any

from lstmkit.errors import MissingExtraError


def scikit_metrics() -> Any:
    """Returns `sklearn.metrics`.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    try:
        from sklearn import metrics
    except ImportError as error:
        raise MissingExtraError(
            "evaluate: the scores need scikit-learn. Install it with: "
            "pip install 'lstmkit[sequences]'"
        ) from error
    return metrics
