"""The nets have the weights that the paper counts, sequences are as it says, short tasks learn."""

import dataclasses
import sys

import numpy as np
import pytest

from papers.hochreiter1997 import __main__ as program
from papers.hochreiter1997 import at_every_step
from papers.hochreiter1997.control import CONTROLS, Tanh
from papers.hochreiter1997.control import train as control_train
from papers.hochreiter1997.sequences import lags, marked, ordered, two_sequences
from papers.hochreiter1997.tasks import TASKS
from papers.hochreiter1997.train import Latest, at_rest, padded, train
from papers.online import Nets
from papers.reber import EMBEDDED, SYMBOLS, embedded

NAMED = {task.name: task for task in TASKS}


@pytest.mark.parametrize("task", [*TASKS, *at_every_step.TASKS], ids=lambda task: task.name)
def test_nets_have_the_weights_that_the_paper_counts(task):
    assert task.shape.weights == task.weights


def test_the_papers_own_numbers_of_weights_are_all_there():
    counted = {task.weights for task in TASKS} | {task.weights for task in at_every_step.TASKS}
    assert counted >= {264, 276, 364, 664, 1264, 3064, 6064, 10504, 93, 102, 156, 308}


def nets_of(name, seeds=(0,)):
    task = NAMED[name]
    return Nets(task.shape, list(seeds), spread=task.spread, biases=task.biases)


def test_gates_start_where_the_paper_says():
    nets = nets_of("4 adding T=100")
    # four cells, then the input gates, then the output gates
    assert nets.hidden[0, 4:6, -1].tolist() == [-3.0, -6.0]
    assert np.abs(nets.hidden[0, :, :-1]).max() <= 0.1
    assert np.abs(nets.hidden[0, 6:]).max() <= 0.1


@pytest.mark.parametrize(
    ("name", "largest"), [("4 adding T=100", 9.0), ("6a temporal order of 2", 1.0)]
)
def test_a_sum_is_not_squashed_and_a_class_is(name, largest):
    nets = nets_of(name)
    nets.output[:, :, :-1], nets.output[:, :, -1] = 0.0, 9.0
    x, _ = NAMED[name].draw(np.random.default_rng(0))
    assert nets.run(*padded([x]))[0, 0] == pytest.approx(largest, abs=1e-3)


def test_sequences_of_several_lengths_are_answered_as_each_alone():
    nets, random = nets_of("6a temporal order of 2", seeds=(0, 1)), np.random.default_rng(0)
    drawn = [ordered(2)(random)[0][:length] for length in (30, 100, 7)]
    together = at_rest(nets, 1)(*padded(drawn))
    for x, found in zip(drawn, together, strict=True):
        np.testing.assert_allclose(at_rest(nets, 1)(*padded([x]))[0], found, rtol=1e-12)


def test_adding_marks_two_numbers_whose_sum_is_the_answer():
    random = np.random.default_rng(0)
    for _ in range(200):
        x, target = marked(100, multiply=False)(random)
        assert 100 <= len(x) <= 110
        assert x[0, 1] == -1
        assert x[-1, 1] == -1
        values = x[x[:, 1] == 1, 0]
        assert len(values) in (1, 2)
        assert target == pytest.approx([0.5 + values.sum() / 4])


def test_multiplication_takes_the_product_of_positive_numbers():
    x, target = marked(100, multiply=True)(np.random.default_rng(1))
    assert target == pytest.approx([x[x[:, 1] == 1, 0].prod()])
    assert x[:, 0].min() >= 0


@pytest.mark.parametrize("symbols", [2, 3])
def test_temporal_order_has_one_class_for_each_order(symbols):
    random, seen = np.random.default_rng(0), set()
    for _ in range(100):
        x, target = ordered(symbols)(random)
        found = x.argmax(1).tolist()
        kinds = [int(kind) - 6 for kind in found if kind >= 6]
        assert len(kinds) == symbols
        assert int(target.argmax()) == int("".join(map(str, kinds)), 2)
        seen.add(tuple(kinds))
    assert len(seen) == 2**symbols


