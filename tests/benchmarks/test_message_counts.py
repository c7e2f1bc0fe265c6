"""Text messages as counts: how they are counted, and what each forecast may look at."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.message_counts import (
    HORIZON,
    LEVELS,
    ROWS,
    SECONDS,
    START,
    by_own_past,
    counts,
    scores,
    table,
)
from lstmkit.data import Split

SPLIT = Split.of(ROWS, horizon=HORIZON)


def frame(row: int, truth: list[float]) -> pl.DataFrame:
    """One forecast of one student."""
    return pl.DataFrame(
        {
            "series": ["007"] * HORIZON,
            "origin": np.full(HORIZON, START + row * np.timedelta64(SECONDS, "s")),
            "truth": truth,
        }
    )


def test_messages_are_counted_by_sender_and_quarter_of_a_day(tmp_path: Path) -> None:
    late = SPLIT.train_end * SECONDS
    pl.DataFrame(
        {
            "timestamp": [5, SECONDS - 1, SECONDS, late, late, ROWS * SECONDS],
            "from": [7, 7, 7, 7, 8, 7],
            "to": [8] * 6,
        }
    ).write_csv(tmp_path / "sms.csv")
    found = counts(tmp_path / "sms.csv", SPLIT)
    # who wrote nothing in the training part is left out, and so is what came after four weeks
    assert list(found) == ["007"]
    assert found["007"][:3].tolist() == [2, 1, 0]
    assert found["007"].sum() == 4
    assert table(found).height == ROWS


def test_the_past_of_a_student_ends_at_the_origin() -> None:
    own = np.zeros(ROWS)
    own[:5] = [0, 1, 2, 3, 4]
    planted = own.copy()
    planted[5:] = 99
    found, same = (
        by_own_past({"007": values}, frame(4, [0.0] * HORIZON)) for values in (own, planted)
    )
    assert found.equals(same)
    assert found["q0.5"].to_list() == [2.0] * HORIZON
    last = by_own_past({"007": own}, frame(4, [0.0] * HORIZON), last=True)
    assert last["q0.9"].to_list() == [4.0] * HORIZON


def test_the_loss_is_relative_to_the_mean_count() -> None:
    one = frame(4, [1.0, 1.0, 2.0, 4.0]).with_columns(pl.lit(2.0).alias(f"q{q:g}") for q in LEVELS)
    found = scores(one)
    by_hand = [np.mean([1 - q, 1 - q, 0, 2 * q]) * 2 for q in LEVELS]
    assert found["loss"] == pytest.approx(np.mean(by_hand) / 2)
    assert (found["q0.9"], found["q0.95"]) == (0.75, 0.75)
