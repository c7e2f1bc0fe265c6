"""The pages of the documentation that are made from the catalogue."""

import runpy
from pathlib import Path

import pytest

from lstmkit.cells import CATALOGUE
from lstmkit.engine.latex import to_latex

PAGES = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "catalogue.py"))


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_page_begins_with_the_equations_and_ends_with_the_reference(name: str) -> None:
    cell = CATALOGUE[name]
    page = PAGES["page"](cell)
    first, rest = page.split("$$\n", 2)[1:]
    assert first == to_latex(cell.equations.lines) + "\n"
    assert cell.text in rest
    assert rfind(rest, "adjoints") < rfind(rest, "step before") < rfind(rest, "parameters:")
    assert page.rstrip().endswith(f"<{cell.link}>")
    assert page.count("$$") % 2 == 0


def rfind(text: str, part: str) -> int:
    place = text.lower().rfind(part)
    assert place >= 0
    return place


def test_the_index_names_every_page() -> None:
    index = PAGES["index"]()
    assert all(f"({name}.md)" in index for name in CATALOGUE)
