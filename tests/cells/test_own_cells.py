"""The page on cells of one's own: its code runs, and its cells are the published ones."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from lstmkit.cells import CATALOGUE, find
from lstmkit.nn import LSTM

PAGE = Path(__file__).parents[2] / "docs" / "own-cells.md"
BLOCKS = re.findall(r"^```(python|cell)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
PYTHON = [code for kind, code in BLOCKS if kind == "python"]
CELLS = {
    text.split("\n", 1)[0].removeprefix("# ").removesuffix(".txt"): text
    for kind, text in BLOCKS
    if kind == "cell"
}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def net(p, gate, x, h):
    return p[f"W_{gate}"] @ x + p[f"U_{gate}"] @ h + p[f"b_{gate}"]


def janet(p, x, h, beta=1):
    s = net(p, "f", x, h)
    return {"h": sigmoid(s) * h + (1 - sigmoid(s - beta)) * np.tanh(net(p, "g", x, h))}


def minimal_rnn(p, x, h):
    z = np.tanh(p["W_z"] @ x + p["b_z"])
    u = sigmoid(p["U_h"] @ h + p["U_z"] @ z + p["b_u"])
    return {"h": u * h + (1 - u) * z}


def sublstm(p, x, h, c):
    i, f, z, o = (sigmoid(net(p, gate, x, h)) for gate in "ifzo")
    c = c * f + z - i
    return {"h": sigmoid(c) - o, "c": c}


def sru(p, x, c):
    f = sigmoid(p["W_f"] @ x + p["v_f"] * c + p["b_f"])
    r = sigmoid(p["W_r"] @ x + p["v_r"] * c + p["b_r"])
    c = f * c + (1 - f) * (p["W_c"] @ x)
    return {"h": r * c + (1 - r) * x, "c": c}


PUBLISHED = {"janet": janet, "minimal_rnn": minimal_rnn, "sublstm": sublstm, "sru": sru}


def test_the_page_shows_the_cells_that_are_tested_here():
    assert set(CELLS) == set(PUBLISHED)


def test_the_code_of_the_page_runs(tmp_path, monkeypatch, capsys):
    for name, text in CELLS.items():
        (tmp_path / f"{name}.txt").write_text(text)
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    exec(compile("\n".join(PYTHON), str(PAGE), "exec"), {})
    printed = capsys.readouterr().out
    assert "sublstm.txt has the state h, c" in printed
    assert "laws hold" in printed
    assert "Did you mean 'sigmoid'" in printed


@pytest.mark.parametrize("name", CELLS)
def test_no_cell_of_the_page_is_in_the_catalogue(name):
    signatures = {cell.equations.signature for cell in CATALOGUE.values()}
    assert find(CELLS[name]).equations.signature not in signatures


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_of_the_page_computes_what_its_paper_says(run_cell, random_parameters, name):
    cell = find(CELLS[name])
    parameters = random_parameters(cell, input_size=4, hidden_size=4)
    x = torch.randn(1, 5, 4, generator=torch.Generator().manual_seed(2)).double()
    p = {key: value.numpy() for key, value in parameters.items()}
    state = {key: np.zeros(4) for key in cell.equations.states}
    expected = []
    for x_t in x[0].numpy():
        values = PUBLISHED[name](p, x_t, **state)
        expected.append(torch.from_numpy(values["h"]))
        state = {key: values[key] for key in state}
    ours = run_cell(cell, parameters, x).y[0]
    assert (ours - torch.stack(expected)).abs().max() < 1e-13


@pytest.mark.parametrize("name", CELLS)
def test_a_model_with_a_cell_of_the_page_learns(name):
    torch.manual_seed(0)
    model = LSTM(4, 4, cell=CELLS[name])
    x = torch.randn(8, 10, 4)
    target = 0.5 * x.roll(1, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(30):
        loss = (model(x)[0] - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        assert all(torch.isfinite(parameter.grad).all() for parameter in model.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
