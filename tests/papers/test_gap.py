"""The gap: the task, and that each learner learns what it can and fails where it must."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from papers.gap import __main__ as program
from papers.gap import counting, markov, nets
from papers.gap.task import QUESTION, draw, held_out, one_hot


def test_the_answer_is_the_sign_and_nothing_after_it_helps():
    sequences, answers = draw(40, 2000, np.random.default_rng(0))
    assert sequences.shape == (2000, 42)
    assert np.array_equal(sequences[:, 0], answers)
    assert set(sequences[:, 1:-1].flat) == {2, 3}
    assert set(sequences[:, -1]) == {QUESTION}
    told = [abs(np.corrcoef(column, answers)[0, 1]) for column in sequences[:, 1:-1].T]
    assert max(told) < 0.1
    x = one_hot(sequences)
    assert np.array_equal(x.argmax(2), sequences)
    assert np.array_equal(held_out(7)[0], held_out(7)[0])


@pytest.mark.parametrize("gap", [3, 60])
def test_carousels_do_not_care_about_the_gap(gap: int):
    for make in (nets.chrono, nets.carousel):
        record = nets.learn(make, gap, 0, 5000)
        assert record["solved"], make
        assert record["sequences"] < 5000


@pytest.mark.parametrize("make", [nets.gru, nets.patient_gru, nets.elman, nets.remembering_little])
def test_every_net_bridges_a_short_gap(make):
    assert nets.learn(make, 3, 0, 5000)["solved"]


def test_what_failed_says_so():
    record = nets.learn(nets.elman, 400, 0, 500)
    assert not record["solved"]
    assert record["sequences"] == 500
    assert 0.3 < record["right"] < 0.7


def test_counting_needs_twice_as_many_sequences_for_each_step():
    needed = [counting.learn(gap, 0, 100_000)["sequences"] for gap in (2, 4, 6, 8)]
    ratios = np.array(needed[1:]) / needed[:-1]
    assert ratios.min() >= 2
    assert np.mean(ratios) == pytest.approx(4, rel=0.5)
    far = counting.learn(40, 0, 1000)
    assert far["right"] == pytest.approx(0.5)
    assert not far["solved"]


def test_a_markov_model_remembers_its_state_over_a_short_gap_only():
    pytest.importorskip("hmmlearn")
    assert markov.learn(1, 0, 8000)["solved"]
    assert not markov.learn(10, 0, 4000)["solved"]


def test_answers_of_a_markov_model_are_the_more_likely_ones():
    hmm = pytest.importorskip("hmmlearn.hmm")
    model = hmm.CategoricalHMM(5, n_features=7, random_state=1)
    random = np.random.default_rng(1)
    model.startprob_ = random.dirichlet(np.ones(5))
    model.transmat_ = random.dirichlet(np.ones(5), size=5)
    model.emissionprob_ = random.dirichlet(np.ones(7), size=5)
    sequences, _ = draw(4, 20, random)
    scores = [
        [model.score(np.append(row, QUESTION + 1 + answer)[:, None]) for answer in (0, 1)]
        for row in sequences
    ]
    assert np.array_equal(markov._answers(model, sequences), np.argmax(scores, axis=1))


def rows_of(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> dict[str, dict]:
    rows = folder / "rows.json"
    given = ["gap", *words, "--folder", str(folder), "--json", str(rows)]
    monkeypatch.setattr(sys, "argv", [*given, "--pictures", str(folder)])
    program.main()
    return {row["task"].split(":")[0]: row for row in json.loads(rows.read_text())}


def test_who_fails_twice_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tried = []

    def learn(gap: int, seed: int, most: int) -> dict:
        tried.append((gap, seed))
        solved = gap < 20
        return {"solved": solved, "right": 0.5 + solved / 2, "sequences": most, "seconds": 1.0}

    learner = program.Learner(learn=learn, most=1000)
    monkeypatch.setattr(program, "LEARNERS", {"one": learner})
    rows = rows_of(tmp_path, monkeypatch, "--nets", "1")
    assert tried == [(3, 0), (10, 0), (30, 0), (100, 0)]
    parts = rows["one"]["measured"].split("; ")
    assert parts[1:3] == ["10: 1 of 1 after 1,000", "30: 0 of 1"]
    assert rows["one"]["nets"] == len(parts) == 4
    assert (tmp_path / "gap.svg").exists()
    rows_of(tmp_path, monkeypatch, "--nets", "1")
    assert len(tried) == 4


@pytest.mark.slow
def test_the_quick_form_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = rows_of(tmp_path, monkeypatch, "--quick")
    for name in ("LSTM, chrono", "LSTM 1997"):
        assert "50: 2 of 2" in rows[name]["measured"]
    assert rows["n-gram"]["measured"].startswith("3: 2 of 2")
    assert rows["n-gram"]["measured"].endswith("50: 0 of 2")
    assert sum(row["seconds"] for row in rows.values()) < 60
