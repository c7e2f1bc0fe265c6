"""A real process, killed while it trains."""

import signal
import subprocess
import sys
from ast import literal_eval
from pathlib import Path
from types import ModuleType

import pytest
import torch

from lstmkit.train import CHECKPOINT, read_file

TOY = Path(__file__).with_name("toy.py")


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, int, str, str]]:
    """Folder, exit code and output of processes that were ended in three ways."""
    ways = {
        # in the third step of the second epoch, with a checkpoint after each step
        "often": (1e-9, 9, signal.SIGKILL),
        # in the third step of the third epoch, with checkpoints after epochs alone
        "seldom": (3600, 15, signal.SIGKILL),
        "ctrl-c": (3600, 8, signal.SIGINT),
    }
    folders = {way: tmp_path_factory.mktemp(way) for way in ways}
    told = [f"{folders[way]},{seconds},{call},{int(n)}" for way, (seconds, call, n) in ways.items()]
    done = subprocess.run(
        [sys.executable, str(TOY), *told], capture_output=True, text=True, timeout=120, check=True
    )
    return {
        way: (folder, code, *((folder / name).read_text() for name in ("out", "err")))
        for (way, folder), code in zip(folders.items(), literal_eval(done.stdout), strict=True)
    }


@pytest.mark.parametrize(
    ("way", "epoch", "step"), [("often", 1, 2), ("seldom", 2, 0), ("ctrl-c", 1, 2)]
)
def test_a_killed_run_resumes_to_bit_identical_weights(
    toy: ModuleType, killed: dict, way: str, epoch: int, step: int
) -> None:
    folder, code, _, err = killed[way]
    assert code == (1 if way == "ctrl-c" else -signal.SIGKILL), err
    place = read_file(folder / CHECKPOINT)[1]["run"]
    assert (place["epoch"], place["step"]) == (epoch, step)
    resumed, whole = toy.Toy(), toy.Toy()
    history = toy.train(resumed, folder, checkpoint_seconds=3600, resume=True)
    expected = toy.train(whole, None)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], tensor), name
    assert history.train_loss == expected.train_loss
    assert history.valid_loss == expected.valid_loss


def test_ctrl_c_ends_a_process_with_one_sentence(killed: dict) -> None:
    folder, _, out, err = killed["ctrl-c"]
    assert out == ""
    assert err == (
        f"fit: interrupted in epoch 2 of 4; everything so far is in {folder / CHECKPOINT}. "
        "Go on with the same command and --resume (in Python: resume=True).\n"
    )
