"""Options that hold several numbers, as in 0.1,0.5,0.9, or a number or a word."""

from typing import Any, Literal

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


def read_parts(text: str | None) -> tuple[float, ...] | tuple[int, ...] | Literal["last"] | None:
    """Reads the parts of a split.

    Args:
        text: Fractions or row counts between commas, "last", or None.

    Returns:
        Whole numbers where all of them are, else fractions; "last" and None as they are.

    Raises:
        SettingsError: Something that is no number.

    Example:
        >>> read_parts("8640,2880,2880")
        (8640, 2880, 2880)
    """
    if text is None:
        return None
    if text == "last":
        return "last"
    parts = _numbers("--split", text, "0.7,0.1,0.2, 8640,2880,2880 or last")
    whole = all(part.isdecimal() for part in text.replace(" ", "").split(","))
    return tuple(int(part) for part in parts) if whole else tuple(parts)


def read_season(text: str | None) -> dict[str, Any]:
    """Reads the length of the season.

    Args:
        text: Steps, "auto", "none", or None where nothing was said.

    Returns:
        The forecaster's setting `season`, or nothing.

    Raises:
        SettingsError: Something else.

    Example:
        >>> read_season("168")
        {'season': 168}
    """
    if text is None:
        return {}
    if text.isdecimal():
        return {"season": int(text)}
    if text not in ("auto", "none"):
        raise SettingsError(
            f"--season: expected a number of steps, auto or none, got {text!r}. A week of hourly "
            "rows has 168 steps."
        )
    # a season of one step is none, and a settings file can hold it
    return {"season": 1 if text == "none" else text}


def _numbers(option: str, text: str, example: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise SettingsError(
            f"{option}: expected numbers between commas, got {text!r}. Write it as {example}."
        ) from None
