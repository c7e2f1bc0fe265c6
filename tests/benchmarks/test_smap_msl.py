"""Which columns of a spacecraft's channel are judged, and by what."""

import numpy as np

from benchmarks.smap_msl import ALL, at_random, best_f1, pca, pca_alone, telemetry, windows

ON = 1 / 1.0001


def channel(steps: int = 400, seed: int = 0) -> np.ndarray:
    """A rhythm and three commands."""
    rng = np.random.default_rng(seed)
    value = np.sin(np.arange(steps) / 5) / 2 + 0.5 + rng.normal(0, 0.02, steps)
    return np.column_stack([value, rng.choice([0.0, ON], (steps, 3))])


def test_the_telemetry_is_judged_and_commands_are_where_there_is_none() -> None:
    train = channel()
    assert telemetry(train) == [0]
    assert telemetry(train[:, 1:]) == [0, 1, 2]
    # a value between -1 and 1 has been scaled by another range than a command
    assert telemetry(np.where(train[:, 1:] > 0, 2 / 2.0001, 0.0)) == [0]


def test_a_window_holds_the_last_ten_steps_of_a_column_side_by_side() -> None:
    values = np.column_stack([np.arange(30.0), np.arange(30.0) + 100])
    assert windows(values)[20].tolist() == [*range(11, 21), *range(111, 121)]
    assert windows(values)[0].tolist() == [0.0] * 10 + [100.0] * 10


def test_components_are_judged_by_the_telemetry_alone() -> None:
    train, test = channel(), channel(seed=1)
    for found in (pca, pca_alone):
        (score,) = found(train, test, 0).values()
        broken, ordered = test.copy(), test.copy()
        broken[200:210, 0] = 0.5
        ordered[200:210, 1:] = 5.0
        (seen,) = found(train, broken, 0).values()
        assert seen[203:208].min() > score[100:200].max()
        if found is pca_alone:
            assert np.array_equal(found(train, ordered, 0)["PCA, without commands"], score)
    train[:280, 0], test[200:205, 0] = 0.5, 0.7
    (score,) = pca_alone(train[:300], test, 0).values()
    assert np.isfinite(score).all()
    (every,) = (pca(train, test, 0, every=True)[f"PCA{ALL}"],)
    assert len(every) == len(test)


def test_f1_by_the_best_threshold_takes_equal_scores_together() -> None:
    anomalous = np.array([1, 0, 1, 0, 0], bool)
    assert best_f1(np.array([3.0, 1.0, 3.0, 0.0, 0.0]), anomalous) == 1.0
    assert best_f1(np.array([3.0, 3.0, 3.0, 0.0, 0.0]), anomalous) == 0.8
    assert len(at_random(channel(), channel(), 0)["random"]) == 400
