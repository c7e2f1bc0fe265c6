"""torch's own threads, lent to the engine, and threads of its own where they cannot be had."""

import ctypes
import threading
from pathlib import Path

import pytest
import torch

from lstmkit import LSTM
from lstmkit.engine.cpu import call, pool


@pytest.fixture
def forgotten():
    pool._shared.cache_clear()
    yield
    pool._shared.cache_clear()


def test_it_is_torchs_pool_whoever_else_brings_one(forgotten):
    import sklearn.utils  # noqa: F401 - with a runtime of its own

    (own,) = (Path(torch.__file__).parent / "lib").glob("libtorch_cpu.*")
    try:
        start = ctypes.CDLL(str(own)).GOMP_parallel
    except AttributeError:
        pytest.skip("this torch has no such runtime")
    assert pool._shared()[0] == ctypes.cast(start, ctypes.c_void_p).value


def test_where_there_is_no_runtime_the_engine_is_told_so(forgotten, monkeypatch):
    monkeypatch.setattr(pool, "PLACES", (Path("/nowhere/libtorch_cpu.so"),))
    assert pool._shared() == (0, 0, 0)


def test_calls_on_torchs_threads_start_none(threads):
    if not all(pool.pool()):
        pytest.skip("no runtime to share")
    threads(3)
    layer, x = LSTM(16, 64), torch.randn(9, 20, 16)
    layer(x)[0].sum().backward()
    tasks = Path("/proc/self/task")
    before = len(list(tasks.iterdir())) if tasks.exists() else threading.active_count()
    for _ in range(3):
        layer(x)[0].sum().backward()
    assert (len(list(tasks.iterdir())) if tasks.exists() else threading.active_count()) == before
    assert torch.get_num_threads() == 3


def test_threads_of_its_own_give_the_same_bits(threads, monkeypatch):
    threads(3)
    layer, x = LSTM(16, 64), torch.randn(9, 20, 16)
    found = []
    for lent in (pool.pool, lambda: (0, 0, 0)):
        monkeypatch.setattr(call, "pool", lent)
        y, _ = layer(x)
        found.append([y, *torch.autograd.grad(y.sum(), list(layer.parameters()))])
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)
