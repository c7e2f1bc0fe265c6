"""What a stream leaves of itself, however it ends."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from lstmkit.cli import stream_state
from lstmkit.cli.stream_state import KeptState, stops
from lstmkit.nn import LSTM
from lstmkit.tasks import Detector, Forecaster, Tagger
from lstmkit.train import read_file

WAVE = np.sin(np.arange(40) * 0.7).round(3)
TINY: dict[str, Any] = {"hidden_size": 3, "epochs": 1, "device": "cpu"}


@pytest.fixture(scope="module", params=["forecast", "detect", "tag"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp(request.param) / "model.safetensors"
    if request.param == "forecast":
        table = {"hour": np.arange(40), "a": WAVE}
        return Forecaster(2, lookback=6, **TINY).fit(table, "a", time="hour").save(path)
    long = {"id": np.repeat(np.arange(8), 20), "a": np.tile(WAVE[:20], 8)}
    long |= {"up": long["a"] > 0}
    if request.param == "detect":
        return Detector(**TINY).fit(long, series="id", values="a").save(path)
    how = {"series": "id", "target": "up", "values": "a"}
    return Tagger(online=True, smooth=True, **TINY).fit(long, **how).save(path)


def rows(first: int, last: int) -> list[str]:
    """Rows of standard input, from 0 on."""
    return [f"{40 + row},{np.cos(row):.3f}\n" for row in range(first, last)]


class Lines(StringIO):
    """Standard input that does something when one of its lines, from 0 on, is asked for."""

    def __init__(self, lines: list[str], at: int, what: Callable[[], None]) -> None:
        super().__init__("".join(lines))
        self._left, self._what = at, what

    def readline(self, *_: Any) -> str:
        if not self._left:
            self._what()
        self._left -= 1
        return super().readline()


@pytest.fixture
def follow(run, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Streams some rows with a state in a file."""

    def command(lines: StringIO | list[str], name: str = "state") -> Any:
        given = StringIO("".join(["hour,a\n", *lines])) if isinstance(lines, list) else lines
        monkeypatch.setattr("sys.stdin", given)
        return run("stream", model, "--state", tmp_path / name)

    return command


def answers(text: str) -> list[dict[str, Any]]:
    return pl.read_csv(StringIO(text)).to_dicts()


def signalled(number: int) -> Callable[[], None]:
    return lambda: signal.raise_signal(number)


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Lets signals be heard that whoever started the tests has ignored, as `nohup` and `&` do."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def whole(follow) -> list[dict[str, Any]]:
    """What is answered where nothing breaks off."""
    return answers(follow(rows(0, 9), "whole").out)


@pytest.mark.parametrize(
    ("model", "number"),
    [
        ("forecast", signal.SIGTERM),
        ("detect", signal.SIGINT),
        ("detect", signal.SIGTERM),
        ("tag", signal.SIGHUP),
    ],
    indirect=["model"],
)
def test_a_signal_ends_the_wait_and_nothing_is_lost(follow, whole, number: int) -> None:
    # the sixth line is the fifth row
    first = follow(Lines(["hour,a\n", *rows(0, 9)], 6, signalled(number)))
    assert first.code == 130, first.err
    then = follow(rows(5, 9))
    assert answers(first.out) + answers(then.out) == whole


def test_a_signal_in_the_middle_of_an_answer_waits_for_its_end(
    follow, whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward, calls = LSTM.forward, []

    def struck(*given: Any, **more: Any) -> Any:
        calls.append(None)
        if len(calls) == 6:
            signal.raise_signal(signal.SIGTERM)
        return forward(*given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(LSTM, "forward", struck)
        first = answers(follow(rows(0, 9)).out)
    done = len(first) * 9 // len(whole)
    assert 0 < done < 9
    assert first + answers(follow(rows(done, 9)).out) == whole


def test_a_row_that_is_refused_and_a_reader_that_leaves_lose_nothing(
    follow, whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = follow([*rows(0, 3), "43,x\n", *rows(4, 9)])
    assert first.code == 1
    assert "got 'x'" in first.err
    command = sys.modules["lstmkit.cli.stream"]
    printed, calls = command._print, []

    def unread(*given: Any, **more: Any) -> None:
        calls.append(None)
        if len(calls) == 3:
            raise BrokenPipeError(errno.EPIPE, "nobody reads")
        printed(*given, **more)

    with monkeypatch.context() as patch:
        # whoever ends a process for this puts something in its place
        patch.setattr("sys.stdout", sys.stdout)
        patch.setattr(command, "_print", unread)
        second = follow(rows(3, 9))
    assert second.code == 1
    third = follow(rows(6, 9))
    each = len(whole) // 9
    assert answers(first.out) + answers(second.out) == whole[: 5 * each]
    assert answers(third.out) == whole[6 * each :]


@pytest.mark.parametrize("model", ["tag"], indirect=True)
def test_a_stream_that_is_killed_goes_on_from_its_last_row(
    process, model: Path, follow, whole, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    running = process("stream", model, "--state", state, stdin=subprocess.PIPE)
    running.stdin.write("".join(["hour,a\n", *rows(0, 5)]))
    running.stdin.flush()
    first = "".join(running.stdout.readline() for _ in range(6))
    # no row waits, so the state follows the last answer at once
    until = time.monotonic() + 60
    while read_file(state)[1]["steps"] < 5 and time.monotonic() < until:
        time.sleep(0.01)
    running.kill()
    running.communicate(timeout=60)
    then = follow(rows(5, 9))
    assert "Going on after step 5." in then.err
    assert answers(first) + answers(then.out) == whole


def test_the_state_is_written_when_no_row_waits_or_a_second_has_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    waits, now = [True], [0.0]
    monkeypatch.setattr(stream_state, "_nothing_waits", lambda: not waits[0])
    monkeypatch.setattr(stream_state, "monotonic", lambda: now[0])
    kept = KeptState(written.append, tmp_path / "state")
    for now[0], waits[0], number in (
        (0.5, True, 1),
        (1.1, True, 2),
        (1.2, True, 2),
        (1.3, False, 3),
    ):
        kept.answered()
        assert len(written) == number
    none = KeptState(written.append, None)
    none.answered()
    none.write()
    assert len(written) == 3


@pytest.mark.parametrize("model", ["detect"], indirect=True)
def test_a_state_that_cannot_be_written_is_refused_before_the_first_answer(
    run, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("".join(["hour,a\n", *rows(0, 2)])))
    answer = run("stream", model, "--state", tmp_path / "nowhere" / "state")
    assert (answer.code, answer.out) == (1, "")
    assert "nowhere" in answer.err


def test_whether_a_row_waits_is_seen_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    out, into = os.pipe()
    with os.fdopen(out) as reader, os.fdopen(into, "w") as writer:
        monkeypatch.setattr("sys.stdin", reader)
        assert stream_state._nothing_waits()
        print("a row", file=writer, flush=True)
        assert not stream_state._nothing_waits()
    monkeypatch.setattr("sys.stdin", StringIO())
    assert not stream_state._nothing_waits()


def test_the_second_signal_acts_as_before_and_what_is_ignored_stays_so() -> None:
    came: list[int] = []
    usual = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stops() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop.requested
            signal.raise_signal(signal.SIGTERM)
            assert (stop.requested, came) == (True, [])
            assert list(stop.until(iter([1, 2]))) == []
            signal.raise_signal(signal.SIGTERM)
            assert came == [signal.SIGTERM]
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
