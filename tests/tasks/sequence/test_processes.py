"""Two processes that share every batch learn what one learns, and go on after one was killed."""

import ast
import os
import signal
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
import torch
from waves import SMALL, waves

from lstmkit import Classifier, tune
from lstmkit.errors import SettingsError
from lstmkit.tasks import run_sequences
from lstmkit.train import CHECKPOINT, read_file

SHARED = Path(__file__).with_name("shared.py")


@pytest.fixture(scope="module")
def shared() -> ModuleType:
    spec = spec_from_file_location("shared", SHARED)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder: Path, which: str) -> list[list[int]]:
    """How two processes ended, in each of their runs."""
    done = subprocess.run(
        [sys.executable, str(SHARED), str(folder), which],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    found: list[list[int]] = ast.literal_eval(done.stdout)
    return found


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models of two processes."""
    folder = tmp_path_factory.mktemp("shared")
    assert run(folder, "every") == [[0, 0]]
    return folder


@pytest.mark.parametrize("name", ["Classifier", "Regressor", "Tagger"])
def test_two_processes_learn_what_one_learns(shared: ModuleType, learnt: Path, name: str) -> None:
    alone = shared.train(getattr(shared, name))
    tensors, metadata = read_file(learnt / f"{name}.safetensors")
    history = metadata["history"]
    assert history["train_loss"] == pytest.approx(alone.history_.train_loss, rel=1e-4)
    assert history["valid_loss"] == pytest.approx(alone.history_.valid_loss, rel=1e-4)
    for key, tensor in alone.network_.state_dict().items():
        torch.testing.assert_close(tensors[key], tensor, rtol=1e-3, atol=2e-5, msg=key)


def test_only_the_first_process_writes_the_folder_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "1")
    found = run_sequences(Classifier(**SMALL), *waves(30), folder=tmp_path, progress=False)
    assert found["sequences"] == 6
    assert {path.name for path in tmp_path.iterdir()} <= {CHECKPOINT}
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SettingsError, match="a search runs in one process, got several"):
        tune(Classifier(**SMALL), *waves(30), folder=tmp_path)


@pytest.mark.slow
def test_training_goes_on_after_one_process_was_killed(shared: ModuleType, tmp_path: Path) -> None:
    folder, ended = tmp_path, run(tmp_path, "killed")
    assert ended[0] == [0, 0]
    # the other one hears of it at the next exchange
    assert ended[1][1] == -signal.SIGKILL
    assert ended[1][0] != 0
    assert ended[2] == [0, 0]
    assert read_file(folder / "run" / CHECKPOINT)[1]["run"]["epoch"] == shared.EPOCHS
    resumed, whole = (read_file(folder / f"{name}.safetensors")[0] for name in ("resumed", "whole"))
    for key, tensor in whole.items():
        assert torch.equal(resumed[key], tensor), key
