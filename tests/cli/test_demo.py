"""The first command, shortened."""

import sys
from pathlib import Path

import polars as pl
import pytest

from lstmkit.data.datasets import nyc_taxi_path
from lstmkit.tasks.defaults import FEWEST_EPOCHS, STEPS


@pytest.mark.usefixtures("_no_report")
def test_the_demo_ends_with_a_table_a_report_and_what_to_try_next(
    run, tmp_path: Path, monkeypatch
) -> None:
    short = tmp_path / "taxi.csv"
    pl.read_csv(nyc_taxi_path()).head(1200).write_csv(short)
    monkeypatch.setattr("lstmkit.data.datasets.nyc_taxi_path", lambda: short)
    for least in (STEPS, FEWEST_EPOCHS):
        monkeypatch.setitem(least, "steps", 1)
    # the function of the same name hides the module
    monkeypatch.setattr(sys.modules["lstmkit.cli.demo"], "HORIZON", 3)
    answer = run("demo", "--out", tmp_path / "demo", "--device", "cpu")
    assert answer.code == 0
    assert "seasonal naive" in answer.out
    assert f"Report: {tmp_path / 'demo' / 'report.html'}" in answer.out
    assert "lstmkit train forecast sales.csv" in answer.out
    assert "lstmkit predict runs/sales-units/model.safetensors" in answer.out
    assert (tmp_path / "demo" / "model.safetensors").is_file()
