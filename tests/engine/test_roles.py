"""Roles, sizes and storage, found from the equations alone."""

import json
from pathlib import Path

import pytest

from lstmkit.cells import CATALOGUE
from lstmkit.engine import Sizes, read
from lstmkit.engine.layout import layout
from lstmkit.engine.tree import Call, Name, walk
from lstmkit.errors import CellError

GOLDEN = Path(__file__).with_name("layouts.json")


def test_the_state_lists_the_output_first() -> None:
    cell = read("a = W @ x + a[-1]\nb = a + b[-1]\nh = b + h[-1]")
    assert cell.states == ("h", "a", "b")


def test_a_quantity_read_only_at_this_step_is_no_state() -> None:
    assert read("c = c[-1] + W @ x\nh = tanh(c)").states == ("c",)


def test_an_output_that_is_nothing_but_a_map_may_be_narrower() -> None:
    assert read("c = c[-1] + W @ x + U @ h[-1]\nh = P @ tanh(c)").sizes["h"] == "projection"


@pytest.mark.parametrize(
    "text",
    [
        "h = tanh(W @ x + U @ h[-1] + b)",
        "c = c[-1] + W @ x + h[-1]\nh = P @ tanh(c)",
        "c = c[-1] + W @ x + U @ (c[-1] * h[-1])\nh = P @ tanh(c)",
        "c = c[-1] + W @ x\nh = P @ tanh(c) + c",
    ],
)
def test_an_output_that_meets_the_state_is_as_wide_as_the_state(text: str) -> None:
    assert read(text).sizes["h"] == "hidden"


def test_an_input_read_unit_by_unit_is_noticed() -> None:
    assert read("h = x + h[-1]").reads_x_by_unit
    assert read("h = W @ (x * h[-1]) + h[-1]").reads_x_by_unit
    assert not read("h = W @ (2 * x) + h[-1]").reads_x_by_unit


def test_shared_gates_are_repeated_and_summed_over_the_block() -> None:
    cell = CATALOGUE["peephole"].blocks(2)
    calls = {
        part.function
        for line in cell.lines
        for part in walk(line.expression)
        if isinstance(part, Call)
    }
    assert {"repeat", "block_sum"} <= calls
    assert (cell.sizes["i"], cell.sizes["g"]) == ("block", "hidden")
    assert (cell.vectors["p_i"], cell.vectors["b_i"]) == ("hidden", "block")


def test_a_parameter_used_at_two_sizes_is_refused() -> None:
    text = "i = sigmoid(W @ x + b)\nc = c[-1] + i * tanh(V @ x + b)\nh = tanh(c)"
    with pytest.raises(CellError, match="b has the size hidden in one place and block"):
        read(text, shared=("i",))
    text = "i = sigmoid(W @ x)\nc = c[-1] + i * tanh(W @ x)\nh = tanh(c)"
    with pytest.raises(CellError, match="W has the size hidden x input in one place"):
        read(text, shared=("i",))


def test_maps_of_one_operand_lie_in_one_matrix() -> None:
    made = layout(CATALOGUE["lstm"].equations)
    assert (made.groups[0].stem, made.groups[0].operand) == ("W", Name("x"))
    assert made.shapes(Sizes(3, 5, 5))["U"] == (20, 5)


def test_names_without_a_common_beginning_are_joined() -> None:
    made = layout(read("q = A @ x\nh = tanh(q * (B @ x) + h[-1])"))
    assert [group.stem for group in made.groups] == ["A_and_B"]


def test_a_common_beginning_that_is_taken_is_not_used() -> None:
    made = layout(read("q = W_a @ x * (W_b @ x)\nh = tanh(q + W * h[-1])"))
    assert [group.stem for group in made.groups] == ["W_a_and_W_b"]


def test_a_map_used_for_two_operands_is_one_parameter() -> None:
    made = layout(read("c = tanh(W @ x + U @ c[-1])\nh = U @ c"))
    assert list(made.shapes(Sizes(3, 4, 4))) == ["W", "U"]


def test_the_stored_parameters_of_every_cell_are_frozen() -> None:
    found = {
        name: {
            key: list(shape) for key, shape in layout(cell.equations).shapes(Sizes(3, 5, 5)).items()
        }
        for name, cell in CATALOGUE.items()
    }
    assert json.loads(GOLDEN.read_text()) == found, (
        "stored parameters changed, and with them every model file; if that is meant: "
        "python -m tests.engine.test_roles"
    )


def test_a_map_of_a_map_passes_through_the_width_of_the_state() -> None:
    cell = read("h = tanh(A @ (B @ x) + U @ h[-1])")
    assert layout(cell).shapes(Sizes(3, 5, 5)) == {"A": (5, 5), "B": (5, 3), "U": (5, 5)}
