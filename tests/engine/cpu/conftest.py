import pytest
import torch

from lstmkit.engine.cpu import call, direct, library, team, trained, workspace
from lstmkit.engine.cpu.compiler import CompilerError


@pytest.fixture(autouse=True)
def needs_the_engine():
    try:
        library.engine()
    except CompilerError as error:
        pytest.skip(str(error))


@pytest.fixture
def poison(monkeypatch):
    """Every buffer that the engine is given holds NaN."""
    workspace.clear()

    def poisoned(*shape):
        return torch.full(shape, float("nan"), dtype=torch.float32)

    def poisoned_strided(shape, strides):
        return torch.empty_strided(shape, strides, dtype=torch.float32).fill_(float("nan"))

    monkeypatch.setattr(workspace, "empty", poisoned)
    monkeypatch.setattr(call, "empty", poisoned)
    monkeypatch.setattr(direct, "new", poisoned)
    monkeypatch.setattr(direct, "new_strided", poisoned_strided)
    monkeypatch.setattr(trained, "empty", poisoned)
    yield
    workspace.clear()


@pytest.fixture
def threads(monkeypatch):
    """Sets the number of threads, and gives small work to all of them too."""
    monkeypatch.setattr(team, "WORTH_A_TEAM", 0)
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)
