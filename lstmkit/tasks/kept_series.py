"""Series as tensors and plain values, for a model file or that of a stream."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lstmkit.data import Columns, Frequency, Series, SeriesSet

PARTS = ("target", "past", "known")


def packed(series: Iterable[Series]) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """Describes series for a file.

    Args:
        series: The series.

    Returns:
        Their numbers by names that begin with "series.", and what else JSON can hold of each.
    """
    tensors: dict[str, Tensor] = {}
    described: list[dict[str, Any]] = []
    for index, one in enumerate(series):
        own = f"series.{index}"
        tensors[f"{own}.time"] = torch.from_numpy(one.time.astype(np.int64))
        for part in PARTS:
            tensors[f"{own}.{part}"] = torch.from_numpy(getattr(one, part).copy())
        if len(one.static):
            tensors[f"{own}.static"] = torch.from_numpy(one.static.copy())
        for season, values in one.before.items():
            tensors[f"{own}.before.{season}"] = torch.from_numpy(values.copy())
        described.append(
            {
                "name": one.name,
                "category": list(one.category),
                "dated": one.time.dtype.kind == "M",
                "before": list(one.before),
            }
        )
    return tensors, described


def unpacked(
    tensors: Mapping[str, Tensor],
    described: Iterable[Mapping[str, Any]],
    columns: Columns,
    frequency: Frequency,
) -> SeriesSet:
    """Reads the series that `packed` described.

    Args:
        tensors: Their numbers, among others.
        described: What else was told of each.
        columns: Which column plays which part.
        frequency: The step from row to row.

    Returns:
        The series.
    """
    series = []
    for index, one in enumerate(described):
        own = f"series.{index}"
        time = tensors[f"{own}.time"].numpy()
        target, past, known = (tensors[f"{own}.{part}"].numpy() for part in PARTS)
        # files written before these were kept have none
        before = {
            season: tensors[f"{own}.before.{season}"].numpy() for season in one.get("before", ())
        }
        time = time.astype("datetime64[us]") if one["dated"] else time
        static = tensors.get(f"{own}.static", torch.zeros(0, dtype=torch.float64)).numpy()
        # in files of before, all static columns were categories
        words = tuple(one.get("category", one.get("static")))
        series.append(Series(one["name"], time, target, past, known, static, words, before))
    return SeriesSet(tuple(series), columns, frequency, ())
