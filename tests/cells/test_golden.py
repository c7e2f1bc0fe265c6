"""Every cell of the catalogue against an independent program written from the papers."""

import json
import math
from pathlib import Path

import pytest
import torch

from lstmkit.cells import CATALOGUE
from lstmkit.engine import Cell
from lstmkit.errors import CellError

FOLDER = Path(__file__).with_name("golden")
GOLDEN = json.loads((FOLDER / "golden.json").read_text())
AGAIN = "If the program is what changed, run: python tests/cells/golden/program.py"
TOLERANCE = 1e-12


def largest_difference(run_cell, cell, path="reference"):
    known = GOLDEN[cell.name]
    largest = 0.0
    for answer in known["runs"]:
        scanned = run_cell(cell, known["parameters"], known["x"], answer["start"], path)
        pairs = [(scanned.y, answer["y"])]
        pairs += [(scanned.state[name], value) for name, value in answer["final"].items()]
        for ours, values in pairs:
            theirs = torch.tensor(values, dtype=torch.float64)
            assert ours.shape == theirs.shape
            difference = (ours - theirs).abs().max().item()
            largest = math.nan if math.isnan(difference) else max(largest, difference)
    return largest


def test_the_program_knows_every_cell_of_the_catalogue():
    assert set(GOLDEN) == set(CATALOGUE), AGAIN


@pytest.mark.parametrize("name", CATALOGUE)
def test_program_and_cell_agree_on_names(name):
    equations = CATALOGUE[name].equations
    assert set(GOLDEN[name]["parameters"]) == {*equations.maps, *equations.vectors}, AGAIN
    assert set(GOLDEN[name]["runs"][0]["start"]) == set(equations.states), AGAIN


@pytest.mark.parametrize("path", ["reference", "derived"])
@pytest.mark.parametrize("name", CATALOGUE)
def test_outputs_and_final_states_are_the_papers(run_cell, name, path):
    assert largest_difference(run_cell, CATALOGUE[name], path) <= TOLERANCE, AGAIN


@pytest.mark.parametrize("name", CATALOGUE)
def test_no_line_of_a_text_can_be_deleted_unnoticed(run_cell, name):
    cell = CATALOGUE[name]
    lines = [line for line in cell.text.split("\n") if line.strip()]
    for position in range(len(lines)):
        kept = Cell(name=name, text="\n".join(lines[:position] + lines[position + 1 :]))
        assert deletion_is_noticed(run_cell, kept, cell), f"{name} without: {lines[position]}"


def deletion_is_noticed(run_cell, kept, whole):
    try:
        changed = roles(kept) != roles(whole)
    except CellError:
        return True
    return changed or not largest_difference(run_cell, kept) <= TOLERANCE


def roles(cell):
    equations = cell.equations
    return {*equations.maps, *equations.vectors}, {*equations.states}
