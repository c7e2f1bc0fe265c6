"""What a forecasting run leaves behind for its report."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import polars as pl

from lstmkit.tasks.report.drawing import ShownSeries


class Run(TypedDict):
    """What a report tells of one run.

    Keys:
        title: Heading of the page.
        history: Lists by epoch "train_loss", "valid_loss", "learning_rate", "seconds";
            "best_epoch", counted from 1; "stopped": "epochs", "patience" or "time".
        series: The series learnt from; the first one is drawn.
        split: Row counts "train_end", "valid_end", "test_end" of the first series.
        targets: Names of the target columns.
        frame: Long table of the forecasts of the test part: series, origin, time, step, target,
            truth, forecast, and q0.1 ... for each of `quantiles`.
        metrics: "overall": value by model and metric; "by_step": list (horizon,) by model and
            metric. Whatever is not called naive, seasonal_naive or drift is the model.
            Lower is better.
        quantiles: Levels between 0 and 1.
        settings: Every setting of the run.
        notices: What was done about the data, in sentences.
        season: Steps of a season, if there is one.
        frequency: How long a step is, in words; "" when unknown.
        again: Commands that repeat the run.
    """

    title: str
    history: Mapping[str, Any]
    series: Sequence[ShownSeries]
    split: Mapping[str, int]
    targets: Sequence[str]
    frame: pl.DataFrame
    metrics: Mapping[str, Any]
    quantiles: Sequence[float]
    settings: Mapping[str, object]
    notices: Sequence[str]
    season: int | None
    frequency: str
    again: NotRequired[Sequence[str]]
