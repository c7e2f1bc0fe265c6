"""What scikit-learn asks of an estimator before it searches and validates with it."""

from typing import Any, Literal


def tags(kind: Literal["classifier", "regressor", "outlier_detector"] | None) -> Any:
    """Tells scikit-learn (1.6 or later) what a task is and takes.

    Args:
        kind: What it is; None where it is nothing that scikit-learn has a name for.

    Returns:
        Its tags: needs a target unless it is a detector, takes arrays of three axes and missing
        values.
    """
    from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags

    return Tags(
        estimator_type=kind,
        target_tags=TargetTags(
            required=kind != "outlier_detector", multi_output=kind != "outlier_detector"
        ),
        classifier_tags=ClassifierTags() if kind == "classifier" else None,
        regressor_tags=RegressorTags() if kind == "regressor" else None,
        input_tags=InputTags(three_d_array=True, allow_nan=True),
    )
