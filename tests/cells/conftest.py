"""Runs a cell with parameters given by the names in its text."""

import pytest
import torch
from torch.func import functional_call

from lstmkit.engine import Sizes, use_path
from lstmkit.nn import Layer


def _double(value):
    return torch.as_tensor(value, dtype=torch.float64)


def _run_cell(cell, parameters, x, start=None, path="reference"):
    maps, vectors = cell.equations.maps, cell.equations.vectors
    given = {name: _double(value) for name, value in parameters.items()}
    x = _double(x)
    hidden = next(len(given[name]) for name in maps if name != "P")
    output = len(given["P"]) if "P" in maps else hidden
    layer = Layer(cell, Sizes(x.shape[-1], hidden, output), dtype=torch.float64)
    stored = {
        group.stem: torch.cat([given[name] for name in group.maps]) for group in layer.layout.groups
    } | {name: given[name] for name in vectors}
    state = None if start is None else {name: _double(value) for name, value in start.items()}
    with use_path(path):
        return functional_call(layer, stored, (x, state))


@pytest.fixture
def run_cell():
    """A function (cell, parameters by name, x, start, path) -> outputs and final state."""
    return _run_cell


@pytest.fixture
def random_parameters():
    """A function (cell, sizes) -> random parameters by the names in the cell's text."""

    def draw(cell, input_size=3, hidden_size=4, seed=0):
        generator = torch.Generator().manual_seed(seed)
        sizes = {"input": input_size, "hidden": hidden_size, "projection": hidden_size}
        shapes = {
            name: (sizes[learned.rows], sizes[learned.columns])
            for name, learned in cell.equations.maps.items()
        } | {name: (sizes[size],) for name, size in cell.equations.vectors.items()}
        return {
            name: torch.randn(shape, generator=generator, dtype=torch.float64)
            for name, shape in shapes.items()
        }

    return draw
