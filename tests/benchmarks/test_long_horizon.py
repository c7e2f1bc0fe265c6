"""Long horizons: errors with and without the last batch, the table beside what is published."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import long_horizon
from benchmarks.long_horizon import BATCH, errors
from benchmarks.long_horizon_published import HORIZONS, PUBLISHED


def test_the_last_batch_counts_once_and_is_left_out_once() -> None:
    squared = np.concatenate([np.full(2 * BATCH, 1.0), np.full(BATCH, 4.0)[1:]])
    found = errors(squared, np.sqrt(squared))
    assert found["mse_of_batches"] == found["mae_of_batches"] == 1.0
    assert found["mse"] == pytest.approx(squared.mean())
    assert found["mae"] == pytest.approx(np.sqrt(squared).mean())
    whole = errors(squared[: 2 * BATCH], squared[: 2 * BATCH])
    assert whole["mse"] == whole["mse_of_batches"]


def test_published_rows_have_every_horizon() -> None:
    for rows in PUBLISHED.values():
        assert {len(values) for values in rows.values()} == {len(HORIZONS)}


def test_the_table_puts_a_row_measured_without_the_last_batch_into_those_columns(
    tmp_path: Path, capsys
) -> None:
    run = errors(np.full(300, 0.25), np.full(300, 0.5)) | {"seconds": 30.0}
    (tmp_path / "etth1-96-0.json").write_text(json.dumps(run))
    (tmp_path / "etth1-96-others.json").write_text(json.dumps({"naive": run}))
    long_horizon.print_table(tmp_path)
    told = capsys.readouterr().out.splitlines()
    assert told[2].endswith("| 0.250 | 0.500 | 0.250 | 0.500 | 1 | 30 s |")
    assert told[3] == "| | | naive | 0.250 | 0.500 | 0.250 | 0.500 | | |"
    assert "| | | SegRNN (SegRNN's authors, 2023) | | | 0.341 | 0.376 | | |" in told
    assert "| | | SegRNN (SegRNN's authors, corrected) | 0.351 | 0.392 | | | | |" in told
    assert {line.count("|") for line in told} == {10}
