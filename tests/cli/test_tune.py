"""Searches from the command line, one of them killed and resumed."""

import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from waves import long_table, waves

DRIVER = """
import os, signal, sys
from lstmkit.cli import main
from lstmkit.tasks.sequence.network import SequenceNetwork

loss, calls = SequenceNetwork.loss, []

def counted(network, batch):
    calls.append(None)
    if len(calls) == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
    return loss(network, batch)

SequenceNetwork.loss = counted
main(sys.argv[2:])
"""


def _command(folder: Path, out: str, *more: object) -> list[str]:
    columns = ("--series", "id", "--target", "kind", "--value", "a", "--value", "b")
    fast = ("--epochs", "2", "--trials", "3", "--device", "cpu")
    words = ["tune", "classify", folder / "waves.csv", *columns, *fast, "--out", folder / out]
    return [*map(str, words), *map(str, more)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr("lstmkit.tasks.sequence.run_sequences.write_page", lambda *_: None)
    monkeypatch.setattr("lstmkit.tasks.tuning.leave.write_page", lambda *_: None)
    long_table(*waves(30)).write_csv(tmp_path / "waves.csv")
    return tmp_path


@pytest.mark.slow
def test_a_killed_search_goes_on_to_the_same_model(run, folder: Path) -> None:
    # 2 steps of training and 1 of validation an epoch: in the second epoch of the second trial
    command = [sys.executable, "-c", DRIVER, "10", *_command(folder, "broken")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert ended.stderr.count("\nTrial") + ended.stderr.startswith("Trial") == 1
    assert (folder / "broken" / "trial" / "checkpoint.safetensors").exists()
    refused = run(*_command(folder, "broken"))
    assert refused.code == 2
    assert "holds a search. Go on with it by --resume" in refused.err
    resumed = run(*_command(folder, "broken", "--resume"))
    assert resumed.code == 0, resumed.err
    assert "Trial 2 of 3" in resumed.err
    assert "Trial 1 of 3" not in resumed.err
    whole = run(*_command(folder, "whole"))
    assert whole.code == 0
    assert "accuracy" in whole.out
    assert not (folder / "broken" / "trial").exists()
    tables = [
        pl.read_csv(folder / out / "trials.csv").drop("seconds") for out in ("broken", "whole")
    ]
    assert tables[0].equals(tables[1])
    models = [(folder / out / "settings.toml").read_text() for out in ("broken", "whole")]
    assert models[0] == models[1]
    anew = run(*_command(folder, "whole", "--overwrite", "--trials", "1", "--quiet", "--json"))
    assert (anew.code, anew.err) == (0, "")
    assert pl.read_csv(folder / "whole" / "trials.csv").height == 1


@pytest.mark.usefixtures("_no_report")
def test_a_forecaster_is_searched_with_a_settings_file(run, table, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("lstmkit.tasks.tuning.leave.write_page", lambda *_: None)
    table().write_csv(tmp_path / "sales.csv")
    settings = tmp_path / "settings.toml"
    settings.write_text("[forecast]\nhorizon = 3\nhidden_size = 4\nepochs = 1\nlookback = 8\n")
    command = ["tune", "forecast", tmp_path / "sales.csv", "--time", "day", "--config", settings]
    answer = run(*command, "--target", "units", "--trials", "2", "--out", tmp_path / "run")
    assert answer.code == 0, answer.err
    told = pl.read_csv(tmp_path / "run" / "trials.csv")
    assert set(told.columns[5:]) == {"dropout", "learning_rate", "num_layers"}
    assert "hidden_size = 4" in (tmp_path / "run" / "settings.toml").read_text()
    refused = run(*command, "--trials", "2")
    assert refused.code == 2
    assert "tune forecast: expected --target, got none" in refused.err
