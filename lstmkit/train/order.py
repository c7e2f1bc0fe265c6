"""Which rows a step takes and which random numbers it draws: functions of its place in the run."""

from collections.abc import Iterator

import numpy as np
import torch

TOGETHER = 8
"""Blocks whose rows are shuffled together."""


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


def block_batches(
    blocks: np.ndarray, batch_size: int, *, seed: int, epoch: int, first: int = 0
) -> Iterator[np.ndarray]:
    """Shuffles rows of data that is read block by block, without a list of all of them.

    The blocks are shuffled, and the rows of each eight of them together, so that few blocks are in
    use at a time; batches are as large as those of `epoch_batches`.

    Args:
        blocks: Rows of each block; the rows of a block are numbered one after the other.
        batch_size: Rows of the largest batch.
        seed: Seed of the run.
        epoch: Number of the epoch, from 0.
        first: The batch to begin with.

    Yields:
        Row numbers (int64) of each batch; a function of the arguments alone.

    Example:
        >>> batches = list(block_batches(np.full(30, 4), 50, seed=0, epoch=0))
        >>> [len(rows) for rows in batches], len(set(np.concatenate(batches)))
        ([40, 40, 40], 120)
    """
    num_rows = int(blocks.sum())
    number = num_batches(num_rows, batch_size)
    # the first batches have a row more, as numpy's array_split cuts
    lengths = [num_rows // number + (k < num_rows % number) for k in range(number)]
    buffers = _buffers(blocks, seed=seed, epoch=epoch, skip=sum(lengths[:first]))
    held = np.zeros(0, np.int64)
    for length in lengths[first:]:
        while len(held) < length:
            held = np.concatenate([held, next(buffers)])
        yield held[:length]
        held = held[length:]


def _buffers(blocks: np.ndarray, *, seed: int, epoch: int, skip: int) -> Iterator[np.ndarray]:
    """Shuffled rows of eight blocks at a time, without the first `skip` of all."""
    starts = np.cumsum([0, *blocks])
    order = np.random.default_rng([seed, epoch]).permutation(len(blocks))
    for number, place in enumerate(range(0, len(order), TOGETHER), start=1):
        together = order[place : place + TOGETHER]
        size = int(blocks[together].sum())
        if skip < size:
            rows = np.concatenate([np.arange(starts[one], starts[one + 1]) for one in together])
            yield np.random.default_rng([seed, epoch, number]).permutation(rows)[skip:]
        skip = max(0, skip - size)


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
