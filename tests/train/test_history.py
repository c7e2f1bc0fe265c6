"""The history of a run."""

import json

from lstmkit.train import History


def filled(*valid: float) -> History:
    history = History()
    for loss in valid:
        history.end_epoch(train_loss=loss / 2, valid_loss=loss, learning_rate=0.1, seconds=1.5)
    return history


def test_the_best_epoch_counts_from_one_and_the_first_of_equals_wins() -> None:
    history = filled(3.0, 1.0, 2.0, 1.0)
    assert history.best_epoch == 2
    assert history.best_valid_loss == 1.0
    assert history.num_epochs == 4


def test_before_the_first_epoch_nothing_is_best() -> None:
    assert History().best_epoch == 0
    assert History().best_valid_loss == float("inf")


def test_a_history_survives_json() -> None:
    history = filled(3.0, 0.1)
    history.stopped = "patience"
    assert History.from_dict(json.loads(json.dumps(history.to_dict()))) == history
