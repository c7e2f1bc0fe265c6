"""Quantile forecasts: levels in order, the loss, bands that cannot cross, and draws from them."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from lstmkit.errors import SettingsError


def checked_levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Sorts quantile levels and adds the median, which is the point forecast.

    Args:
        levels: Levels between 0 and 1.

    Returns:
        Ascending levels, 0.5 among them.

    Raises:
        SettingsError: A level outside (0, 1), or two whose columns would be called alike.

    Example:
        >>> checked_levels([0.9, 0.1])
        (0.1, 0.5, 0.9)
    """
    for level in levels:
        if not 0 < level < 1:
            raise SettingsError(
                f"quantiles: expected levels between 0 and 1, got {level}. For a band of 80 %: "
                "0.1 and 0.9."
            )
    found = sorted({0.5, *(float(level) for level in levels)})
    for lower, upper in pairwise(found):
        if f"{lower:g}" == f"{upper:g}":
            raise SettingsError(
                f"quantiles: expected levels that differ in six digits, got {lower} and {upper}. "
                "Leave one of them out."
            )
    return tuple(found)


def spread(
    median: Float[Tensor, "*rows"], steps: Float[Tensor, "*rows others"], levels: tuple[float, ...]
) -> Float[Tensor, "*rows levels"]:
    """Puts quantiles around a median so that none crosses another.

    Args:
        median: The median.
        steps: For every other level an unbounded number; softplus of it is the distance to the
            level next nearer to the median.
        levels: Ascending levels with 0.5.

    Returns:
        The quantiles, ascending along the last axis.
    """
    middle = levels.index(0.5)
    distance = functional.softplus(steps)
    below = median[..., None] - distance[..., :middle].flip(-1).cumsum(-1).flip(-1)
    above = median[..., None] + distance[..., middle:].cumsum(-1)
    return torch.cat([below, median[..., None], above], -1)


def quantile_loss(
    quantiles: Float[Tensor, "*rows levels"],
    truth: Float[Tensor, "*rows"],
    observed: Bool[Tensor, "*rows"],
    levels: tuple[float, ...],
) -> Float[Tensor, ""]:
    """The mean quantile loss, twice max(q (y - f), (q - 1)(y - f)), over what was observed.

    At the median it is the absolute error (Koenker and Bassett 1978).

    Args:
        quantiles: Forecasts.
        truth: What came; anything where not observed.
        observed: Where the truth is known.
        levels: Levels of the last axis.

    Returns:
        The mean over observed values and levels; 0 where nothing was observed.
    """
    level = quantiles.new_tensor(levels)
    error = torch.where(observed, truth, 0.0)[..., None] - quantiles
    loss = 2 * torch.maximum(level * error, (level - 1) * error).mean(-1)
    return (loss * observed).sum() / observed.sum().clamp(min=1)


def draw(
    quantiles: Float[Tensor, "*rows levels"], levels: tuple[float, ...], generator: torch.Generator
) -> Float[Tensor, "*rows"]:
    """Draws from the distribution whose quantiles are given, linear between them.

    Beyond the outermost levels the line of the outermost pair goes on.

    Args:
        quantiles: Ascending quantiles.
        levels: Their levels.
        generator: Source of randomness.

    Returns:
        One draw a row.
    """
    if len(levels) == 1:
        return quantiles[..., 0]
    at = quantiles.new_tensor(levels)
    uniform = torch.rand(quantiles.shape[:-1], generator=generator, dtype=quantiles.dtype)
    uniform = uniform.to(quantiles.device)
    right = torch.bucketize(uniform, at).clamp(1, len(levels) - 1)
    low = quantiles.gather(-1, right[..., None] - 1)[..., 0]
    high = quantiles.gather(-1, right[..., None])[..., 0]
    share = (uniform - at[right - 1]) / (at[right] - at[right - 1])
    return low + share * (high - low)
