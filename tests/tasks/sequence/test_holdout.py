"""Which groups are held out: about the share asked for, and never the only one of a class."""

import numpy as np

from lstmkit.tasks.sequence.holdout import holdout


def test_a_group_too_large_for_the_share_stays_to_learn_from() -> None:
    sizes = [60, *[5] * 8]
    groups = np.repeat(np.arange(9), sizes)
    for seed in range(20):
        train, held = holdout(100, 0.2, seed=seed, groups=groups)
        assert 0 not in groups[held]
        assert len(held) == 20
        assert not set(groups[train]) & set(groups[held])


def test_the_only_group_of_a_class_stays_to_learn_from() -> None:
    groups = np.repeat(np.arange(10), 10)
    classes = np.where(groups == 4, "rare", np.where(np.arange(100) % 2, "a", "b"))
    for seed in range(20):
        train, held = holdout(100, 0.3, seed=seed, classes=classes, groups=groups)
        assert 4 not in groups[held]
        assert set(classes[train]) == {"a", "b", "rare"}
        assert len(held) == 30


def test_where_every_group_is_too_large_the_smallest_is_held_out() -> None:
    groups = np.repeat([0, 1], [60, 40])
    for seed in range(5):
        _, held = holdout(100, 0.1, seed=seed, groups=groups)
        assert set(groups[held]) == {1}
