"""What was tried, as plain values and as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from optuna import Study


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One trial of a search.

    Attributes:
        number: Its number, from 0.
        params: Its settings by name.
        loss: Lowest validation loss of its epochs; infinite where it diverged before the first.
        pruned: Whether it was cut short.
        epochs: Epochs that it trained.
        seconds: Time that it took.
    """

    number: int
    params: Mapping[str, Any]
    loss: float
    pruned: bool
    epochs: int
    seconds: float


def finished(study: "Study") -> list[Trial]:
    """The trials of a study that came to an end, in their order."""
    from optuna.trial import TrialState

    ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    return [
        Trial(
            number=number,
            params=one.params,
            loss=min(one.intermediate_values.values(), default=float("inf")),
            pruned=one.state == TrialState.PRUNED,
            epochs=len(one.intermediate_values),
            seconds=one.user_attrs["seconds"],
        )
        for number, one in enumerate(ended)
    ]


def best_of(known: Sequence[Trial]) -> Trial:
    """The trial with the lowest validation loss of those that were not cut short."""
    return min((one for one in known if not one.pruned), key=lambda one: one.loss)


def trials_table(known: Sequence[Trial]) -> pl.DataFrame:
    """A row for each trial, the best first and those cut short last.

    Args:
        known: The trials.

    Returns:
        Columns trial (from 1), validation_loss, ended ("whole" or "cut short"), epochs, seconds,
        and one for each setting.
    """
    ranked = sorted(known, key=lambda one: (one.pruned, one.loss))
    return pl.DataFrame(
        [
            {
                "trial": one.number + 1,
                "validation_loss": one.loss,
                "ended": "cut short" if one.pruned else "whole",
                "epochs": one.epochs,
                "seconds": one.seconds,
                **one.params,
            }
            for one in ranked
        ],
        infer_schema_length=None,
    )
