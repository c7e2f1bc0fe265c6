"""A training command that is killed in the middle, and its resumption."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from lstmkit.cli import main
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


@pytest.fixture(scope="module")
def struck() -> Struck:
    """Runs a command in a process that sends itself a signal in the middle of the n-th loss."""

    def command(call: int, name: str, arguments: list[object]) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-c", DRIVER, str(call), name, *map(str, arguments)]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        return subprocess.run(
            line, env=environment, capture_output=True, text=True, check=False, timeout=100
        )

    return command


@pytest.fixture(scope="module")
def killed(arguments, struck: Struck, trained: Path, tmp_path_factory) -> Path:
    """What a run left that was killed in its second epoch."""
    folder = tmp_path_factory.mktemp("killed") / "run"
    ended = struck(11, "SIGKILL", arguments(trained / "sales.csv", folder, *LONG))
    assert ended.returncode == -signal.SIGKILL
    return folder


@pytest.fixture(scope="module")
def whole(arguments, trained: Path, tmp_path_factory) -> dict[str, torch.Tensor]:
    """Weights of the run that nothing broke off."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    command = [str(word) for word in arguments(trained / "sales.csv", folder, *LONG)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lstmkit.tasks.run_folder.write_report", lambda _folder, _run: None)
        with pytest.raises(SystemExit) as end:
            main(command)
    assert not end.value.code
    return read_file(folder / "model.safetensors")[0]


def _resumes_to_the_same_bits(run, command: list[object], folder: Path, whole) -> None:
    assert run(*command, "--resume").code == 0
    assert not (folder / CHECKPOINT).exists()
    resumed = read_file(folder / "model.safetensors")[0]
    assert resumed.keys() == whole.keys()
    for name, tensor in whole.items():
        assert torch.equal(resumed[name], tensor), name


@pytest.mark.usefixtures("_no_report")
def test_a_killed_command_resumes_to_bit_identical_weights(
    run, arguments, killed: Path, trained: Path, whole, tmp_path: Path
) -> None:
    folder = shutil.copytree(killed, tmp_path / "broken")
    assert read_file(folder / CHECKPOINT)[1]["run"]["epoch"] == 1
    assert not (folder / "model.safetensors").exists()
    command = arguments(trained / "sales.csv", folder, *LONG)
    _resumes_to_the_same_bits(run, command, folder, whole)


@pytest.mark.usefixtures("_no_report")
def test_ctrl_c_ends_with_130_and_the_command_that_goes_on(
    run, arguments, struck: Struck, trained: Path, whole, tmp_path: Path
) -> None:
    data, folder = trained / "sales.csv", tmp_path / "broken"
    ended = struck(11, "SIGINT", arguments(data, folder, *LONG))
    assert ended.returncode == 130
    assert ended.stdout == ""
    assert "fit: interrupted in epoch 2 of 3; everything so far is in" in ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert last.startswith(f"Go on by: lstmkit train forecast {data} --target units ")
    assert last.endswith(" --resume")
    assert "Traceback" not in ended.stderr
    _resumes_to_the_same_bits(run, arguments(data, folder, *LONG), folder, whole)


def test_a_run_that_was_broken_off_is_not_lost_by_accident(
    run, arguments, killed: Path, trained: Path
) -> None:
    data = trained / "sales.csv"
    before = (killed / CHECKPOINT).read_bytes()
    refused = run(*arguments(data, killed, *LONG))
    assert refused.code == 2
    assert "holds a run that was broken off. Go on with it by --resume" in refused.err
    other = run(*arguments(data, killed, *LONG, "--resume", "--seed", "4"))
    assert other.code == 2
    assert "cannot resume from" in other.err
    assert (killed / CHECKPOINT).read_bytes() == before
