"""Columns of a table of answers: what they are called, and that each has a name of its own."""

from collections import Counter
from collections.abc import Sequence

from lstmkit.errors import SettingsError


def truth_column(name: str) -> str:
    """Name of the column of true values beside the answers called `name`."""
    return f"{name}_truth"


def require_own_names(
    who: str, targets: Sequence[str], columns: Sequence[str], fixed: Sequence[str]
) -> None:
    """Refuses targets by which two columns of a table of answers are called alike.

    Args:
        who: Name of the task.
        targets: Names of the targets.
        columns: Names of all columns that their answers have.
        fixed: Names of the columns that say what a row is of.

    Raises:
        SettingsError: Two columns of one name.

    Example:
        >>> require_own_names("Regressor", ["a", "b"], ["a", "a_truth", "b", "b_truth"], ["step"])
    """
    twice = [name for name, number in Counter([*fixed, *columns]).items() if number > 1]
    if twice:
        raise SettingsError(
            f"{who}: expected targets whose answers have columns of their own, got "
            f"{', '.join(map(repr, targets))}, and with them two columns {twice[0]!r}. A target X "
            "has the column X, its true values X_truth, and the probabilities of its labels "
            f"p_X_LABEL; {', '.join(fixed)} are there already. Rename a target."
        )
