"""A whole forecasting run: fit, judge on the test part, and leave a folder that explains itself."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from lstmkit.data.parquet_table import stored_table
from lstmkit.engine import Cell
from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.metrics import Metrics
from lstmkit.tasks.report import write_report
from lstmkit.tasks.run_files import kept_in, write_run
from lstmkit.tasks.stored_forecast import judged_by_some
from lstmkit.train.checkpoint import CHECKPOINT
from lstmkit.train.processes import is_first

# origins of the test part that are judged, at most; they are spread evenly
TEST_ORIGINS = 2000


def run_forecast(
    forecaster: Forecaster,
    data: Any,
    target: str | Sequence[str],
    *,
    folder: str | Path,
    resume: bool = False,
    progress: bool = True,
    title: str | None = None,
    again: Sequence[str] = (),
    **columns: Any,
) -> dict[str, Any]:
    """Fits a forecaster, judges it beside the naive forecasts and writes the run's folder.

    The folder holds model.safetensors, settings.toml, metrics.json, predictions.parquet (every
    forecast of the test part beside the truth), report.html and the figures as PNG; while training
    also checkpoint.safetensors.

    Args:
        forecaster: The forecaster, not yet fitted.
        data: A table, as `Forecaster.fit` takes it. One that is read piece by piece is judged, and
            drawn, by whole series spread evenly over its files, about 200,000 rows in all.
        target: Column or columns to forecast.
        folder: Folder of the run; made where it is missing.
        resume: Go on from the checkpoint in the folder.
        progress: Show progress on stderr.
        title: Heading of the report.
        again: Commands that repeat the run, for the report.
        columns: `time`, `series`, `past`, `known`, `static`, `category` and
            `watch_gradients`, as `Forecaster.fit` takes them.

    Returns:
        What metrics.json holds: the metrics and what the run was. Of several processes (torchrun)
        each gets it, and the first writes the folder.

    Raises:
        DataError: What cannot be learnt from.
        SettingsError: A setting that does not fit.
        ModelFileError: A file cannot be written.
        Interrupted: Ctrl-C; the checkpoint is written.
    """
    folder, start = Path(folder), time.monotonic()
    forecaster.fit(data, target, folder=folder, resume=resume, progress=progress, **columns)
    trained = time.monotonic() - start
    files = stored_table(data)
    judged = forecaster if files is None else judged_by_some(forecaster, files)
    stride = max(1, len(judged.rolling(None, "test", 1)[1]) // TEST_ORIGINS)
    series, origins = judged.rolling(None, "test", stride)
    frame = judged.trained_.forecast(series, origins)
    metrics = judged.measure(frame, series, origins)
    result = _result(judged, metrics, len(origins), trained, title)
    if not is_first():
        return result
    with kept_in(folder):
        write_run(folder, forecaster, result, frame)
        write_report(folder, _report(judged, result, frame, again))
    (folder / CHECKPOINT).unlink(missing_ok=True)
    return result


def _result(
    forecaster: Forecaster, metrics: Metrics, origins: int, seconds: float, title: str | None
) -> dict[str, Any]:
    targets = ", ".join(forecaster.columns_.target)
    return {
        "title": title or f"Forecast of {targets}",
        **metrics,
        "seconds": round(seconds, 1),
        "num_parameters": forecaster.num_parameters_,
        "test_origins": origins,
        "settings": _plain_settings(forecaster),
        "notices": list(forecaster.notices_),
    }


def _plain_settings(forecaster: Forecaster) -> dict[str, Any]:
    """Settings as they took effect, in plain values."""
    settings = forecaster.get_params()
    cell, split = settings["cell"], settings["split"]
    return settings | {
        "cell": cell.name if isinstance(cell, Cell) else cell,
        "lookback": forecaster.lookback_,
        "season": forecaster.season_,
        "hidden_size": forecaster.chosen.hidden_size,
        "dropout": forecaster.chosen.dropout,
        "epochs": forecaster.chosen.epochs,
        "batch_size": forecaster.chosen.batch_size,
        "learning_rate": forecaster.chosen.learning_rate,
        "quantiles": list(forecaster.levels),
        "split": split if isinstance(split, str) else list(split),
    }


def _report(
    forecaster: Forecaster, result: dict[str, Any], frame: pl.DataFrame, again: Sequence[str]
) -> Any:
    split = forecaster.split_[0]
    return {
        "title": result["title"],
        "history": forecaster.history_.to_dict(),
        "series": [
            {"name": one.name, "time": one.time, "target": one.target} for one in forecaster.series_
        ],
        "split": {
            "train_end": split.train_end,
            "valid_end": split.valid_end,
            "test_end": split.test_end,
        },
        "targets": list(forecaster.columns_.target),
        "frame": frame,
        "metrics": {"overall": result["overall"], "by_step": result["by_step"]},
        "quantiles": list(forecaster.levels),
        "settings": {
            name: value for name, value in result["settings"].items() if value is not None
        },
        "notices": result["notices"],
        "season": forecaster.season_,
        "frequency": "" if forecaster.frequency_.kind == "number" else forecaster.frequency_.label,
        "again": list(again),
    }
