"""The errors of a network on one series, in whole or piece by piece."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from lstmkit.data.sequences import Sequences
from lstmkit.data.step_places import Steps
from lstmkit.data.stored_steps import StoredSteps
from lstmkit.errors import DataError
from lstmkit.tasks.detection.network import DetectNetwork
from lstmkit.tasks.detection.next_step import of_judged
from lstmkit.tasks.sequence.preparation import Carry, SequencePreparation

AT_ONCE = 512
SHORTEST = 8


class Before(NamedTuple):
    """What the next steps of a series need to know of those before.

    Attributes:
        carry: What the preparation carries.
        ahead: Forecast of the next step, scaled (C,); NaN before the first.
        last: Last known values, scaled (C,): the forecast of the last value.
        recent: Inputs of the last steps (fewer than a window, I).
        state: State of the LSTM that forecasts.
    """

    carry: Carry | None
    ahead: np.ndarray
    last: np.ndarray
    recent: np.ndarray
    state: Any


class Errors(NamedTuple):
    """What was wrong at each step, NaN where unknown.

    Attributes:
        own: Of the network (T, K): forecast, reconstruction, or first the one and then the other,
            of each channel.
        naive: Of the last value (T, C).
    """

    own: np.ndarray
    naive: np.ndarray


def beginning(prepared: SequencePreparation) -> Before:
    """What is known before the first step of a series: nothing."""
    unknown = np.full(len(prepared.channels), np.nan)
    return Before(None, unknown, unknown, np.zeros((0, prepared.num_inputs)), None)


def steps_of(sequences: Sequences, *, labelled: bool = False) -> Iterator[Steps]:
    """The steps of series, one after another; where they are in files, piece by piece.

    Args:
        sequences: Series.
        labelled: Whether the labels of steps in files are asked for.
    """
    if isinstance(sequences, StoredSteps):
        for block in sequences.blocks(labelled=labelled):
            yield from block
        return
    times = sequences.times or tuple(np.arange(float(len(one))) for one in sequences)
    for place, (values, when) in enumerate(zip(sequences, times, strict=True)):
        yield Steps(place, 0, values, when, sequences.static[place : place + 1])


@torch.no_grad()
def errors_of(
    network: DetectNetwork,
    prepared: SequencePreparation,
    judged: Bool[np.ndarray, " channels"],
    values: Float[np.ndarray, "time channels"],
    times: Float[np.ndarray, " time"],
    static: Float[np.ndarray, "1 numbers"],
    before: Before,
) -> tuple[Errors, Before]:
    """Computes the errors of the next steps of a series.

    Args:
        network: In evaluation mode.
        prepared: Scales.
        judged: Which channels are judged; the errors of others are unknown.
        values: Steps, NaN where missing.
        times: Their times.
        static: Numbers of the series.
        before: `beginning`, or what `errors_of` returned for the steps before.

    Returns:
        The errors, in standard deviations of the channels, and what the next steps need.
    """
    inputs, carry = prepared.steps(values, times, before.carry)
    scaled, wide = prepared.scaler.scale(of_judged(values, judged)), values.shape[1]
    filled = inputs[:, :wide]
    last = np.vstack([before.last, filled])
    parts, ahead, state = [], before.ahead, before.state
    if network.forecast is not None:
        batch = {
            "steps": _tensor(inputs)[None],
            "lengths": torch.tensor([len(inputs)]),
            "static": _tensor(prepared.static_inputs(static)),
        }
        outputs, state, _ = network.forecast.running(batch, state)
        forecast = np.vstack([ahead, filled + outputs[0].double().numpy()])
        parts.append(scaled - forecast[:-1])
        ahead = forecast[-1]
    recent = np.vstack([before.recent, inputs])
    if network.reconstruction is not None:
        missed = _missed(network, recent, len(inputs), wide)
        parts.append(np.where(np.isnan(scaled), np.nan, missed))
    kept = recent[max(0, len(recent) - network.window + 1) :]
    after = Before(carry, ahead, last[-1], kept, state)
    return Errors(np.hstack(parts), scaled - last[:-1]), after


def require_series(lengths: Int[np.ndarray, " series"]) -> None:
    """Refuses what is one series turned about: many rows of a few steps each.

    Args:
        lengths: Steps of each series.

    Raises:
        DataError: No series has eight steps, and there are more series than steps.
    """
    number, longest = len(lengths), int(lengths.max())
    if 1 < longest < min(SHORTEST, number):
        raise DataError(
            f"Detector: expected series of at least {SHORTEST} steps, got {number} of at most "
            f"{longest}. Give a list of arrays (time, channel); one series alone is [data]."
        )


def require_errors(own: Iterable[np.ndarray], window: int, longest: int) -> None:
    """Refuses to go on without a single known error.

    Args:
        own: Errors of the network.
        window: Steps of the windows that it gives back.
        longest: Steps of the longest series.

    Raises:
        DataError: None is known.
    """
    if all(np.isnan(one).all() for one in own):
        raise DataError(
            f"Detector: expected series of at least window={window} steps, got at most {longest}. "
            "Give longer series, or a shorter window."
        )


def _missed(network: DetectNetwork, recent: np.ndarray, steps: int, wide: int) -> np.ndarray:
    """For each of the last `steps` its window's mean absolute error, NaN before the first whole."""
    found = np.full((steps, wide), np.nan)
    number = len(recent) - network.window + 1
    if network.reconstruction is None or number < 1:
        return found
    windows = _tensor(recent).unfold(0, network.window, 1).swapaxes(1, 2)
    parts = [
        (network.reconstruction(lot) - lot[..., :wide]).abs().mean(1)
        for lot in windows.split(AT_ONCE)
    ]
    found[-number:] = torch.cat(parts).double().numpy()
    return found


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))
