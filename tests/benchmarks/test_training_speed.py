"""Training speed: everybody's windows, our contenders on short data, peers that are not there."""

import gzip
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import forecast_peers, training_speed
from benchmarks.training_speed import BATCH, CONTENDERS, HORIZON, LOOKBACK, UNITS, WINDOWS


def write(folder: Path, rows: int) -> None:
    (folder / "ett").mkdir()
    lines = [
        f"2016-07-01 00:00:00,{n},{n % 2},{n % 3},{n % 5},{n % 4},{n % 7},{n % 24}"
        for n in range(rows)
    ]
    (folder / "ett" / "ETTh1.csv").write_text("\n".join(["date,a,b,c,d,e,f,OT", *lines]) + "\n")


def test_a_window_is_the_past_and_what_follows() -> None:
    x, y = training_speed.pairs(np.arange(300.0))
    assert x.shape == (300 - LOOKBACK - HORIZON + 1, LOOKBACK, 1)
    assert (x[3, 0, 0], x[3, -1, 0], y[3, 0], y[3, -1]) == (3, 98, 99, 194)
    assert len(training_speed.pairs(np.zeros(training_speed.TRAIN))[0]) == WINDOWS


def test_our_lstm_has_as_many_weights_as_the_table_says() -> None:
    taken, weights = CONTENDERS["lstmkit, LSTM and a map"][0](np.sin(np.arange(400.0)), 2)
    assert weights == 4 * UNITS * (1 + UNITS + 1) + HORIZON * (UNITS + 1)
    assert len(taken) == 2
    assert min(taken) > 0


def test_a_worker_tells_its_times_and_a_missing_peer_is_left_out(
    monkeypatch, tmp_path: Path, capsys
) -> None:
    write(tmp_path, 400)
    monkeypatch.setenv("LSTMKIT_DATA", str(tmp_path))
    monkeypatch.setattr(training_speed, "WARM", 1)
    monkeypatch.setattr(sys, "argv", ["x", "--worker", "lstmkit, LSTM and a map", "--steps", "2"])
    training_speed.main()
    assert len(json.loads(capsys.readouterr().out)["seconds"]) == 2
    absent = (CONTENDERS["neuralforecast, LSTM"][0], "a_package_that_nobody_has")
    monkeypatch.setitem(CONTENDERS, "neuralforecast, LSTM", absent)
    monkeypatch.setattr(sys, "argv", ["x", "--worker", "neuralforecast, LSTM"])
    training_speed.main()
    assert json.loads(capsys.readouterr().out) is None


def test_the_table_has_ratios_over_our_lstm(monkeypatch, capsys) -> None:
    times = {name: 0.01 * (1 + place) for place, name in enumerate(CONTENDERS)}
    times["Keras on JAX, LSTM and a map"] = None

    def measured(name: str, python: str, threads: int, steps: int):
        return times[name] and {"seconds": [times[name]] * 3, "weights": 1000}

    monkeypatch.setattr(training_speed, "measured", measured)
    monkeypatch.setattr(sys, "argv", ["x", "--rounds", "2"])
    training_speed.main()
    told = capsys.readouterr()
    assert (
        f"| neuralforecast, LSTM | 1,000 | 40.0 (40.0, 40.0) | {0.04 * 67:.2f} | 4.0 |" in told.out
    )
    assert -(-WINDOWS // BATCH) == 67
    assert "jax is not installed" in told.err


def test_peers_read_the_three_parts_by_the_scale_of_the_first(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        forecast_peers, "SPLITS", dict.fromkeys(forecast_peers.SPLITS, (48, 24, 24))
    )
    write(tmp_path, 200)
    (tmp_path / "exchange_rate").mkdir()
    with gzip.open(tmp_path / "exchange_rate" / "exchange_rate.txt.gz", "wt") as file:
        file.writelines(f"{n},{n % 24}\n" for n in range(200))
    for data, columns in (("etth1", 7), ("exchange_rate", 2)):
        values = forecast_peers.standardised(data, tmp_path)
        assert values.shape == (96, columns)
        assert values[:48, -1].mean() == pytest.approx(0)
        assert values[:48, -1].std() == pytest.approx(1)
        assert values[50, -1] == values[2, -1]
