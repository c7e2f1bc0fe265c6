"""Every test here needs the compiled engine, and sends it small work too."""

import pytest

from lstmkit.compat import cell
from lstmkit.engine.cpu import library
from lstmkit.engine.cpu.compiler import CompilerError


@pytest.fixture(autouse=True)
def needs_the_engine():
    try:
        library.engine()
    except CompilerError as error:
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def nothing_is_too_small(monkeypatch):
    monkeypatch.setattr(cell, "WORTH", 0)
