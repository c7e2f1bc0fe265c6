"""Ctrl-C as a request."""

import os
import signal
import threading

import pytest

from lstmkit.train.interruption import interruptions


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_a_request(number: signal.Signals) -> None:
    with interruptions() as interruption:
        assert not interruption.requested
        os.kill(os.getpid(), number)
        assert interruption.requested


def test_the_second_signal_acts_at_once() -> None:
    # a process started in the background inherits that Ctrl-C is ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with interruptions():
            os.kill(os.getpid(), signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("raised", [None, RuntimeError])
def test_the_old_handlers_are_put_back(raised: type[Exception] | None) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    try:
        with interruptions():
            assert signal.getsignal(signal.SIGINT) != before[0]
            if raised:
                raise raised
    except RuntimeError:
        pass
    assert [signal.getsignal(number) for number in numbers] == before


def test_another_thread_trains_without_listening() -> None:
    seen = []

    def look() -> None:
        with interruptions() as interruption:
            seen.append((interruption.requested, signal.getsignal(signal.SIGINT)))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [(False, before)]
