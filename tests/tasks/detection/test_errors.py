"""From errors to a score: the equations, by hand, and what they are for."""

import numpy as np
import pytest

from lstmkit.tasks.detection.errors import ErrorModel


def model(errors: np.ndarray, memory: int | None = 100, channels: int = 2) -> ErrorModel:
    counted = np.ones(len(errors), bool)
    return ErrorModel.fit([errors], [counted], channels=channels, smoothing=3, memory=memory)


def noise(steps: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(steps, 2)) * [1.0, 10.0]


def test_the_recursions_are_those_of_the_equations() -> None:
    fitted, errors = model(noise(500)), noise(30, seed=1)
    errors[7, 0] = np.nan
    errors[9, 1] = 500.0
    _, late = fitted.follow(errors)
    scale, smooth = fitted.clean.copy(), np.ones(2)
    for row in np.abs(errors):
        for c, e in enumerate(row):
            if np.isnan(e):
                continue
            b = max(fitted.clean[c], scale[c])
            smooth[c] += 2 / 4 * (e / b - smooth[c])
            scale[c] += (min(e, 3 * b) - scale[c]) / 100
    assert np.allclose(late.scale, scale)
    assert np.allclose(late.smooth, smooth)
    assert fitted.clean == pytest.approx(np.abs(noise(500)).mean(0))


def test_pieces_give_what_the_whole_gives() -> None:
    fitted, errors = model(noise(500)), noise(60, seed=1)
    whole, _ = fitted.follow(errors)
    first, late = fitted.follow(errors[:17])
    rest, _ = fitted.follow(errors[17:], late)
    assert np.array_equal(np.vstack([first, rest]), whole)
    same = ErrorModel.from_dict(fitted.to_dict())
    assert np.array_equal(same.follow(errors)[0], whole)


def test_false_alarms_are_about_as_many_as_stated() -> None:
    fitted = model(noise(3000))
    score = fitted.follow(noise(40_000, seed=1))[0][:, 0]
    for stated in (0.1, 0.01, 0.001):
        seen = (score >= -np.log10(stated)).mean()
        assert stated / 3 < seen < stated * 2


def test_a_channel_is_judged_by_its_own_errors() -> None:
    errors = noise(200, seed=1)
    errors[50, 0], errors[120, 1] = 8.0, 80.0
    found, _ = model(noise(1000)).follow(errors)
    assert set(np.argsort(-found[:, 0])[:2]) <= {50, 51, 120, 121}
    assert found[50, 1:].argmax() == 0
    assert found[120, 1:].argmax() == 1
    assert found[50, 0] > 3


def test_restless_for_good_is_an_alarm_that_ends() -> None:
    errors = noise(4000, seed=1)
    errors[1000:] *= 4
    learnt = noise(2000)
    late = [model(learnt, memory).follow(errors)[0][3000:, 0] for memory in (200, None)]
    share = [(one >= 2).mean() for one in late]
    assert share[0] < 0.03
    assert share[1] > 0.3


def test_where_nothing_is_known_the_score_is_zero() -> None:
    fitted, errors = model(noise(300)), noise(10, seed=1)
    errors[4] = np.nan
    assert fitted.follow(errors)[0][4].tolist() == [0.0, 0.0, 0.0]
    unseen = noise(300)
    unseen[:, 1] = np.nan
    partly = model(unseen)
    assert np.isfinite(partly.follow(noise(10))[0]).all()


def test_a_channel_that_never_changes_is_silent_until_it_does() -> None:
    learnt, errors = noise(1000), noise(300, seed=1)
    learnt[:, 1], errors[:, 1] = 2e-6, 5e-6
    found, _ = model(learnt).follow(errors)
    assert (found[:, 2] < 1).all()
    assert (found[:, 0] >= 3).sum() <= 2
    errors[150, 1] = 1.0
    found, _ = model(learnt).follow(errors)
    alarms = np.flatnonzero(found[:, 0] >= 3)
    assert found[150, 0] > 3
    assert alarms.max() < 165


def test_several_errors_of_a_channel_are_one_blame() -> None:
    both = np.hstack([noise(400), noise(400, seed=2)])
    fitted = model(both, channels=2)
    errors = np.hstack([noise(20, seed=3), noise(20, seed=4)])
    errors[10, 3] = 90.0
    found, _ = fitted.follow(errors)
    assert found.shape == (20, 3)
    assert found[10, 1:].argmax() == 1
