"""Windows over series that stay in their Parquet files, cut when a batch asks for them."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from lstmkit.data.parquet_table import Kept
from lstmkit.data.series_places import SeriesPlaces

KEPT = 10
"""Blocks in memory at a time: the eight that are shuffled together, and those at their ends."""


@runtime_checkable
class Rows(Protocol):
    """What a block is cut into: rows of which some can be picked."""

    def batch(self, indices: np.ndarray) -> dict[str, Tensor]:
        """Named tensors with one row for each number."""


Cut = Callable[[Any, np.ndarray], Rows]
"""Makes windows at origins (N, 2) of what `SeriesPlaces.piece` returns."""


class StoredWindows:
    """Rows for training: the windows of a part, row group by row group.

    A block holds the windows whose origins lie in one row group, or between two of the `edges` of
    the series; it is read with the rows before and after that they need.

    Args:
        series: The series.
        first: First origin of each series, in its rows, int64 (S,).
        last: The first origin that is not taken, int64 (S,).
        stride: Steps from one origin of a series to the next.
        before: Rows that a window needs up to its origin.
        after: Rows that it needs after its origin.
        cut: Makes the windows.

    Attributes:
        blocks: Windows of each block that has any, int64 (K,).
    """

    def __init__(
        self,
        series: SeriesPlaces,
        first: np.ndarray,
        last: np.ndarray,
        *,
        stride: int,
        before: int,
        after: int,
        cut: Cut,
    ) -> None:
        self._series, self._stride, self._cut = series, stride, cut
        # origins as rows of the table
        self._first, self._last = series.starts[:-1] + first, series.starts[:-1] + last
        self._before, self._after = before, after
        self._edges = series.edges.tolist()
        sizes = np.array([self._number(begin, end) for begin, end in pairwise(self._edges)])
        self._groups = np.flatnonzero(sizes)
        self.blocks = sizes[self._groups]
        self._ends = np.cumsum(self.blocks)
        self._block = Kept(self._read, KEPT)

    def __len__(self) -> int:
        """Number of windows."""
        return int(self._ends[-1]) if len(self._ends) else 0

    def batch(self, indices: np.ndarray) -> dict[str, Tensor]:
        """Reads and cuts some windows; shorter ones are padded with 0 at their ends."""
        order = np.argsort(indices, kind="stable")
        chosen = np.asarray(indices)[order]
        of = np.searchsorted(self._ends, chosen, "right")
        parts = []
        for block in np.unique(of).tolist():
            begin = int(self._ends[block] - self.blocks[block])
            parts.append(self._block(block).batch(chosen[of == block] - begin))
        back = torch.from_numpy(np.argsort(order, kind="stable"))
        return {name: _joined([part[name] for part in parts])[back] for name in parts[0]}

    def _number(self, begin: int, end: int) -> int:
        """How many origins lie in rows from `begin` to before `end`."""
        return sum(len(self._origins(one, begin, end)) for one in self._series.within(begin, end))

    def _origins(self, one: int, begin: int, end: int) -> range:
        """Origins of a series in these rows of the table."""
        first, stride = int(self._first[one]), self._stride
        skipped = max(0, -(-(begin - first) // stride))
        return range(first + skipped * stride, min(end, int(self._last[one])), stride)

    def _read(self, block: int) -> Rows:
        group = int(self._groups[block])
        begin, end = self._edges[group : group + 2]
        found = {one: self._origins(one, begin, end) for one in self._series.within(begin, end)}
        found = {one: origins for one, origins in found.items() if origins}
        starts = self._series.starts
        ones = list(found)
        row = max(int(starts[ones[0]]), found[ones[0]][0] - self._before)
        stop = min(int(starts[ones[-1] + 1]), found[ones[-1]][-1] + self._after + 1)
        # a series without origins between two others is read with them
        origins = [np.array(found[one]) - max(int(starts[one]), row) for one in ones]
        places = np.repeat(np.array(ones) - ones[0], [len(one) for one in origins])
        pairs = np.stack([places, np.concatenate(origins)], axis=1)
        return self._cut(self._series.piece(row, stop), pairs)


def _joined(parts: list[Tensor]) -> Tensor:
    """Rows below rows, padded where those of another part are longer."""
    if parts[0].ndim == 1:
        return torch.cat(parts)
    longest = max(one.shape[1] for one in parts)
    return torch.cat([_padded(one, longest - one.shape[1]) for one in parts])


def _padded(rows: Tensor, steps: int) -> Tensor:
    return nn.functional.pad(rows, (0, 0) * (rows.ndim - 2) + (0, steps)) if steps else rows
