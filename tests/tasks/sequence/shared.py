"""Trains tasks on sequences in two processes; run as a program with a folder.

python shared.py FOLDER every     a model of each task
python shared.py FOLDER killed    whole.safetensors, and resumed.safetensors of a run whose second
                                  process was killed on the way
"""

import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lstmkit import Classifier, Regressor, Tagger
from lstmkit.tasks.sequence.network import SequenceNetwork

FAST: dict[str, Any] = {"hidden_size": 4, "dropout": 0.0, "device": "cpu", "validation": 0.25}
BATCH, EPOCHS, KILLED_AT = 7, 3, 7


def data() -> tuple[list[np.ndarray], dict[type, Any]]:
    """Sequences of unlike lengths, and targets of each kind, some of them unknown."""
    rng = np.random.default_rng(0)
    sequences = [rng.normal(size=(int(rng.integers(3, 15)), 2)) for _ in range(30)]
    labels = np.array(["a", "b", "c"])[rng.integers(0, 3, 30)]
    numbers = np.stack([[one.mean(), one.max()] for one in sequences])
    numbers[::4, 1] = np.nan
    tags = [np.where(one[:, 0] > 0, "up", "down") for one in sequences]
    return sequences, {Classifier: labels, Regressor: numbers, Tagger: tags}


def train(kind: Any, *, epochs: int = 1, **how: Any) -> Any:
    """Trains a task; batches of at most seven sequences are shared by all processes."""
    sequences, targets = data()
    weight = {} if kind is Regressor else {"class_weight": "balanced"}
    task = kind(**FAST, **weight, epochs=epochs, batch_size=BATCH)
    return task.fit(sequences, targets[kind], **how)


def _kill_in(call: int) -> None:
    loss, calls = SequenceNetwork.loss, []

    def counted(network: Any, batch: Any) -> Any:
        calls.append(None)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return loss(network, batch)

    SequenceNetwork.loss = counted


def _together(work: Any) -> list[int]:
    """Runs something in two connected processes; returns how they ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    children = []
    for rank in range(2):
        # a fork has imported everything already
        child = os.fork()
        if child == 0:
            os.environ.update(place, RANK=str(rank), LOCAL_RANK=str(rank))
            ended = 1
            try:
                work(rank)
                ended = 0
            finally:
                sys.stdout.flush()
                os._exit(ended)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _main(folder: Path, which: str) -> None:
    torch.set_num_threads(1)
    # what is read, derived and loaded once, forks have already
    train(Classifier)

    def every(rank: int) -> None:
        for kind in (Classifier, Regressor, Tagger):
            task = train(kind)
            if rank == 0:
                task.save(folder / f"{kind.__name__}.safetensors")

    def whole(rank: int) -> None:
        task = train(Classifier, epochs=EPOCHS)
        if rank == 0:
            task.save(folder / "whole.safetensors")

    def killed(rank: int) -> None:
        if rank == 1:
            _kill_in(KILLED_AT)
        train(Classifier, epochs=EPOCHS, folder=folder / "run")

    def resumed(rank: int) -> None:
        task = train(Classifier, epochs=EPOCHS, folder=folder / "run", resume=True)
        if rank == 0:
            task.save(folder / "resumed.safetensors")

    ended = [
        _together(work) for work in ((every,) if which == "every" else (whole, killed, resumed))
    ]
    sys.stdout.write(f"{ended}\n")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2])
