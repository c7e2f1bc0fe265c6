"""Commands run in this process, and small tables to run them on."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lstmkit.cli import main

ROWS = 120
FAST = ("--epochs", "1", "--hidden-size", "4", "--lookback", "8", "--device", "cpu")
PROGRAM = "from lstmkit.cli import main; main()"


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str


Run = Callable[..., Answer]


def days(rows: int = ROWS, **columns: Sequence[object]) -> pl.DataFrame:
    """A weekly rhythm by day; columns replace or join its own."""
    step = np.arange(rows)
    start = np.datetime64("2024-01-01")
    own = {
        "day": (start + step).astype("datetime64[D]").astype(str),
        "units": np.round(10 + 3 * np.sin(step * 2 * np.pi / 7) + step % 3, 3),
    }
    return pl.DataFrame(own | columns, strict=False)


@pytest.fixture(scope="session")
def table() -> Callable[..., pl.DataFrame]:
    return days


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process."""

    def command(*arguments: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        code = end.value.code
        assert code is None or isinstance(code, int)
        return Answer(code or 0, said.out, said.err)

    return command


@pytest.fixture(scope="session")
def process() -> Callable[..., subprocess.Popen[str]]:
    """Starts the command line in a process of its own."""

    def start(*arguments: object, **options: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
        usual = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        return subprocess.Popen(command, env=environment, **{**usual, **options})

    return start


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run in a folder that also holds its table, sales.csv."""
    folder = tmp_path_factory.mktemp("trained")
    days().write_csv(folder / "sales.csv")
    with pytest.raises(SystemExit) as end:
        main([*map(str, train_arguments(folder / "sales.csv", folder / "run"))])
    assert not end.value.code
    return folder


@pytest.fixture
def _no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the page of a run out; `trained` has one."""
    monkeypatch.setattr("lstmkit.tasks.run_folder.write_report", lambda _folder, _run: None)


@pytest.fixture(scope="session")
def arguments() -> Callable[..., list[object]]:
    return train_arguments


def train_arguments(data: Path, out: Path, *more: object) -> list[object]:
    """The command that trains a tiny forecaster of `units`."""
    columns = ("--target", "units", "--time", "day", "--horizon", "3")
    return ["train", "forecast", data, *columns, *FAST, "--out", out, *more]
