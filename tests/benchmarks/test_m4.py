"""The program for M4 on series made up: its reader, its measures, Naive2, one trained network."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.m4 import kept, ours, table, table_of, validation
from benchmarks.m4_measures import M4, SETS, scores, series
from benchmarks.m4_statistics import is_seasonal, naive2, seasonal_indices

SMALL = M4(3, 4, "h", {}, (1.0, 1.0))


def rhythm(rows: int, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(1, 0.01, rows)
    return 100 * noise * np.resize([0.5, 1.0, 1.5, 1.0], rows)


def test_series_are_read_in_order_with_the_test_horizon_last(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "Tiny-train.csv.gz", "wt") as file:
        file.write('"V1","V2","V3","V4"\n"T1","1.5","2","3"\n"T2","4","5",\n')
    (tmp_path / "Tiny-test.csv").write_text('"V1","V2","V3"\n"T1","7","8"\n"T2","9","10"\n')
    found = series(tmp_path, "Tiny")
    assert [one.tolist() for one in found] == [[1.5, 2, 3, 7, 8], [4, 5, 9, 10]]
    frame = table_of(found, "w")
    assert frame["y"].to_list() == [1.5, 2, 3, 7, 8, 4, 5, 9, 10]
    assert frame["time"].diff().drop_nulls()[0].days == 7


def test_measures_are_those_of_the_competition() -> None:
    values = [np.array([1.0, 3.0, 2.0, 4.0, 6.0])]
    found = scores(values, np.array([[3.0, 6.0]]), season=1, horizon=2)
    assert found["smape"] == pytest.approx((200 * 1 / 7 + 0) / 2)
    # changes of 2 and 1 before the test horizon
    assert found["mase"] == pytest.approx(0.5 / 1.5)


def test_naive2_puts_a_season_back() -> None:
    values = 10 * np.resize([0.5, 1.0, 1.5, 1.0], 40)
    assert is_seasonal(values, 4)
    assert not is_seasonal(np.random.default_rng(0).normal(size=40), 4)
    np.testing.assert_allclose(seasonal_indices(values, 4), [0.5, 1.0, 1.5, 1.0])
    np.testing.assert_allclose(naive2(values, 4, 5), [5, 10, 15, 10, 5])
    assert naive2(np.array([1.0, 2.0]), 1, 2).tolist() == [2, 2]


def test_one_network_learns_all_series_and_is_judged_by_the_last_horizon() -> None:
    values = [rhythm(60 + 5 * place, place) for place in range(4)]
    found = ours(values, SMALL, 0, epochs=2, hidden_size=4, season=4)
    json.dumps(found)
    judged = scores(values, np.array(found["test"]), 4, 3)
    plain = scores(values, np.stack([np.repeat(one[-4], 3) for one in values]), 4, 3)
    assert judged["smape"] < plain["smape"] / 2
    before = validation(values, SMALL, found)
    assert before["smape"] < 10
    rows = table("Tiny", [("a", [plain]), ("b", [judged, judged])], plain).splitlines()
    assert rows[0].endswith("| 1.000 |")
    assert rows[1].endswith("± 0.000 |")


def test_naive2_is_kept_as_the_competition_published_it() -> None:
    found = kept()
    assert set(found) == set(SETS)
    assert found["Hourly"]["Naive2"] == {"smape": 18.383, "mase": 2.395}
    assert found["Weekly"]["Naive2"] == {"smape": 9.161, "mase": 2.777}
