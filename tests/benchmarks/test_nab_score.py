"""The score of the Numenta benchmark on cases worked out by hand."""

import math

import numpy as np
import pytest

from benchmarks.nab import QUIET, begins, ours, stretches
from benchmarks.nab_score import Profile, Truth, best, sigma, worths


def s(place: float) -> float:
    return 2 / (1 + math.exp(5 * place)) - 1


def at(rows: int, *alarms: int) -> np.ndarray:
    score = np.zeros(rows)
    score[list(alarms)] = 1.0
    return score


# 100 rows, of which 15 count for nothing; one window of ten rows
TRUTH = Truth(100, [(50, 59)])


def test_an_alarm_is_worth_the_more_the_earlier_it_comes() -> None:
    worth, window = worths(TRUTH, Profile())
    assert worth[50] == pytest.approx(1.0)
    assert worth[55] == pytest.approx(s(-0.5) / s(-1))
    assert worth[59] == pytest.approx(s(-0.1) / s(-1))
    assert s(-1) == pytest.approx(0.98661, abs=1e-5)
    # before any window an alarm costs all it can, behind one less
    assert worth[20] == -0.11
    assert worth[60] == pytest.approx(0.11 * s(1 / 9))
    assert worth[68] == pytest.approx(0.11 * s(1.0))
    assert worth[99] == pytest.approx(-0.11)
    assert np.flatnonzero(window == 0).tolist() == list(range(50, 60))
    assert sigma(np.array(3.1)) == -1.0


@pytest.mark.parametrize(
    ("alarms", "total"),
    [
        ((50,), 1.0),
        ((55,), s(-0.5) / s(-1)),
        # only the best of a window counts
        ((55, 52, 58), s(-0.8) / s(-1)),
        ((50, 20), 1.0 - 0.11),
        ((50, 68), 1.0 + 0.11 * s(1.0)),
        # in the first rows nothing counts
        ((50, 3, 14), 1.0),
        ((50, 15), 1.0 - 0.11),
    ],
)
def test_totals_worked_out_by_hand(alarms: tuple[int, ...], total: float) -> None:
    # no alarm gets -1, the perfect detector 1
    assert best([TRUTH], [at(100, *alarms)]).normalised == pytest.approx(50 * (total + 1))


def test_the_threshold_is_the_best_one_for_all_files_together() -> None:
    first, second = at(100, 50), at(100, 50)
    # below 0.5 the second file finds its window too, for two false alarms in the first one
    second[50] = 0.5
    first[[20, 30]] = 0.5
    found = best([TRUTH, TRUTH], [first, second])
    assert found.normalised == pytest.approx(100 * (4 - 2 * 0.11) / 4)
    assert (found.threshold, found.found, found.windows, found.false) == (0.5, 2, 2, 2)
    # where false alarms are dear it is better to miss the second
    dear = best([TRUTH, TRUTH], [first, second], Profile(false=2.0))
    assert dear.normalised == pytest.approx(50.0)
    assert (dear.threshold, dear.found, dear.false) == (1.0, 1, 0)


def test_a_detector_that_never_or_always_warns_gets_nothing() -> None:
    assert best([TRUTH], [np.zeros(100)]).normalised == 0.0
    assert best([TRUTH], [np.zeros(100)]).found == 0
    clean = Truth(100, [])
    assert best([TRUTH, clean], [at(100, 50), at(100)]).normalised == pytest.approx(100.0)


def test_equal_scores_are_taken_in_together() -> None:
    score = np.zeros(100)
    score[[50, 16, 17, 18]] = 0.7
    found = best([TRUTH], [score])
    assert found.normalised == pytest.approx(50 * (2 - 3 * 0.11))
    assert found.false == 3


def test_long_files_have_a_probation_of_750_rows() -> None:
    assert Truth(22695, []).probation == 750
    assert Truth(4032, []).probation == 604


def test_an_alarm_that_goes_on_begins_once() -> None:
    score = np.zeros(3 * QUIET)
    score[[10, 11, 12, 13, 200]] = [1.0, 3.0, 3.0, 2.0, 2.0]
    found = begins(score)
    assert np.flatnonzero(found).tolist() == [10, 11, 200]
    assert found[11] == 3.0


def test_what_is_learnt_anew_is_learnt_from_the_rows_before_alone() -> None:
    assert stretches(100, 1000, anew=True) == [200, 400, 800, 1000]
    assert stretches(100, 200, anew=True) == [200]
    assert stretches(100, 1000, anew=False) == [1000]
    values = np.sin(np.arange(150) / 3) + np.random.default_rng(0).normal(0, 0.1, 150)
    values[100:] *= 4.0
    found = ours("forecast", anew=True)(values, 70, 0)
    # the rows before 140 are scored by what the first 70 teach, the others by what 140 do
    for learnt, scored in ((70, slice(0, 140)), (140, slice(140, 150))):
        once = ours("forecast")(values, learnt, 0)
        for name, score in once.items():
            anew = found[f"{name}, learnt anew"]
            assert len(anew) == 150
            assert np.allclose(anew[scored], score[scored], atol=1e-4)
    assert not np.allclose(once["last value"], found["last value, learnt anew"], atol=0.1)
