"""The linear forecast that long horizons are measured beside."""

import numpy as np
import pytest

from benchmarks import linear
from benchmarks.linear import fitted


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "LOOKBACKS", (4, 12))
    monkeypatch.setattr(linear, "PENALTIES", (1e-6, 1e6))


def waves(rows: int = 400) -> np.ndarray:
    """Two targets of one recurrence of order four, at different levels."""
    step = np.arange(rows)
    wave = np.sin(step / 3) + np.sin(step / 5)
    return np.stack([wave, 5 + np.roll(wave, 7)], axis=1)[10:]


def test_it_finds_the_map_that_continues_two_sines_at_any_level() -> None:
    values = waves()
    found = fitted(values, np.arange(200), np.arange(210, 300), horizon=6)
    assert found.penalty == 1e-6
    forecast = found.forecast(values, np.arange(300, 380))
    truth = np.stack([values[origin + 1 : origin + 7] for origin in range(300, 380)])
    np.testing.assert_allclose(forecast, truth, atol=1e-3)
    raised = found.forecast(values + 3, np.arange(300, 380))
    np.testing.assert_allclose(raised, forecast + 3, atol=1e-9)


def test_it_sees_nothing_after_the_origins_it_learns_from() -> None:
    values = waves()
    planted = values.copy()
    planted[306:] = 1e6
    one, other = (fitted(v, np.arange(200), np.arange(210, 300), 6) for v in (values, planted))
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(
        one.forecast(values, np.arange(250, 300)), one.forecast(planted, np.arange(250, 300))
    )


def test_the_look_back_is_chosen_on_the_validation_origins() -> None:
    random = np.random.default_rng(0)
    # only the value nine rows back tells anything
    values = np.zeros((2000, 1))
    for row in range(9, len(values)):
        values[row] = 0.95 * values[row - 9] + 0.1 * random.normal()
    found = fitted(values, np.arange(1200), np.arange(1300, 1600), horizon=1)
    assert found.lookback == 12