def test_two_sequences_tell_their_class_at_the_beginning():
    random = np.random.default_rng(0)
    x, target = two_sequences(100, 3)(random)
    assert set(x[:3, 0].tolist()) == {1.0 if target.item() else -1.0}
    x, target = two_sequences(100, 3, noisy=True, soft=True)(random)
    assert len(set(x[:3, 0].tolist())) == 3
    assert target.item() == pytest.approx(0.8) or target.item() == pytest.approx(0.2)


def test_the_lag_lies_between_the_symbol_and_the_question():
    x, target = lags(50, 20)(np.random.default_rng(0))
    seen = x.argmax(1)
    assert len(seen) >= 53
    assert seen[0] == 2
    assert seen[1] == target.argmax()
    assert seen[-1] == 3
    assert (seen[2:-1] >= 4).all()


def test_strings_of_the_grammar_end_as_they_began():
    random = np.random.default_rng(0)
    for _ in range(100):
        string = embedded(random)
        text = "".join(SYMBOLS[symbol] for symbol in string.symbols)
        assert text[0] == "B"
        assert text[1] == text[-2]
        assert text[2] == "B"
        assert text[-3:] in ("ETE", "EPE")
        # every symbol was legal after the one before
        assert string.legal[np.arange(len(text) - 1), string.symbols[1:]].all()
    assert EMBEDDED.legal.sum(1).max() == 2


def test_the_latest_errors_are_counted_and_older_ones_forgotten():
    latest = Latest(2)
    for error, wrong in ((1.0, True), (0.5, False), (0.1, False)):
        latest.add(error, wrong)
    assert latest.full
    assert latest.wrong == 0
    assert latest.error == pytest.approx(0.3)


def test_a_net_learns_which_of_two_short_sequences_it_saw():
    task = dataclasses.replace(
        NAMED["3a two sequences T=100 N=3"], draw=two_sequences(10, 3), limit=4000, error=0.1
    )
    found = dict(train(task, [0, 1]))
    assert [found[seed]["solved"] for seed in (0, 1)] == [True, True]
    assert max(found[seed]["wrong"] for seed in (0, 1)) <= 30
    # a net learns as it would alone
    ((_, alone),) = train(task, [1])
    assert alone | {"seconds": 0} == found[1] | {"seconds": 0}


def test_a_net_learns_a_short_lag_symbol_by_symbol():
    short = at_every_step._lagged("a", 5, "-")
    found = dict(at_every_step.train(short, [0, 1]))
    assert found[0]["solved"]
    assert found[1]["solved"]
    # a net learns as it would alone
    ((_, alone),) = at_every_step.train(short, [1])
    assert alone["sequences"] == found[1]["sequences"]


def test_the_control_gives_as_many_outputs_as_are_asked_for():
    for control in CONTROLS:
        x, target = control.task.draw(np.random.default_rng(0))
        assert Tanh(control.task, 0).answer(*padded([x])).shape == (1, len(target))


def test_a_control_is_judged_as_the_nets_are():
    (control,) = (one for one in CONTROLS if "adding" in one.name)
    short = dataclasses.replace(control.task, limit=30)
    found = control_train(dataclasses.replace(control, task=short), 0)
    assert found["sequences"] == 30
    assert not found["solved"]
    assert found["wrong"] > 2000


@pytest.mark.slow
def test_the_quick_form_solves_its_task(tmp_path, monkeypatch):
    arguments = ["hochreiter1997", "--quick", "--folder", str(tmp_path), "--json"]
    monkeypatch.setattr(sys, "argv", [*arguments, str(tmp_path / "rows.json")])
    program.main()
    assert '"2 of 2, ' in (tmp_path / "rows.json").read_text()
