"""What a search may vary: a range or a list for each setting, with its usual value."""

from collections.abc import Mapping
from dataclasses import dataclass

from lstmkit.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class Between:
    """Numbers of a range, both ends included; whole ones where the ends are whole.

    Attributes:
        low: The smallest.
        high: The largest.
        usual: What is taken without a search; the first trial takes it.
        log: Whether ratios count and not differences.

    Raises:
        SettingsError: An empty range, a usual value outside of it, or a logarithm of 0.
    """

    low: int | float
    high: int | float
    usual: int | float
    log: bool = False

    def __post_init__(self) -> None:
        """Checks the range."""
        if not self.low <= self.usual <= self.high or (self.log and self.low <= 0):
            raise SettingsError(
                f"Between: expected low <= usual <= high{', low above 0' * self.log}, got {self}. "
                "Give another range."
            )


@dataclass(frozen=True, kw_only=True)
class OneOf:
    """One of some texts, numbers or booleans.

    Attributes:
        values: All of them.
        usual: What is taken without a search; the first trial takes it.

    Raises:
        SettingsError: The usual value is none of them.
    """

    values: tuple[str | int | float | bool, ...]
    usual: str | int | float | bool

    def __post_init__(self) -> None:
        """Checks the values."""
        if self.usual not in self.values:
            raise SettingsError(
                f"OneOf: expected the usual value among {self.values}, got {self.usual!r}. Add it."
            )


Space = Mapping[str, Between | OneOf]
"""What may vary, by the name of the setting."""


def around(usual: int, *, factor: int = 4, least: int = 1, most: int | None = None) -> Between:
    """Whole numbers from a part to a multiple of the usual one, by ratio.

    Args:
        usual: The usual one.
        factor: The largest is so many times the usual one, and the smallest such a part of it.
        least: Bound of the smallest.
        most: Bound of the largest.

    Returns:
        The range.

    Example:
        >>> around(64)
        Between(low=16, high=256, usual=64, log=True)
    """
    high = usual * factor if most is None else min(usual * factor, max(most, usual))
    return Between(low=max(min(least, usual), usual // factor), high=high, usual=usual, log=True)
