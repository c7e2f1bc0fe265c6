"""An installed wheel, without compiler and source tree; `make wheel-test` runs this there."""

import os
import shutil
import sys
import warnings
from pathlib import Path

import pytest
import torch
from comparing import input_of, options_of, worst

import lstmkit
from lstmkit import LSTM, explain, use_path
from lstmkit.cells import CATALOGUE
from lstmkit.engine.cpu.processor import instruction_set
from lstmkit.nn.drop import Drop
from lstmkit.nn.tolerance import TOLERANCE

PACKAGE = Path(lstmkit.__file__).parent
OWN = "h = tanh(W @ x + U @ h[-1] + b) * 0.75"

pytestmark = pytest.mark.skipif(
    not PACKAGE.is_relative_to(sys.prefix), reason="not an installed wheel"
)
needs_the_engine = pytest.mark.skipif(
    instruction_set() is None, reason="no engine for these instructions"
)


@pytest.fixture(autouse=True)
def nothing_is_written():
    torch.manual_seed(0)
    yield
    cache = Path(os.environ["LSTMKIT_CACHE"])
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_there_is_no_compiler():
    assert [
        n for n in ("c++", "g++", "cc", "gcc", "clang++", "clang", "cl") if shutil.which(n)
    ] == []
    assert "CXX" not in os.environ


def test_the_instructions_are_those_that_were_asked_for():
    wanted, found = os.environ["LSTMKIT_INSTRUCTIONS"], instruction_set()
    if wanted == "plain":
        assert found is None
    elif wanted and found is not None:
        assert found.name == wanted


@needs_the_engine
@pytest.mark.parametrize("cell", CATALOGUE)
def test_every_cell_runs_compiled_and_equals_the_reference(cell):
    for batch, steps, features, hidden in ((3, 6, 4, 16), (14, 5, 5, 33)):
        layer = LSTM(features, hidden, cell=cell)
        options = options_of(batch, steps, lengths=True, resets=True)
        x = input_of(batch, steps, features, options)
        assert explain(layer, x, **options).startswith("scan 1: cpu")
        errors = worst(layer, x, options)
        assert {name: e for name, e in errors.items() if not e <= TOLERANCE["engine"]} == {}


@needs_the_engine
@pytest.mark.parametrize("cell", CATALOGUE)
def test_every_cell_runs_compiled_under_rules(cell):
    layer, x = LSTM(4, 19, cell=cell, drop=Drop(recurrent=0.4)), torch.randn(3, 5, 4)
    assert explain(layer, x).startswith("scan 1: cpu")
    errors = worst(layer, x, {})
    assert {name: e for name, e in errors.items() if not e <= TOLERANCE["engine"]} == {}


def test_a_cell_of_ones_own_runs_on_the_reference_and_one_line_says_why():
    layer, x = LSTM(3, 4, cell=OWN), torch.randn(2, 5, 3)
    with pytest.warns(RuntimeWarning) as told:
        outputs = [layer(x)[0] for _ in range(2)]
    assert len(told) == 1
    (line,) = str(told[0].message).splitlines()
    reason = "Install g++ or clang++" if instruction_set() else "no code for this processor"
    assert reason in line
    assert explain(layer, x).startswith("scan 1: reference")
    with use_path("reference"):
        assert all(torch.equal(y, layer(x)[0]) for y in outputs)


@pytest.mark.skipif(instruction_set() is not None, reason="there is an engine")
@pytest.mark.parametrize("cell", CATALOGUE)
def test_every_cell_runs_without_an_engine(cell):
    layer, x = LSTM(3, 5, cell=cell), torch.randn(2, 4, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # said once, for the first cell
        y, _ = layer(x)
        assert not explain(layer, x).startswith("scan 1: cpu")
    with use_path("reference"):
        assert torch.allclose(layer(x)[0], y, atol=1e-5)
