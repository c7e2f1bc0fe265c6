"""Options that hold several numbers, as in 0.1,0.5,0.9."""

from lstmkit.errors import SettingsError


def read_quantiles(text: str | None) -> tuple[float, ...] | None:
    """Reads quantile levels.

    Args:
        text: Levels between commas, or None.

    Returns:
        The levels as given; None for None.

    Raises:
        SettingsError: Something that is no number.

    Example:
        >>> read_quantiles("0.1, 0.9")
        (0.1, 0.9)
    """
    return None if text is None else tuple(_numbers("--quantiles", text, "0.1,0.5,0.9"))


def read_parts(text: str | None) -> tuple[float, ...] | tuple[int, ...] | None:
    """Reads the parts of a split.

    Args:
        text: Fractions or row counts between commas, or None.

    Returns:
        Whole numbers where all of them are, else fractions; None for None.

    Raises:
        SettingsError: Something that is no number.

    Example:
        >>> read_parts("8640,2880,2880")
        (8640, 2880, 2880)
    """
    if text is None:
        return None
    parts = _numbers("--split", text, "0.7,0.1,0.2 or 8640,2880,2880")
    whole = all(part.isdecimal() for part in text.replace(" ", "").split(","))
    return tuple(int(part) for part in parts) if whole else tuple(parts)


def _numbers(option: str, text: str, example: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise SettingsError(
            f"{option}: expected numbers between commas, got {text!r}. Write it as {example}."
        ) from None
