"""What a search for settings varies in a task on sequences."""

from typing import TYPE_CHECKING

from lstmkit.tasks.sequence.defaults import LEARNING_RATE
from lstmkit.tasks.tuning.space import Between, Space, around

if TYPE_CHECKING:
    from lstmkit.tasks.sequence.sequence_learner import SequenceLearner


def sequence_space(task: "SequenceLearner") -> Space:
    """Declares the settings that a search varies, around those that took effect.

    Sizes, dropout and rate alone: what changes the loss itself (weights of classes, replication)
    or which sequences are held out would make losses of two trials incomparable.

    Args:
        task: A fitted task.

    Returns:
        The space.
    """
    rate = LEARNING_RATE if task.learning_rate is None else task.learning_rate
    return {
        "hidden_size": around(task.hidden_size or task.chosen_.hidden_size),
        "num_layers": Between(low=1, high=max(2, task.num_layers), usual=task.num_layers),
        "dropout": Between(low=0.0, high=max(0.6, task.dropout), usual=task.dropout),
        "learning_rate": Between(low=rate / 8, high=rate * 8, usual=rate, log=True),
    }
