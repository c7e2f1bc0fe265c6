"""A training command that is killed in the middle, and its resumption."""

import signal
import subprocess
from pathlib import Path

import torch

from lstmkit.train import CHECKPOINT, read_file

EPOCHS = ("--epochs", "60", "--seed", "3")


def _wait(command: subprocess.Popen[str], line: str) -> None:
    """Waits until the command says on stderr that an epoch has ended, its checkpoint written."""
    assert command.stderr is not None
    said = []
    for each in command.stderr:
        said.append(each)
        if each.startswith(line):
            return
    raise AssertionError("".join(said))


def test_a_killed_command_resumes_to_bit_identical_weights(
    run, arguments, process, trained: Path, tmp_path: Path, monkeypatch
) -> None:
    data = trained / "sales.csv"
    command = process(*arguments(data, tmp_path / "killed", *EPOCHS))
    _wait(command, "epoch 2/60")
    command.kill()
    command.communicate(timeout=100)
    assert command.returncode == -signal.SIGKILL
    checkpoint = tmp_path / "killed" / CHECKPOINT
    left = read_file(checkpoint)[1]["run"]
    assert 2 <= left["epoch"] < 60
    assert left["history"]["stopped"] is None
    monkeypatch.setattr("lstmkit.tasks.run_folder.write_report", lambda _folder, _run: None)
    assert run(*arguments(data, tmp_path / "killed", *EPOCHS, "--resume")).code == 0
    assert run(*arguments(data, tmp_path / "whole", *EPOCHS)).code == 0
    assert not checkpoint.exists()
    resumed = read_file(tmp_path / "killed" / "model.safetensors")[0]
    whole = read_file(tmp_path / "whole" / "model.safetensors")[0]
    assert resumed.keys() == whole.keys()
    for name, tensor in whole.items():
        assert torch.equal(resumed[name], tensor), name


def test_ctrl_c_ends_with_a_sentence_and_the_way_to_go_on(
    arguments, process, trained: Path, tmp_path: Path
) -> None:
    command = process(*arguments(trained / "sales.csv", tmp_path / "run", *EPOCHS))
    _wait(command, "epoch 1/60")
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=100)
    assert command.returncode == 1
    assert out == ""
    assert "everything so far is in" in err
    assert "Go on with the same command and --resume" in err
    assert "Traceback" not in err
