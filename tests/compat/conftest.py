"""Every test here needs the compiled engine."""

import pytest

from lstmkit.engine.cpu import library
from lstmkit.engine.cpu.compiler import CompilerError


@pytest.fixture(autouse=True)
def needs_the_engine():
    try:
        library.engine()
    except CompilerError as error:
        pytest.skip(str(error))
