"""Looks into a trained detector while it reads series."""

from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.data.sequences import Sequences
from lstmkit.errors import DataError
from lstmkit.inspect import Axis, Inspection, examine
from lstmkit.tasks.detection.detector import Detector
from lstmkit.tasks.detection.next_step import WINDOW, changes, of_judged
from lstmkit.tasks.shown_sequence import drawn, place_of


def inspect_detector(
    detector: Detector, data: Any, *, static: Any = None, number: int, show: str | None = None
) -> Inspection:
    """Looks into a detector; see `inspect_sequences`.

    Args:
        detector: Fitted.
        data: Series, as `Detector.predict` takes them.
        static: Numbers of each series, for arrays.
        number: How many windows to measure, at most.
        show: Name of the series whose last window is shown; None takes the longest.

    Returns:
        The inspection, the LSTM that forecasts first.

    Raises:
        DataError: Series of other channels, too short, or none of the name.
    """
    given = detector.read(data, static=static, labelled=False).sequences
    detector.network_.eval()
    longest = int(given.lengths.argmax())
    place, parts = longest if show is None else place_of(show, given, "series"), []
    if detector.network_.forecast is not None:
        # a step must follow, to be forecast
        ends = given.lengths - 1
        chosen = _chosen(ends, max(1, min(WINDOW, int(ends[place]))), number, place)
        parts.append(_forecast(detector, _Windows(detector, given, chosen)))
    if detector.network_.reconstruction is not None:
        chosen = _chosen(given.lengths, detector.window, number, place)
        parts.append(_given_back(detector, _Windows(detector, given, chosen)))
    return Inspection(
        f"Inside a detector: {detector.title()}",
        [section for part in parts for section in part.sections],
        [flow for part in parts for flow in part.flows],
        [span for part in parts for span in part.spans],
    )


class Window(NamedTuple):
    """Steps of a series, from the first to before the end."""

    series: int
    first: int
    end: int


class _Windows:
    """Windows of series as a network reads them, and the last one as a person does."""

    def __init__(self, detector: Detector, given: Sequences, chosen: list[Window]) -> None:
        prepared, static = detector.prepared_, detector.prepared_.static_inputs(given.static)
        inputs = {
            place: prepared.inputs(given.take([place]))[0]
            for place in {one.series for one in chosen}
        }
        self.steps = _tensor([inputs[one.series][one.first : one.end] for one in chosen])
        self.static = _tensor([static[one.series] for one in chosen])
        after = {
            place: changes(
                one, prepared.scaler.scale(of_judged(given.values[place], detector.judged_channels))
            )
            for place, one in inputs.items()
        }
        self.change = _tensor([after[one.series][one.end - 1] for one in chosen])
        shown = chosen[-1]
        rows = np.arange(shown.first, shown.end)
        called = given.called_steps(shown.series)
        self.axis = Axis([called[row] for row in rows], drawn(given, shown.series, rows))

    @property
    def last(self) -> int:
        """The row that is shown."""
        return len(self.steps) - 1


def _forecast(detector: Detector, windows: _Windows) -> Inspection:
    network = detector.network_.forecast
    assert network is not None
    count, steps, _ = windows.steps.shape
    lengths = torch.full((count,), steps)
    batch = {"steps": windows.steps, "lengths": lengths, "static": windows.static}
    known, change = ~torch.isnan(windows.change), torch.nan_to_num(windows.change)
    return examine(
        nn.ModuleDict({"forecast": network.lstm}),
        lambda: network.running(batch)[0],
        loss=lambda y: ((y[:, -1] - change).abs() * known).sum() / known.sum().clamp(min=1),
        outcome=lambda y: y[:, -1],
        axes={"forecast": windows.axis},
        row=windows.last,
    )


def _given_back(detector: Detector, windows: _Windows) -> Inspection:
    network = detector.network_.reconstruction
    assert network is not None
    truth, judged = windows.steps[..., : detector.num_outputs], detector.judged_channels
    return examine(
        nn.ModuleDict({"encoder": network.encoder}),
        lambda: network(windows.steps),
        loss=lambda y: (y - truth)[..., judged].abs().mean(),
        outcome=lambda y: y.mean(2),
        axes={"encoder": windows.axis},
        row=windows.last,
    )


def _chosen(lengths: np.ndarray, steps: int, number: int, place: int) -> list[Window]:
    """Windows within lengths, spread evenly; the last one of the series to show comes last."""
    if lengths[place] < steps:
        raise DataError(
            f"inspect: expected a series that is longer than {steps} steps, got {lengths[place]} "
            "known ones. Show a longer one."
        )
    counts = np.maximum(lengths - steps + 1, 0)
    ends, total = np.cumsum(counts), int(counts.sum())
    picked = np.unique(np.linspace(0, total - 1, min(number, total)).round().astype(np.int64))
    picked[-1] = ends[place] - 1
    places, before = np.searchsorted(ends, picked, side="right"), ends - counts
    return [
        Window(int(one), int(at - before[one]), int(at - before[one]) + steps)
        for one, at in zip(places, picked, strict=True)
    ]


def _tensor(values: list[Float[np.ndarray, "*_"]]) -> Tensor:
    return torch.from_numpy(np.stack(values).astype(np.float32))
