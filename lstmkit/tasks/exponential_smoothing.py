"""Exponential smoothing of many windows at once: a level, and what each season adds to it."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor


class Smoothed(NamedTuple):
    """What smoothing finds in windows.

    Attributes:
        level: Level after each step (R, T).
        seasonal: What the seasons add at each step, before it is learnt from (R, T).
        ahead: What they add at each step of the horizon (R, H).
    """

    level: Tensor
    seasonal: Tensor
    ahead: Tensor


def smoothed(
    x: Float[Tensor, "rows time"],
    valid: Bool[Tensor, "rows time"],
    rates: Float[Tensor, " rates"],
    seasons: tuple[int, ...],
    horizon: int,
) -> Smoothed:
    r"""Smooths windows by one rate for the level and one for each season.

    .. math::
        l_t &= l_{t-1} + \alpha\, (x_t - \textstyle\sum_k s_{k,t} - l_{t-1}) \\
        s_{k,t+m_k} &= s_{k,t} + \gamma_k\, (x_t - \textstyle\sum_j s_{j,t} - l_t)

    (Winters 1960, without a trend, in additive form; of logarithms it is the multiplicative one.)
    It begins with the mean of the first longest season, and with what recurs in it, the shortest
    season first; without seasons with the first value. A step that is not valid changes nothing.

    Args:
        x: Values.
        valid: Which of them there are; others are not read.
        rates: Rates between 0 and 1: alpha, and gamma for each season.
        seasons: Lengths of the seasons in steps, none above T.
        horizon: Steps ahead, H.

    Returns:
        Levels and seasons.

    Example:
        >>> x, there = torch.tensor([[1.0, 3.0, 5.0]]), torch.ones(1, 3, dtype=torch.bool)
        >>> smoothed(x, there, torch.tensor([0.5]), (), 2).level.tolist()
        [[1.0, 2.0, 3.5]]
    """
    first = max(seasons, default=1)
    there = valid.to(x)
    values, weights = x.unbind(1), there.unbind(1)
    level, patterns = _begin(x, there, seasons, first)
    levels = [level] * first
    parts = [
        [pattern[:, step % season] for step in range(first + season)]
        for season, pattern in zip(seasons, patterns, strict=True)
    ]
    nothing = torch.zeros_like(level)
    alpha, *gammas = rates.unbind()
    for step in range(first, x.shape[1]):
        free = values[step] - sum((part[step] for part in parts), nothing)
        level = level + alpha * weights[step] * (free - level)
        left = weights[step] * (free - level)
        for part, gamma in zip(parts, gammas, strict=True):
            part.append(part[step] + gamma * left)
        levels.append(level)
    length = x.shape[1]
    found = torch.stack(levels, 1)
    seasonal, ahead = torch.zeros_like(found), torch.zeros_like(found[:, :1]).repeat(1, horizon)
    for season, part in zip(seasons, parts, strict=True):
        seasonal = seasonal + torch.stack(part[:length], 1)
        places = [length + step % season for step in range(horizon)]
        ahead = ahead + torch.stack([part[place] for place in places], 1)
    return Smoothed(found, seasonal, ahead)


def _begin(
    x: Tensor, there: Tensor, seasons: tuple[int, ...], first: int
) -> tuple[Tensor, list[Tensor]]:
    """The level and the patterns of the first season; the first value where that has none."""
    head, known = x[:, :first], there[:, :first]
    earliest = x.gather(1, there.argmax(1, keepdim=True))[:, 0]
    number = known.sum(1)
    mean = (head * known).sum(1) / number.clamp(min=1)
    level = torch.where(number > 0, mean, earliest)
    left = (head - level[:, None]) * known
    found: dict[int, Tensor] = {}
    for season in sorted(seasons):
        cycles = first // season
        whole = slice(0, cycles * season)
        total, seen = (
            part[:, whole].unflatten(1, (cycles, season)).sum(1) for part in (left, known)
        )
        found[season] = total / seen.clamp(min=1)
        again = found[season].repeat(1, -(-first // season))[:, :first]
        left = (left - again) * known
    return level, [found[season] for season in seasons]
