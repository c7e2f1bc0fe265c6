"""What a user did wrong, said in a sentence that ends with how to mend it."""

import difflib
from collections.abc import Iterable


class LstmkitError(ValueError):
    """Root of every error a caller of lstmkit can cause.

    The message reads: who, what was expected, what came and from where, how to mend it.
    """


class CellError(LstmkitError):
    """A cell's text, or an option that its equations do not allow."""


class DataError(LstmkitError):
    """A table, a column, a row or a file of data."""


class ModelFileError(LstmkitError):
    """A model file or checkpoint that cannot be read or written."""


class SettingsError(LstmkitError):
    """An option or a value that the called function does not know."""


class MissingExtraError(LstmkitError, ImportError):
    """An optional package that this feature needs is not installed."""


def nearest(name: str, choices: Iterable[str]) -> str:
    """Suggests up to three of `choices` that look like `name`.

    Args:
        name: What was given.
        choices: What is known.

    Returns:
        A sentence with a leading blank, or the empty string when nothing is near.

    Example:
        >>> nearest("pephole", ["peephole", "gru"])
        " Did you mean 'peephole'?"
    """
    close = difflib.get_close_matches(name, list(choices), n=3, cutoff=0.6)
    if not close:
        return ""
    return " Did you mean " + ", ".join(repr(choice) for choice in close) + "?"
