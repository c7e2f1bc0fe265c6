"""Scores, temperature and class weights against values worked out by hand."""

import numpy as np
import pytest

from lstmkit.errors import MissingExtraError
from lstmkit.tasks.sequence.class_scores import calibration_error, class_scores, confusion
from lstmkit.tasks.sequence.temperature import temperature

CHANCES = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.2, 0.8]])
TRUTH = np.array([0, 1, 1, 1])


def test_scores_are_what_a_pencil_gives() -> None:
    scores = class_scores(CHANCES, TRUTH, CHANCES.argmax(1))
    assert scores["accuracy"] == 0.75
    # of the first class: precision 1/2, recall 1; of the second: precision 1, recall 2/3
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert scores["log_loss"] == pytest.approx(-np.log([0.9, 0.4, 0.7, 0.8]).mean())
    assert scores["auroc"] == 1.0
    assert scores["auprc"] == pytest.approx(1.0)
    # alone in their bins: off by 0.1, 0.6, 0.3 and 0.2
    assert scores["calibration_error"] == pytest.approx((0.1 + 0.6 + 0.3 + 0.2) / 4)
    assert confusion(CHANCES.argmax(1), TRUTH, 2).tolist() == [[1, 0], [1, 2]]


def test_three_classes_have_no_curve_and_one_class_no_area() -> None:
    three = np.full((2, 3), 1 / 3)
    assert "auroc" not in class_scores(three, np.array([0, 2]), np.array([0, 0]))
    assert class_scores(CHANCES, np.ones(4, np.int64), CHANCES.argmax(1))["auroc"] is None


def test_honest_chances_have_no_calibration_error() -> None:
    rng = np.random.default_rng(0)
    second = rng.random(20000)
    honest = np.stack([1 - second, second], axis=1)
    truth = (rng.random(20000) < second).astype(np.int64)
    assert calibration_error(honest, truth) < 0.01
    too_sure = np.where(honest > 0.5, 0.99, 0.01)
    assert calibration_error(too_sure, truth) > 0.2


def test_the_temperature_takes_back_what_was_overstated() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(5000, 3)) * 2
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = np.array([rng.choice(3, p=each) for each in chances])
    assert temperature(logits, truth) == pytest.approx(1.0, abs=0.1)
    assert temperature(logits * 3, truth) == pytest.approx(3.0, abs=0.3)


def test_without_scikit_learn_it_is_said_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lstmkit\[sequences\]'"):
        class_scores(CHANCES, TRUTH, CHANCES.argmax(1))
