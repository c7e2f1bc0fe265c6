"""Ctrl-C as a request that the loop answers at the end of a step, not in the middle of one."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from lstmkit.errors import LstmkitError


class Interrupted(LstmkitError):  # noqa: N818 (it is a request, not an error)
    """Training was stopped by Ctrl-C or by the system's request to end.

    Attributes:
        checkpoint: The file from which training can be resumed, or None if none is kept.
    """

    def __init__(self, message: str, checkpoint: Path | None = None) -> None:
        """Keeps the checkpoint's path beside the message."""
        super().__init__(message)
        self.checkpoint = checkpoint


@dataclass(slots=True)
class Interruption:
    """Whether somebody has asked training to stop."""

    requested: bool = False


@contextmanager
def interruptions() -> Iterator[Interruption]:
    """Turns the first SIGINT or SIGTERM into a request; the second acts as it did before.

    Outside the main thread, where Python lets nobody listen to signals, nothing changes.

    Yields:
        The request, to be looked at between steps.
    """
    request = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def listen(_number: int, _frame: FrameType | None) -> None:
        request.requested = True
        put_back()

    for number in before:
        signal.signal(number, listen)
    try:
        yield request
    finally:
        put_back()
