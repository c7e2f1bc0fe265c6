"""A training command that is killed in the middle, and its resumption."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from lstmkit.train import CHECKPOINT, read_file

# three epochs of six steps; each loss is counted, those of the validation too
LONG = ("--epochs", "3", "--batch-size", "16", "--dropout", "0.2", "--seed", "3")
DRIVER = """
import os, signal, sys
from lstmkit.cli import main
from lstmkit.tasks.forecast_network import ForecastNetwork

loss, calls = ForecastNetwork.loss, []

def counted(network, batch):
    calls.append(None)
    if len(calls) == int(sys.argv[1]):
        os.kill(os.getpid(), signal.Signals[sys.argv[2]])
    return loss(network, batch)

ForecastNetwork.loss = counted
main(sys.argv[3:])
"""
Struck = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def struck(monkeypatch) -> Struck:
    """Runs a command in a process that sends itself a signal in the middle of the n-th loss."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def command(call: int, name: str, arguments: list[object]) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-c", DRIVER, str(call), name, *map(str, arguments)]
        return subprocess.run(line, capture_output=True, text=True, check=False, timeout=100)

    return command


def _resumes_to_the_same_bits(run, arguments, data: Path, folder: Path) -> None:
    assert run(*arguments(data, folder / "broken", *LONG, "--resume")).code == 0
    assert run(*arguments(data, folder / "whole", *LONG)).code == 0
    assert not (folder / "broken" / CHECKPOINT).exists()
    resumed = read_file(folder / "broken" / "model.safetensors")[0]
    whole = read_file(folder / "whole" / "model.safetensors")[0]
    assert resumed.keys() == whole.keys()
    for name, tensor in whole.items():
        assert torch.equal(resumed[name], tensor), name


@pytest.mark.usefixtures("_no_report")
def test_a_killed_command_resumes_to_bit_identical_weights(
    run, arguments, struck: Struck, trained: Path, tmp_path: Path
) -> None:
    data = trained / "sales.csv"
    ended = struck(11, "SIGKILL", arguments(data, tmp_path / "broken", *LONG))
    assert ended.returncode == -signal.SIGKILL
    left = read_file(tmp_path / "broken" / CHECKPOINT)[1]["run"]
    assert left["epoch"] == 1
    assert not (tmp_path / "broken" / "model.safetensors").exists()
    _resumes_to_the_same_bits(run, arguments, data, tmp_path)


@pytest.mark.usefixtures("_no_report")
def test_ctrl_c_ends_with_130_and_the_command_that_goes_on(
    run, arguments, struck: Struck, trained: Path, tmp_path: Path
) -> None:
    data = trained / "sales.csv"
    ended = struck(11, "SIGINT", arguments(data, tmp_path / "broken", *LONG))
    assert ended.returncode == 130
    assert ended.stdout == ""
    assert "fit: interrupted in epoch 2 of 3; everything so far is in" in ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert last.startswith(f"Go on by: lstmkit train forecast {data} --target units ")
    assert last.endswith(" --resume")
    assert "Traceback" not in ended.stderr
    _resumes_to_the_same_bits(run, arguments, data, tmp_path)


def test_a_run_that_was_broken_off_is_not_lost_by_accident(
    run, arguments, struck: Struck, trained: Path, tmp_path: Path
) -> None:
    data, folder = trained / "sales.csv", tmp_path / "broken"
    struck(11, "SIGKILL", arguments(data, folder, *LONG))
    before = (folder / CHECKPOINT).read_bytes()
    refused = run(*arguments(data, folder, *LONG))
    assert refused.code == 2
    assert "holds a run that was broken off. Go on with it by --resume" in refused.err
    other = run(*arguments(data, folder, *LONG, "--resume", "--seed", "4"))
    assert other.code == 2
    assert "cannot resume from" in other.err
    assert (folder / CHECKPOINT).read_bytes() == before
