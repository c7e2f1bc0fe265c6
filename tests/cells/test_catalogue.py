"""The catalogue: its order, its facts, and how a cell is found."""

from dataclasses import fields
from pathlib import Path

import pytest

from lstmkit import cells
from lstmkit.cells import CATALOGUE, find
from lstmkit.engine import Cell
from lstmkit.errors import CellError

ORDER = [
    "lstm",
    "lstm1997",
    "peephole",
    "no_input_gate",
    "no_forget_gate",
    "no_output_gate",
    "no_input_activation",
    "no_output_activation",
    "no_peepholes",
    "coupled",
    "full_gate_recurrence",
    "projected",
    "layer_norm",
    "multiplicative",
    "slstm",
    "gru",
    "elman",
]
ABBREVIATIONS = {
    "NIG": "no_input_gate",
    "NFG": "no_forget_gate",
    "NOG": "no_output_gate",
    "NIAF": "no_input_activation",
    "NOAF": "no_output_activation",
    "NP": "no_peepholes",
    "CIFG": "coupled",
    "FGR": "full_gate_recurrence",
    "LSTMP": "projected",
}
FACTS = [field.name for field in fields(Cell) if field.type in (str, "str")]
FOLDER = Path(cells.__file__).parent


def test_cells_stand_in_the_order_in_which_a_reader_meets_them():
    assert list(CATALOGUE) == ORDER


def test_the_catalogue_cannot_be_changed_by_accident():
    with pytest.raises(TypeError):
        CATALOGUE["lstm"] = CATALOGUE["gru"]


@pytest.mark.parametrize("name", ORDER)
def test_each_cell_has_a_file_of_its_name(name):
    assert (FOLDER / f"{name}.py").is_file()


@pytest.mark.parametrize("fact", FACTS)
@pytest.mark.parametrize("name", ORDER)
def test_no_fact_is_left_empty(name, fact):
    assert getattr(CATALOGUE[name], fact).strip()


@pytest.mark.parametrize("name", ORDER)
def test_year_link_and_summary_can_be_printed(name):
    cell = CATALOGUE[name]
    assert 1990 <= cell.year <= 2024
    assert cell.link.startswith(("https://doi.org/", "https://arxiv.org/abs/"))
    assert len(cell.summary) <= 90
    assert "\n" not in cell.summary
    assert str(cell.year) in cell.reference


@pytest.mark.parametrize("name", ORDER)
def test_facts_speak_of_names_in_the_text(name):
    cell = CATALOGUE[name]
    equations = cell.equations
    biases = {bias for bias in (cell.forget_bias, cell.input_bias) if bias}
    assert {*cell.vectors, *biases} <= {*equations.vectors}
    assert {*cell.joint} <= {*equations.states}
    assert {*cell.shared} <= {*equations.quantities} - {"h"}


@pytest.mark.parametrize("name", [name for name in ORDER if CATALOGUE[name].shared])
def test_units_of_a_memory_block_can_share_the_gates(name):
    cell = CATALOGUE[name]
    sizes = cell.blocks(2).sizes
    assert {gate for gate, size in sizes.items() if size == "block"} == {*cell.shared}


def test_only_the_simple_network_has_no_gate_to_share():
    assert [name for name in ORDER if not CATALOGUE[name].shared] == ["elman"]


@pytest.mark.parametrize("name", ORDER)
def test_a_cell_is_found_by_its_name_however_it_is_typed(name):
    for typed in (name, name.upper(), name.replace("_", "-"), f" {name.replace('_', ' ')} "):
        assert find(typed) is CATALOGUE[name]


@pytest.mark.parametrize("abbreviation", ABBREVIATIONS)
def test_a_cell_is_found_by_its_published_abbreviation(abbreviation):
    cell = CATALOGUE[ABBREVIATIONS[abbreviation]]
    assert find(abbreviation) is cell
    assert find(abbreviation.lower()) is cell
    assert f"({abbreviation})" in cell.title


def test_a_cell_is_its_own_find():
    cell = Cell(text="h = tanh(W @ x + U @ h[-1] + b)")
    assert find(cell) is cell


@pytest.mark.parametrize(("typed", "near"), [("pephole", "'peephole'"), ("CIFX", "'CIFG'")])
def test_an_unknown_name_is_answered_with_the_nearest(typed, near):
    with pytest.raises(CellError) as caught:
        find(typed)
    message = str(caught.value)
    assert f"Did you mean {near}" in message
    assert all(name in message for name in ORDER)


def test_a_text_becomes_a_cell():
    cell = find("h = tanh(W @ x + U @ h[-1] + b)")
    assert cell.name == "custom"
    assert cell.equations.states == ("h",)


def test_a_wrong_text_is_refused_where_it_is_given():
    with pytest.raises(CellError, match="the input x is never read"):
        find("h = tanh(U @ h[-1] + b)")


def test_a_file_becomes_a_cell_of_its_name(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("h = tanh(W @ x + U @ h[-1] + b)\n")
    assert find(path).name == "mine.txt"
    path.write_text("h = tan(W @ x + U @ h[-1] + b)\n")
    with pytest.raises(CellError, match=r"^mine\.txt, line 1: tan is not a function"):
        find(path)


def test_files_that_are_no_cell_are_refused_in_a_sentence(tmp_path):
    with pytest.raises(CellError, match="cannot be read: No such file"):
        find(tmp_path / "absent.txt")
    with pytest.raises(CellError, match="cannot be read: Is a directory"):
        find(tmp_path)
    binary = tmp_path / "model.bin"
    binary.write_bytes(b"\xff\xfe\x00\x01" * 10)
    with pytest.raises(CellError, match="is not a text"):
        find(binary)


def test_a_huge_file_is_not_read_whole(tmp_path):
    path = tmp_path / "huge.txt"
    path.write_text("# é\n" * 1_000_000)
    with pytest.raises(CellError, match="at most 20000 characters"):
        find(path)


@pytest.mark.compile
def test_something_else_is_refused():
    with pytest.raises(CellError, match="got int"):
        find(3)
