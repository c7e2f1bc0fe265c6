"""Looks into a trained forecaster while it forecasts from windows of a table."""

from typing import Any

import numpy as np
import polars as pl
from torch import Tensor

from lstmkit.data import Series
from lstmkit.errors import SettingsError
from lstmkit.inspect import Axis, Inspection, examine
from lstmkit.tasks.count_network import CountNetwork
from lstmkit.tasks.forecast_settings import require_whole
from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.segment_network import SegmentNetwork
from lstmkit.tasks.trained import Network

# windows over which everything is measured, spread evenly over the table
WINDOWS = 16


def inspect_forecaster(
    forecaster: Forecaster, data: Any = None, *, windows: int = WINDOWS
) -> Inspection:
    """Looks into a forecaster: gate traces, gradient flow, memory span and saturation.

    The numbers are over windows spread evenly over the table; the page shows the last of them.
    The gradient followed is that of the loss of training, with the truth fed back in
    autoregressive mode; the memory measured is that of the encoder, in the median forecast (of
    counts, the mean). By segments a row is one target of one window, a step of the encoder is a
    segment, and the decoder takes a single step.

    Args:
        forecaster: Fitted.
        data: A table, as `Forecaster.backtest` takes it; None takes the test part of `fit`.
        windows: How many windows to measure, at most.

    Returns:
        The inspection; `.write("inspect.html")` makes the page.

    Raises:
        DataError: A table that does not fit, or is too short.
        SettingsError: The preset is "smoothing", the forecaster is not fitted, or `windows` is no
            whole number above 0.
    """
    require_whole("windows", windows)
    if forecaster.preset == "smoothing":
        raise SettingsError(
            "inspect: expected preset 'steps', 'segments' or 'counts', got 'smoothing', whose "
            "layers take their state from several steps before. Train with one of the others to "
            "look inside."
        )
    series, origins = forecaster.rolling(data, "test", 1)
    chosen = origins[np.linspace(0, len(origins) - 1, min(windows, len(origins))).astype(np.int64)]
    trained, network = forecaster.trained_, forecaster.network_.eval()
    batch = trained.windows(series, chosen).batch(np.arange(len(chosen)))
    # of counts, mean and dispersion are given
    middle = 0 if isinstance(network, CountNetwork) else network.levels.index(0.5)

    def loss(given: Tensor) -> Tensor:
        return network.scored(given, batch)

    def outcome(given: Tensor) -> Tensor:
        found = given[..., middle]
        # the encoder of segments has a row for each target of each window
        return found.permute(2, 0, 1).flatten(0, 1) if by_segments else found

    by_segments = isinstance(network, SegmentNetwork)
    which, row = (int(number) for number in chosen[-1])
    return examine(
        network.scan,
        lambda: network.guided(batch),
        loss=loss,
        outcome=outcome,
        memory_of=network.scan["encoder"],
        axes={
            "encoder": _past(series.series[which], row, forecaster),
            "decoder": _ahead(trained.forecast(series, chosen[-1:]), network),
        },
        row=len(chosen) - 1,
        title=f"Inside a forecast of {', '.join(forecaster.columns_.target)}",
    )


def _past(one: Series, row: int, forecaster: Forecaster) -> Axis:
    # of each segment its last row
    rows = np.arange(row, row - forecaster.lookback_, -forecaster.chosen.segment)[::-1]
    names = forecaster.columns_.target
    values = {name: one.target[rows, place] for place, name in enumerate(names)}
    return Axis([_told(time) for time in one.time[rows]], values)


def _ahead(frame: pl.DataFrame, network: Network) -> Axis:
    """Truth and forecast of the first target over the horizon, or at the end of its segment."""
    own = frame.filter(pl.col("target") == frame["target"][0]).sort("step")
    if isinstance(network, SegmentNetwork):
        own = own[network.segment - 1 : network.segment]
    values = {part: own[part].cast(pl.Float64).to_numpy() for part in ("truth", "forecast")}
    return Axis([_told(time) for time in own["time"].to_numpy()], values)


def _told(time: Any) -> str:
    if not isinstance(time, np.datetime64):
        return str(time)
    text = str(time.astype("datetime64[m]")).replace("T", " ")
    return text.removesuffix(" 00:00")
