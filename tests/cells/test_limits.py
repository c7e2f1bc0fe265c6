"""Every cell names a limiting case that ties it to another cell, and it holds."""

import pytest
import torch

from lstmkit.cells import CATALOGUE


def fixed(values, source):
    """Parameters that a limit fixes, each from a number, "identity", or a source parameter."""
    found = {}
    for name, value in values.items():
        if isinstance(value, float):
            found[name] = value
        elif value == "identity":
            found[name] = torch.eye(len(source[name]), dtype=torch.float64)
        elif "*" in value:
            factor, other = value.split("*")
            found[name] = float(factor) * source[other]
        else:
            found[name] = -source[value[1:]] if value[0] == "-" else source[value]
    return found


def filled(parameters, values):
    return {
        name: torch.full_like(parameter, values[name])
        if isinstance(values.get(name), float)
        else values.get(name, parameter)
        for name, parameter in parameters.items()
    }


def sides(run_cell, random_parameters, cell):
    """Outputs of the cell and of the other one, in the limit."""
    other = CATALOGUE[cell.limit.of]
    drawn = random_parameters(cell)
    here = filled(drawn, fixed(cell.limit.here, drawn))
    copied = with_namesakes(random_parameters(other), here)
    there = filled(copied, fixed(cell.limit.there, here))
    return run_cell(cell, here, sequences()).y, run_cell(other, there, sequences()).y


def with_namesakes(parameters, source):
    return {name: source.get(name, value) for name, value in parameters.items()}


def sequences():
    return torch.randn(2, 7, 3, generator=torch.Generator().manual_seed(1)).double()


@pytest.mark.parametrize("name", CATALOGUE)
def test_in_the_limit_a_cell_equals_the_other(run_cell, random_parameters, name):
    cell = CATALOGUE[name]
    ours, theirs = sides(run_cell, random_parameters, cell)
    assert ours.norm() > 0
    assert (ours - theirs).norm() <= cell.limit.tolerance * ours.norm()


@pytest.mark.parametrize("name", [name for name in CATALOGUE if name != "no_peepholes"])
def test_outside_the_limit_a_cell_differs_from_the_other(run_cell, random_parameters, name):
    cell = CATALOGUE[name]
    drawn, other = random_parameters(cell), CATALOGUE[cell.limit.of]
    theirs = with_namesakes(random_parameters(other, seed=1), drawn)
    if other is cell:
        theirs["b_f"] = drawn["b_f"] + 1
    ours, far = run_cell(cell, drawn, sequences()).y, run_cell(other, theirs, sequences()).y
    assert (ours - far).norm() > 1e-3 * ours.norm()


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_limit_speaks_of_parameters_that_exist(name):
    limit = CATALOGUE[name].limit
    here = CATALOGUE[name].equations
    there = CATALOGUE[limit.of].equations
    assert {*limit.here} <= {*here.maps, *here.vectors}
    assert {*limit.there} <= {*there.maps, *there.vectors}
    copied = {*here.maps, *here.vectors, *limit.there}
    assert {*there.maps, *there.vectors} <= copied
