"""The limiting case of a cell, in words."""

import pytest

from lstmkit.cells import CATALOGUE
from lstmkit.cells.limiting_case import limiting_case


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_peepholes", "this cell equals lstm"),
        ("peephole", "with p_i = p_f = p_o = 0 this cell equals lstm"),
        ("projected", "with P = the identity this cell equals peephole"),
        (
            "coupled",
            "this cell equals peephole with W_f = −W_i, U_f = −U_i, p_f = −p_i and b_f = −b_i",
        ),
        (
            "lstm",
            "with W_f = U_f = 0 and b_f = 50 this cell equals lstm1997 "
            "with W_g, U_g and b_g 2 times as large",
        ),
        ("slstm", "with b_i = 0 this cell equals slstm with b_i = 3"),
    ],
)
def test_parameters_of_one_value_are_named_together(name: str, words: str) -> None:
    said = limiting_case(CATALOGUE[name].limit)
    assert said.rsplit(", to a relative error of ")[0] == words


def test_the_error_that_the_law_allows_is_named() -> None:
    assert limiting_case(CATALOGUE["layer_norm"].limit).endswith(", to a relative error of 10⁻⁶")


@pytest.mark.parametrize("cell", CATALOGUE.values(), ids=CATALOGUE)
def test_every_fixed_parameter_is_named(cell) -> None:
    words = limiting_case(cell.limit).replace(",", "").split()
    assert {*cell.limit.here, *cell.limit.there} <= set(words)
