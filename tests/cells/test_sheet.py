"""Parameters by letters, and differences by lines."""

import re

import pytest

from lstmkit.cells import CATALOGUE
from lstmkit.cells.comparison import differences
from lstmkit.cells.parameters import count, parameters
from lstmkit.engine import Sizes
from lstmkit.engine.layout import layout

SIZES = Sizes(input=5, hidden=7, projection=3)
VALUES = {"I": 5, "H": 7, "P": 3}


@pytest.mark.parametrize("cell", CATALOGUE.values(), ids=CATALOGUE)
def test_the_formula_counts_what_a_layer_stores(cell) -> None:
    shapes = layout(cell.equations).shapes(SIZES).values()
    stored = sum(shape[0] * (shape[1] if len(shape) > 1 else 1) for shape in shapes)
    formula = count(cell.equations).replace("²", "**2")
    assert eval(re.sub(r"(?<=\w) (?=\w)", "*", formula), {}, VALUES) == stored


@pytest.mark.parametrize("cell", CATALOGUE.values(), ids=CATALOGUE)
def test_every_parameter_is_listed_once(cell) -> None:
    names = [name for group in parameters(cell.equations) for name in group.names]
    assert sorted(names) == sorted([*cell.equations.maps, *cell.equations.vectors])


def test_peepholes_change_the_gates_alone() -> None:
    found = differences(CATALOGUE["peephole"].equations, CATALOGUE["lstm"].equations)
    assert found == {"same": ("g", "c", "h"), "changed": ("i", "f", "o"), "new": (), "missing": ()}


def test_a_cell_does_not_differ_from_itself() -> None:
    found = differences(CATALOGUE["no_peepholes"].equations, CATALOGUE["lstm"].equations)
    assert not found["changed"] + found["new"] + found["missing"]
