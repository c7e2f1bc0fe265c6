"""Ranks and the critical difference, against the values that Demsar prints."""

from pathlib import Path

import pytest

from benchmarks.critical_difference import (
    alike,
    average_ranks,
    critical_difference,
    difference_figure,
)
from benchmarks.ucr import ranked
from benchmarks.ucr_published import PUBLISHED
from lstmkit.tasks.report.picture import save_png


# table 5(a) of Demsar 2006: q at 0.05
@pytest.mark.parametrize(("methods", "q"), [(2, 1.960), (3, 2.343), (5, 2.728), (10, 3.164)])
def test_the_difference_is_the_published_one(methods: int, q: float) -> None:
    expected = q * (methods * (methods + 1) / (6 * 14)) ** 0.5
    assert critical_difference(methods, 14) == pytest.approx(expected, rel=1e-3)


def test_equal_scores_share_their_ranks() -> None:
    scores = {"a": [0.9, 0.5, 0.7], "b": [0.9, 0.6, 0.6], "c": [0.1, 0.6, 0.5]}
    assert average_ranks(scores) == pytest.approx({"a": 11 / 6, "b": 5 / 3, "c": 2.5})


def test_groups_hold_all_that_do_not_differ_and_no_group_lies_in_another() -> None:
    ranks = {"a": 1.0, "b": 1.4, "c": 2.2, "d": 4.0}
    assert alike(ranks, 1.0) == [(1.0, 1.4), (1.4, 2.2)]
    assert alike(ranks, 1.3) == [(1.0, 2.2)]
    assert alike(ranks, 0.1) == []


def test_only_sets_that_all_were_measured_on_count(tmp_path: Path) -> None:
    results = [
        {"set": name, "contender": contender, "seed": seed, "accuracy": accuracy}
        for name, seeds in (("Coffee", 2), ("Wine", 1), ("PowerCons", 2), ("Unknown", 2))
        for contender, accuracy in (("lstmkit", 0.9), ("1-NN", 0.8), ("logistic regression", 0.7))
        for seed in range(seeds)
    ]
    known = {name: dict.fromkeys(PUBLISHED, 0.95) for name in ("coffee", "wine")}
    known["powercons"] = {"ROCKET": 0.95}
    scores = ranked(results, known, seeds=2)
    assert scores == {
        "lstmkit": [0.9],
        "1-NN": [0.8],
        "logistic regression": [0.7],
        **{method: [0.95] for method in PUBLISHED},
    }
    figure = difference_figure(average_ranks(scores), 1.5, "lstmkit")
    save_png(figure, tmp_path / "ranks.png")
    assert (tmp_path / "ranks.png").stat().st_size > 5000
