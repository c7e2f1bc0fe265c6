"""Rows and random numbers derive from the place in the run alone."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lstmkit.train.order import (
    TOGETHER,
    block_batches,
    epoch_batches,
    num_batches,
    ordered_batches,
    seed_step,
    share,
)

sizes = st.integers(1, 60)


@given(num_rows=sizes, batch_size=sizes, epoch=st.integers(0, 5))
def test_an_epoch_takes_every_row_once_in_batches_of_nearly_equal_size(
    num_rows: int, batch_size: int, epoch: int
) -> None:
    batches = epoch_batches(num_rows, batch_size, seed=3, epoch=epoch)
    assert sorted(np.concatenate(batches)) == list(range(num_rows))
    lengths = [len(rows) for rows in batches]
    assert max(lengths) <= batch_size
    assert max(lengths) - min(lengths) <= 1
    assert len(batches) == num_batches(num_rows, batch_size)


def test_the_order_depends_on_seed_and_epoch_and_on_nothing_else() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return np.concatenate(epoch_batches(40, 8, seed=seed, epoch=epoch)).tolist()

    first = order(0, 0)
    np.random.default_rng(1).random(5)
    torch.manual_seed(5)
    assert order(0, 0) == first
    assert len({tuple(order(seed, epoch)) for seed in (0, 1) for epoch in (0, 1)}) == 4


def test_row_numbers_are_int64() -> None:
    assert epoch_batches(5, 2, seed=0, epoch=0)[0].dtype == np.int64
    assert ordered_batches(5, 2)[0].dtype == np.int64


def test_batches_without_shuffling_keep_the_order() -> None:
    assert [rows.tolist() for rows in ordered_batches(5, 2)] == [[0, 1], [2, 3], [4]]


@given(num_rows=st.integers(1, 20), num_processes=st.integers(1, 5))
def test_the_processes_share_the_rows_and_their_weighted_means_are_the_mean(
    num_rows: int, num_processes: int
) -> None:
    rows = np.random.default_rng(num_rows).permutation(num_rows)
    shares = [share(rows, process=p, num_processes=num_processes) for p in range(num_processes)]
    taken = [row for own, weight in shares if weight for row in own]
    assert sorted(taken) == sorted(rows)
    assert all(len(own) for own, _ in shares)
    values = rows**2 + 1.0
    means = [weight * (own**2 + 1.0).mean() for own, weight in shares]
    assert np.mean(means) == pytest.approx(values.mean())


def test_every_step_of_every_process_draws_its_own_numbers() -> None:
    def draw(*place: int) -> float:
        seed_step(*place)
        return float(torch.rand(()))

    places = [(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)]
    assert len({draw(*place) for place in places}) == len(places)
    assert draw(*places[3]) == draw(*places[3])


BLOCKS = np.array([5, 1, 9, 4, 4, 7, 2, 8, 3, 6, 5, 5, 4, 11, 1])


def test_blocks_are_shuffled_into_the_batches_of_all_rows() -> None:
    batches = list(block_batches(BLOCKS, 8, seed=3, epoch=1))
    usual = epoch_batches(int(BLOCKS.sum()), 8, seed=3, epoch=1)
    assert [len(rows) for rows in batches] == [len(rows) for rows in usual]
    every = np.concatenate(batches)
    assert sorted(every) == list(range(BLOCKS.sum()))
    assert (np.diff(every) == 1).mean() < 0.2
    other = np.concatenate(list(block_batches(BLOCKS, 8, seed=3, epoch=2)))
    assert (every != other).mean() > 0.8


def test_batches_begin_anywhere_with_the_same_rows() -> None:
    batches = list(block_batches(BLOCKS, 6, seed=0, epoch=0))
    for first in (0, 1, 5, len(batches) - 1, len(batches)):
        rest = list(block_batches(BLOCKS, 6, seed=0, epoch=0, first=first))
        assert [rows.tolist() for rows in rest] == [rows.tolist() for rows in batches[first:]]


def test_few_blocks_are_in_use_at_a_time() -> None:
    blocks = np.full(100, 20)
    for rows in block_batches(blocks, 40, seed=0, epoch=0):
        # those of a buffer, or where two meet of two
        assert len(np.unique(rows // 20)) <= 2 * TOGETHER
    first = next(block_batches(blocks, 40, seed=0, epoch=0))
    assert len(np.unique(first // 20)) > 2
