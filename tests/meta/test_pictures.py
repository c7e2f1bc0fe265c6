"""The programs that draw the pictures of the documents run, here with tiny sizes."""

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"
TINY: dict[str, dict[str, Any]] = {
    "carousel": {"GAP": 5, "SEEDS": 1, "BATCH": 4, "UPDATES": 25},
    "windows": {"STEPS": 32, "WINDOWS": (1, 32), "SEEDS": 1, "UNITS": 3},
    "online": {"STEPS": 6, "SEEDS": 1, "UNITS": 3, "LENGTHS": (1, 4)},
    "kalman": {"STEPS": 8, "DAY": 2, "SEEDS": 1, "RATES": (0.1,), "UNITS": 2},
    "bounds": {},
    "reach": {"SIZE": 9},
}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a program by name, with its sizes made tiny, and forgets it afterwards."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(DOCS / "pictures")

    def load(name: str) -> Any:
        module = import_module(name)
        for constant, value in TINY[name].items():
            monkeypatch.setattr(module, constant, value)
        return module

    yield load
    for name in set(sys.modules) - before:
        if "docs" in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.mark.parametrize("name", TINY)
def test_a_program_draws_what_the_documents_show(name: str, drawn: Any) -> None:
    told = "".join(path.read_text() for path in DOCS.rglob("*.md") if "_build" not in path.parts)
    figures = dict(drawn(name).pictures())
    assert figures
    for file, figure in figures.items():
        assert re.search(rf"images/{file}\.svg\)", told)
        assert (DOCS / "images" / f"{file}.svg").exists()
        assert all(panel.lines or panel.images or panel.patches for panel in figure.axes)


def test_windows_of_the_whole_stream_give_the_full_gradient(drawn: Any) -> None:
    module = drawn("windows")
    shorter, whole = module.compared(1.0, 0).T
    assert whole.tolist() == pytest.approx([1.0, 0.0])
    assert shorter[1] > 0.01
