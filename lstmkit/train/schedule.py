"""The learning rate as a function of the step alone: a short climb, then half a cosine."""

import math

WARMUP = 0.05
"""Part of the run over which the rate climbs from near 0 to its peak."""

FLOOR = 0.01
"""Last rate of the run, as a part of the peak."""


def learning_rate(step: int, num_steps: int, peak: float) -> float:
    """Returns the rate of a step; nothing is carried from step to step, so a resume needs no state.

    The first `WARMUP` of the steps climb in a straight line (AdamW's second moments are still noise
    there), the rest falls to `FLOOR * peak` along half a cosine (Loshchilov and Hutter 2017, SGDR,
    equation 5, without restarts).

    Args:
        step: Number of the step in the whole run, from 0.
        num_steps: Steps of the whole run.
        peak: Highest rate.

    Returns:
        A rate above 0, at most `peak`.

    Example:
        >>> [round(learning_rate(step, 100, 1.0), 2) for step in (0, 4, 51, 99)]
        [0.2, 1.0, 0.51, 0.01]
    """
    warmup = max(1, round(WARMUP * num_steps))
    if step < warmup:
        return peak * (step + 1) / warmup
    done = (step + 1 - warmup) / (num_steps - warmup)
    return peak * (FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * done)) / 2)
