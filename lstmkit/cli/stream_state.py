"""The state of `lstmkit stream`: written as rows come, and when the process is asked to end."""

import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import TypeVar

Row = TypeVar("Row")

SECONDS = 1.0
"""How long rows that wait in line may hold the writing of the state up."""


class KeptState:
    """A stream's state in a file, which is never ahead of the answers and seldom behind them.

    It is written as soon as no row waits for its answer, and every second where there is always one
    waiting: so writing holds no rows up.

    Args:
        save: Writes to a file where the stream stands, at once or not at all.
        path: The file; None keeps none.

    Raises:
        ModelFileError: It cannot be written.
    """

    def __init__(self, save: Callable[[Path], object], path: Path | None) -> None:
        self._save, self._path = save, path
        # what cannot be written shall be known before the first answer
        self.write()

    def answered(self) -> None:
        """Tells that a row has its answer."""
        if self._path is not None and (_nothing_waits() or monotonic() - self._when >= SECONDS):
            self.write()

    def write(self) -> None:
        """Writes the state as it is now."""
        if self._path is not None:
            self._save(self._path)
        self._when = monotonic()


class Stop:
    """A request to end: it breaks off the wait for a row, but nothing that is done with one."""

    def __init__(self) -> None:
        self.requested = self._waits = False

    def until(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Hands rows on as they come, until the request or their end."""
        while True:
            try:
                self._waits = True
                row = None if self.requested else next(rows, None)
                self._waits = False
            except _Stopped:
                return
            if row is None:
                return
            yield row

    def request(self, _number: int, _frame: FrameType | None) -> None:
        """Answers a signal."""
        self.requested = True
        if self._waits:
            self._waits = False
            raise _Stopped


class _Stopped(BaseException):
    """Raised where a row was waited for."""


@contextmanager
def stops() -> Iterator[Stop]:
    """Turns Ctrl-C, SIGTERM and the end of a terminal into a request; the second acts as before.

    What the process ignores it goes on ignoring, as under `nohup`. Outside the main thread, where
    Python lets nobody listen to signals, nothing changes.

    Yields:
        The request.
    """
    stop, before = Stop(), {}
    if threading.current_thread() is threading.main_thread():
        names = ("SIGINT", "SIGTERM", "SIGHUP")
        numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
        found = {number: signal.getsignal(number) for number in numbers}
        before = {number: one for number, one in found.items() if one not in (signal.SIG_IGN, None)}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def listen(number: int, frame: FrameType | None) -> None:
        put_back()
        stop.request(number, frame)

    for number in before:
        signal.signal(number, listen)
    try:
        yield stop
    finally:
        put_back()


def _nothing_waits() -> bool:
    """Whether standard input has no row ready; False where the system cannot tell."""
    try:
        return not select.select([sys.stdin], [], [], 0)[0]
    except (OSError, ValueError):
        return False
