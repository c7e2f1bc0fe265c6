"""Which rows a step takes and which random numbers it draws: functions of its place in the run."""

import numpy as np
import torch


def epoch_batches(num_rows: int, batch_size: int, *, seed: int, epoch: int) -> list[np.ndarray]:
    """Cuts the shuffled rows of an epoch into batches of nearly equal size.

    Args:
        num_rows: Rows of the training data, at least 1.
        batch_size: Rows of the largest batch.
        seed: Seed of the run.
        epoch: Number of the epoch, from 0.

    Returns:
        Row numbers (int64) of each batch; a function of the arguments alone.

    Example:
        >>> [len(rows) for rows in epoch_batches(10, 4, seed=0, epoch=0)]
        [4, 3, 3]
    """
    order = np.random.default_rng([seed, epoch]).permutation(num_rows)
    return _cut(order, batch_size)


def num_batches(num_rows: int, batch_size: int) -> int:
    """Counts the batches of an epoch: the fewest of which none is larger than `batch_size`."""
    return -(-num_rows // batch_size)


def ordered_batches(num_rows: int, batch_size: int) -> list[np.ndarray]:
    """Cuts the rows, in their own order, into batches of nearly equal size."""
    return _cut(np.arange(num_rows), batch_size)


def share(rows: np.ndarray, *, process: int, num_processes: int) -> tuple[np.ndarray, float]:
    """Picks one process's part of a batch and the weight that its mean loss has.

    The mean over the processes of weight times loss is the loss of the whole batch, and so are its
    gradients, wherever the loss is a mean over rows: two processes take the step that one takes.

    Args:
        rows: Row numbers of the whole batch.
        process: Number of the process, from 0.
        num_processes: How many share the batch.

    Returns:
        The row numbers of this process and its weight. A process for which no row is left computes
        the first row with weight 0, so that all processes keep step.

    Example:
        >>> share(np.arange(5), process=1, num_processes=2)
        (array([1, 3]), 0.8)
    """
    own = rows[process::num_processes]
    weight = len(own) * num_processes / len(rows)
    return (own if len(own) else rows[:1]), weight


def seed_step(seed: int, epoch: int, step: int, process: int) -> None:
    """Seeds torch for one step, so that its dropout derives from its place in the run alone.

    A resumed run draws what an uninterrupted one draws, on every device and in every process.

    Args:
        seed: Seed of the run.
        epoch: Number of the epoch, from 0.
        step: Number of the step in the epoch, from 0.
        process: Number of the process, from 0; each draws its own.
    """
    place = np.random.SeedSequence([seed, epoch, step, process])
    torch.manual_seed(int(place.generate_state(1, np.uint64)[0]))


def _cut(rows: np.ndarray, batch_size: int) -> list[np.ndarray]:
    return np.array_split(rows, num_batches(len(rows), batch_size))
