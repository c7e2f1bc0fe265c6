"""Distracted sequence recall: the sequences, the networks' sizes, and that results can be kept."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from lstmkit.nn.graph import Graph, GraphNetwork, lstm
from papers.monner2012 import __main__ as program
from papers.monner2012.graph import Compiled
from papers.monner2012.nets import NETS
from papers.monner2012.pictures import SMALL, save
from papers.monner2012.task import DISTRACTORS, PROMPTS, SYMBOLS, TARGETS, Sequences, draw
from papers.monner2012.train import train


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.name)
def test_networks_have_the_weights_that_the_table_names(net):
    assert net.graph.num_weights == net.weights


def test_the_standard_network_is_the_papers():
    assert [net.weights for net in NETS[:2]] == [416, 416]


def test_sequences_are_two_targets_among_distractors_and_two_prompts():
    drawn = draw(np.random.default_rng(0), 400, 20)
    assert drawn.symbols.shape == (400, 24)
    assert (drawn.symbols[:, 22:] == [8, 9]).all()
    shown = drawn.symbols[:, :22]
    is_target = shown < TARGETS
    assert (is_target.sum(axis=1) == 2).all()
    assert set(shown[~is_target]) == set(range(TARGETS, TARGETS + DISTRACTORS))
    # the answers are the targets in the order in which they came
    np.testing.assert_array_equal(shown[is_target].reshape(400, 2), drawn.answers)
    assert len({tuple(pair) for pair in drawn.answers}) == TARGETS**2
    assert is_target.any(axis=0).all()


def test_only_sequences_with_both_answers_right_are_right():
    # the first prompt is answered with the first target, the second with the second
    graph = lstm(SYMBOLS, 1, TARGETS)
    network, connections = Compiled(graph, 0, 0.1), GraphNetwork(graph).connections
    network.values[:] = 0.0
    for number, each in enumerate(connections):
        if each.target.startswith("y"):
            prompt = {"x9": "y1", "x10": "y2"}.get(each.source)
            network.values[number] = 9.0 if prompt == each.target else -9.0
    answers = np.array([[0, 1], [0, 0], [1, 1], [2, 3]])
    symbols = np.hstack([answers, np.tile([8, 9], (4, 1))])
    right = network.present(Sequences(symbols=symbols, answers=answers))
    assert right.tolist() == [True, False, False, False]


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.name)
def test_compiled_networks_learn_as_the_librarys_do(net):
    network, compiled = GraphNetwork(net.graph, nets=2, scale=0.1), Compiled(net.graph, 1, 0.1)
    # large weights, so that no part of the rule is too small to be seen
    network.weights[:] *= 8.0
    compiled.values[: len(network.connections)] *= 8.0
    shown, before = draw(np.random.default_rng(0), 30, 6), compiled.values.copy()
    found = compiled.present(shown, rate=0.5)
    for symbols, answers, right in zip(shown.symbols, shown.answers, found, strict=True):
        network.reset()
        all_right = True
        for step, symbol in enumerate(symbols):
            y = network.step(np.tile(np.eye(SYMBOLS)[symbol], (2, 1)))
            if step >= 6 + PROMPTS:
                target = np.eye(TARGETS)[answers[step - 6 - PROMPTS]]
                all_right &= ((y[1] > 0.5) == (target > 0.5)).all()
                network.learn(np.tile(target, (2, 1)), 0.5)
        assert all_right == right
    values = np.concatenate([network.weights[1], network.biases[1]])
    np.testing.assert_allclose(compiled.values, values, atol=1e-10)
    assert np.abs(values - before).max() > 0.1


def results(graph: Graph, record: dict | None, limit: int) -> dict:
    *_, found = train(graph, 1, record, distractors=0, limit=limit)
    del found["seconds"]
    return found


def test_a_net_that_was_stopped_goes_on_as_if_it_had_not_been():
    graph = lstm(SYMBOLS, 1, TARGETS)
    *_, stopped = train(graph, 1, None, distractors=0, limit=100)
    stopped = json.loads(json.dumps(stopped))
    assert results(graph, stopped, limit=1100) == results(graph, None, limit=1100)


def rows_of(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> list[dict]:
    rows = folder / "rows.json"
    options = ["monner2012", *words, "--folder", str(folder / "nets"), "--json", str(rows)]
    monkeypatch.setattr(sys, "argv", options)
    program.main()
    return json.loads(rows.read_text())


def test_what_was_kept_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    short = ("--quick", "--limit", "100")
    (first,) = rows_of(tmp_path, monkeypatch, *short)
    assert first["measured"] == "0 of 2; the rest 0% right (median) at 100"
    (tmp_path / "nets" / "LSTM-g-2-0.5-1.json").unlink()
    (again,) = rows_of(tmp_path, monkeypatch, *short)
    assert again.keys() == {"paper", "task", "published", "measured", "nets", "seconds"}
    assert len(list((tmp_path / "nets").iterdir())) == 2
    (longer,) = rows_of(tmp_path, monkeypatch, "--quick", "--limit", "200")
    assert longer["measured"].endswith("at 200")
    (smaller,) = rows_of(tmp_path, monkeypatch, *short, "--scale", "0.1")
    assert smaller["task"] == first["task"] + ", within 0.1 at first"
    assert len(list((tmp_path / "nets").iterdir())) == 4
    monkeypatch.setattr(program, "train", None)
    (kept,) = rows_of(tmp_path, monkeypatch, *short)
    assert kept["seconds"] == longer["seconds"]


def test_pictures_are_written(tmp_path: Path):
    save(tmp_path, {"one": [[100, 500, 950], [100, 960]], "two": [[970]]})
    written = {path.stem for path in tmp_path.iterdir()}
    assert written == {"monner2012-learning", *(f"monner2012-{name}" for name in SMALL)}


@pytest.mark.slow
def test_short_sequences_are_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (row,) = rows_of(tmp_path, monkeypatch, "--quick")
    assert row["measured"].startswith("2 of 2, ")
    assert row["seconds"] < 60
    for path in (tmp_path / "nets").iterdir():
        assert json.loads(path.read_text())["right"] > 900
