"""How seldom a value is: counted where it can be counted, and not far off beyond."""

import numpy as np
import pytest

from lstmkit.errors import DataError
from lstmkit.tasks.detection.tail import Tail


def test_within_the_clean_values_it_is_counted() -> None:
    clean = np.arange(1000.0)
    tail = Tail.fit(clean)
    # 50 of 1,000 are at least 950
    assert tail.surprise(np.array([0.0, 950.0])) == pytest.approx([0.0, -np.log10(0.05)])
    halfway = tail.surprise(np.array([500.0]))
    assert halfway == pytest.approx(-np.log10(0.5), abs=0.02)
    rising = tail.surprise(np.linspace(-10, 2000, 500))
    assert (np.diff(rising) >= 0).all()
    assert np.isnan(tail.surprise(np.array([np.nan]))).all()


@pytest.mark.parametrize("index", [0.1, 0.5])
def test_beyond_them_a_power_law_goes_on(index: float) -> None:
    rng = np.random.default_rng(0)
    # P(X >= x) = x^(-1 / index), so that its logarithm has an exponential tail
    tail = Tail.fit(index * rng.exponential(size=5000))
    far = np.array([index * np.log(1e6)])
    assert tail.surprise(far) == pytest.approx([6.0], abs=0.6)


def test_a_lighter_tail_is_less_surprising_than_it_should_be_never_more() -> None:
    rng = np.random.default_rng(0)
    tail = Tail.fit(np.log(np.abs(rng.normal(size=3000))))
    # 4.417 is reached by one of 100,000 normal values
    found = float(tail.surprise(np.log([4.417]))[0])
    assert 3.0 < found < 5.2


def test_equal_values_and_too_few() -> None:
    tail = Tail.fit(np.zeros(100))
    assert tail.surprise(np.array([0.0])) == pytest.approx([0.0])
    assert tail.surprise(np.array([1.0]))[0] > 5
    with pytest.raises(DataError, match="at least 20 clean steps to set the threshold by, got 19"):
        Tail.fit(np.append(np.arange(19.0), np.nan))
    same = Tail.from_dict(tail.to_dict())
    assert np.array_equal(
        same.surprise(np.linspace(-1, 1, 9)), tail.surprise(np.linspace(-1, 1, 9))
    )
