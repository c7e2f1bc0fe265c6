"""What a forecast is worth on data that training has not seen: its median, and its bands."""

import numpy as np
from jaxtyping import Float

# a band is never narrowed below a fifth nor widened above twenty times
LIMITS = (0.2, 20.0)
# standard errors by which a forecast beats the last value
SURE = 2.0


def confirmed_share(
    change: Float[np.ndarray, "windows horizon targets"],
    truth: Float[np.ndarray, "windows horizon targets"],
    apart: int,
) -> float:
    """Finds which share of a forecast change the validation part confirms.

    A network sees patterns in a wandering series that the next months do not know. Of all
    multiples of its change from the last value the one with the least absolute error on the
    validation part is taken: the median of truth / change, weighted by the size of the change. It
    is kept if it beats the last value by two standard errors of the gain. Windows that overlap
    tell the same story, so gains are compared by stretches of windows that do not; where there is
    one stretch alone, by targets.

    Args:
        change: Forecasts less the last value, windows in the order of time.
        truth: What came less the last value, NaN where missing.
        apart: How many of the windows there would be if none overlapped; they are divided into so
            many stretches.

    Returns:
        A number from 0, the last value alone, to 1, the forecast as it is; 1 where nothing was
        observed or nothing changes. One stretch of one target has no standard error, and keeps
        its share.

    Example:
        >>> import numpy as np
        >>> change = np.array([4.0, -2.0, 7.0]).reshape(3, 1, 1)
        >>> confirmed_share(change, np.array([1.0, -0.5, 3.5]).reshape(3, 1, 1), 1)
        0.5
    """
    known = ~np.isnan(truth) & (change != 0)
    if not known.any():
        return 1.0
    ratio, weight = truth[known] / change[known], np.abs(change[known])
    order = np.argsort(ratio)
    below = weight[order].cumsum()
    middle = ratio[order][np.searchsorted(below, below[-1] / 2)]
    share = float(np.clip(middle, 0, 1))
    gain = np.ma.masked_invalid(np.abs(truth) - np.abs(truth - share * change))
    stretches = (
        np.array_split(gain, min(apart, len(gain))) if apart > 1 else np.moveaxis(gain, 2, 0)
    )
    gains = np.ma.stack([one.mean() for one in stretches]).compressed()
    doubt = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else 0.0
    return share if gains.mean() >= SURE * doubt else 0.0


def band_factors(
    quantiles: np.ndarray, truth: np.ndarray, levels: tuple[float, ...]
) -> tuple[float, ...]:
    """Finds how far each quantile must be moved from the median to hold on the validation part.

    A network trained by the quantile loss is surer of itself on the data it has seen than on
    new data. As in conformalised quantile regression (Romano, Patterson and Candès 2019), the
    distance of each quantile from the median is scaled by one factor, such that the stated share
    of the validation values lies below it.

    Args:
        quantiles: Forecasts of the validation part (windows, horizon, targets, levels).
        truth: What came (windows, horizon, targets), NaN where missing.
        levels: Ascending levels with 0.5.

    Returns:
        One factor a level; 1 for the median, and for all where nothing was observed.

    Example:
        >>> forecast = np.tile([-1.0, 0.0, 1.0], (1, 100, 1, 1))
        >>> truth = np.linspace(-10, 10, 100).reshape(1, 100, 1)
        >>> [round(factor) for factor in band_factors(forecast, truth, (0.1, 0.5, 0.9))]
        [8, 1, 8]
    """
    observed = ~np.isnan(truth)
    if not observed.any():
        return (1.0,) * len(levels)
    middle = levels.index(0.5)
    missed = (truth - quantiles[..., middle])[observed]
    factors = []
    for index, level in enumerate(levels):
        distance = (quantiles[..., index] - quantiles[..., middle])[observed]
        if index == middle:
            factors.append(1.0)
            continue
        # below the median the distance is negative, and the order of the ratios turns round
        share = level if level > 0.5 else 1 - level
        ratio = missed / np.where(np.abs(distance) > 1e-12, distance, np.copysign(1e-12, distance))
        factors.append(float(np.clip(np.quantile(ratio, share), *LIMITS)))
    return tuple(factors)


def widened(
    quantiles: np.ndarray, factors: tuple[float, ...], levels: tuple[float, ...]
) -> np.ndarray:
    """Moves every quantile from the median by its factor.

    Args:
        quantiles: Forecasts (..., levels).
        factors: One a level.
        levels: Ascending levels with 0.5.

    Returns:
        Quantiles of the same shape, in ascending order.
    """
    middle = levels.index(0.5)
    median = quantiles[..., middle : middle + 1]
    moved: np.ndarray = median + np.array(factors) * (quantiles - median)
    # neighbouring levels may have crossed: each side is put in order away from the median
    moved[..., middle:] = np.maximum.accumulate(moved[..., middle:], axis=-1)
    below = np.minimum.accumulate(moved[..., middle::-1], axis=-1)
    moved[..., : middle + 1] = below[..., ::-1]
    return moved
