"""Two processes that share every batch take the steps that one would take."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from lstmkit.train import read_file

TOY = Path(__file__).with_name("toy.py")


def test_two_processes_train_what_one_trains(toy: ModuleType, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # what torchrun would set
    place = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    started = [
        subprocess.Popen(
            [sys.executable, str(TOY), str(tmp_path), "shared"],
            env={**os.environ, **place, "RANK": rank, "LOCAL_RANK": rank, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in ("0", "1")
    ]
    for process in started:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out, err) == (0, "", "")
    alone = toy.Toy(drop=0)
    history = toy.train(alone, epochs=2)
    tensors, metadata = read_file(tmp_path / "weights.safetensors")
    assert metadata["valid_loss"] == pytest.approx(history.valid_loss, rel=1e-5)
    for name, parameter in alone.named_parameters():
        torch.testing.assert_close(tensors[name], parameter.detach(), rtol=1e-4, atol=1e-6)
