"""A small sequence model and its data; run as a program, one that trains until something ends it.

python toy.py FOLDER shared    trains without dropout, perhaps in several processes
python toy.py WAY [WAY ...]    starts a process for each way FOLDER,SECONDS,CALL,SIGNAL; it sends
                               itself SIGNAL when the loss is called for the CALL-th time, and
                               keeps a checkpoint every SECONDS. Tells how they ended
"""

import atexit
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from lstmkit.train import History, Interrupted, TrainSettings, fit, write_file


class Rows:
    """Sequences of three features, and the last value of a leaky sum of the first."""

    def __init__(self, num_rows: int, seed: int = 0) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.x = torch.randn(num_rows, 5, 3, generator=generator)
        decay = 0.7 ** torch.arange(4, -1, -1)
        self.y = (self.x[:, :, 0] * decay).sum(1)

    def __len__(self) -> int:
        return len(self.x)

    def batch(self, indices: np.ndarray) -> dict[str, Tensor]:
        return {"x": self.x[indices], "y": self.y[indices]}


class Toy(nn.Module):
    """An Elman network in plain torch; `at_call` is told the number of each call of the loss."""

    def __init__(self, drop: float = 0.2, hidden: int = 4) -> None:
        super().__init__()
        torch.manual_seed(7)
        self.into = nn.Linear(3, hidden)
        self.again = nn.Linear(hidden, hidden, bias=False)
        self.drop = nn.Dropout(drop)
        self.out = nn.Linear(hidden, 1)
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))
        self.at_call: Callable[[int], None] = lambda _number: None

    def loss(self, batch: dict[str, Tensor]) -> Tensor:
        self.calls += 1
        self.at_call(int(self.calls))
        h = torch.zeros(len(batch["x"]), self.again.in_features, device=batch["x"].device)
        for x in batch["x"].unbind(1):
            h = torch.tanh(self.into(x) + self.again(h))
        return ((self.out(self.drop(h)).squeeze(1) - batch["y"]) ** 2).mean()


TRAIN, VALID = Rows(30), Rows(9, seed=1)


def settings(**changes: object) -> TrainSettings:
    """Four steps and two validation batches an epoch."""
    usual = {"epochs": 4, "batch_size": 8, "learning_rate": 0.02, "device": "cpu"}
    return TrainSettings(**{**usual, **changes})


def train(model: nn.Module, folder: Path | None = None, **options: object) -> History:
    """Trains on the toy's rows; `resume` goes to fit, all else into the settings."""
    resume = bool(options.pop("resume", False))
    told = settings(**options)
    return fit(model, TRAIN, VALID, told, folder=folder, resume=resume, progress=False)


def weights(model: nn.Module) -> list[Tensor]:
    """Copies of the parameters."""
    return [parameter.detach().clone() for parameter in model.parameters()]


def _tell_threads_of_the_group() -> None:
    for name in Path("/proc/self/task").glob("*/comm"):
        if "gloo" in name.read_text():
            sys.stdout.write(name.read_text())


def _struck(folder: str, seconds: str, call: str, number: str) -> None:
    """Trains with what it says in `out` and `err` of the folder."""
    for stream, name in ((sys.stdout, "out"), (sys.stderr, "err")):
        stream.flush()
        with (Path(folder) / name).open("w") as file:
            os.dup2(file.fileno(), stream.fileno())
    model = Toy()
    model.at_call = lambda now: os.kill(os.getpid(), int(number)) if now == int(call) else None
    try:
        train(model, Path(folder), checkpoint_seconds=float(seconds))
    except Interrupted as stop:
        sys.exit(str(stop))


def _main() -> None:
    torch.set_num_threads(1)
    if sys.argv[2:] == ["shared"]:
        folder = Path(sys.argv[1])
        # last of all, after what training leaves to the end
        atexit.register(_tell_threads_of_the_group)
        model = Toy(drop=0)
        # batches of 8, 8, 7 and 7 rows: shares of unequal size
        history = train(model, folder, epochs=2)
        if os.environ.get("RANK", "0") == "0":
            named = dict(model.named_parameters())
            write_file(folder / "weights.safetensors", named, {"valid_loss": history.valid_loss})
        return
    # what is imported late, forks have already
    train(Toy(), epochs=1)
    children = []
    for way in sys.argv[1:]:
        children.append(os.fork())
        if children[-1] == 0:
            _struck(*way.split(","))
            return
    ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.stdout.write(f"{ended}\n")


if __name__ == "__main__":
    _main()
