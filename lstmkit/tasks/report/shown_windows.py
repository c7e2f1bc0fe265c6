"""Which windows of the test part a report shows: best, median and worst, and some between."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from lstmkit.tasks.report.drawing import ShownSeries, short


@dataclass(frozen=True)
class ShownWindow:
    """One forecast from one origin.

    Attributes:
        name: Series and target, each where there are several to tell apart.
        note: "best", "median", "worst" or "".
        error: Mean absolute error where there is truth, NaN where there is none.
        table: Its rows of the long forecast table, by step.
        past_time: Times up to the origin, shape (past,); datetime64 in UTC or integers.
        past_value: The target at these times, shape (past,); NaN where missing.
    """

    name: str
    note: str
    error: float
    table: pl.DataFrame
    past_time: np.ndarray
    past_value: np.ndarray

    @property
    def origin(self) -> np.ndarray:
        """Time of the last known row, shape (1,); in UTC where there is a zone."""
        return self.table["origin"].head(1).to_numpy()

    @property
    def zone(self) -> str | None:
        """Time zone whose clock the axis shall show."""
        return getattr(self.table.schema["origin"], "time_zone", None)

    def values(self, column: str) -> np.ndarray:
        """One column by step, shape (step,); missing numbers are NaN, times in UTC."""
        return self.table[column].to_numpy()


def known_truth(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a long forecast table whose truth is known."""
    return frame.filter(pl.col("truth").cast(pl.Float64).is_finite())


def bands(quantiles: Sequence[float]) -> list[tuple[float, float]]:
    """Pairs a level below the median with one above it, widest first.

    Example:
        >>> bands([0.1, 0.25, 0.5, 0.75, 0.9])
        [(0.1, 0.9), (0.25, 0.75)]
    """
    low = sorted(level for level in quantiles if level < 0.5)
    high = sorted((level for level in quantiles if level > 0.5), reverse=True)
    return list(zip(low, high, strict=False))


def choose_windows(
    frame: pl.DataFrame,
    series: Sequence[ShownSeries],
    targets: Sequence[str],
    past: int,
    most: int = 6,
) -> list[ShownWindow]:
    """Chooses the windows to show: the best, the median and the worst, the rest spread over time.

    Windows of several targets or series are compared by error over the spread of the truth. Only
    windows with as much known truth as any are called best, median or worst.

    Args:
        frame: Long table with columns series, origin, time, step, target, truth, forecast.
        series: Where the past of a window is found, by name.
        targets: Names of the columns of each series' target.
        past: How many steps to show before the origin.
        most: How many windows, at least 3.

    Returns:
        The windows in the order of their origins; an empty list for an empty table.
    """
    windows = _errors(frame).sort("origin", "series", "target")
    notes = _notes(windows)
    rest = [row for row in range(len(windows)) if row not in notes]
    free = np.linspace(0, len(rest) - 1, min(most - len(notes), len(rest))).round().astype(int)
    several = [key for key in ("series", "target") if windows[key].n_unique() > 1]
    named = {one["name"]: one for one in series}
    shown = []
    for row in sorted({*notes, *(rest[place] for place in free)}):
        found = windows.row(row, named=True)
        keys = [pl.col(key) == found[key] for key in ("series", "target", "origin")]
        table = frame.filter(*keys).sort("step").with_columns(pl.col("truth").cast(pl.Float64))
        window = ShownWindow(
            " · ".join(short(found[key], 16) for key in several),
            notes.get(row, ""),
            np.nan if found["error"] is None else found["error"],
            table,
            *_past(table, named.get(found["series"]), targets, past),
        )
        shown.append(window)
    return shown


def _past(
    table: pl.DataFrame, series: ShownSeries | None, targets: Sequence[str], past: int
) -> tuple[np.ndarray, np.ndarray]:
    origin = table["origin"].head(1).to_numpy()
    if series is None:
        return origin, np.array([np.nan])
    end = int(np.searchsorted(series["time"], origin[0], side="right"))
    rows = slice(max(0, end - past), end)
    column = list(targets).index(table["target"][0])
    return series["time"][rows], series["target"][rows, column]


def _errors(frame: pl.DataFrame) -> pl.DataFrame:
    """A row for each window: its error, also over the spread of the truth, and its known steps."""
    truth = pl.col("truth").cast(pl.Float64).fill_nan(None)
    spread = pl.when(truth.std() > 0).then(truth.std()).otherwise(1.0).over("series", "target")
    missed = (truth - pl.col("forecast")).abs()
    return (
        frame.with_columns(missed=missed, relative=missed / spread)
        .group_by("series", "target", "origin")
        .agg(
            error=pl.col("missed").mean(),
            relative=pl.col("relative").mean(),
            known=pl.col("missed").count(),
        )
    )


def _notes(windows: pl.DataFrame) -> dict[int, str]:
    """Row number of the best, median and worst window, where there are enough to compare."""
    judged = (
        windows.with_row_index("row")
        .filter(pl.col("known") > 0, pl.col("known") == pl.col("known").max())
        .sort("relative", maintain_order=True)["row"]
        .to_list()
    )
    if len(judged) < 2:
        return {}
    notes = {judged[0]: "best", judged[-1]: "worst"}
    if len(judged) > 2:
        notes[judged[len(judged) // 2]] = "median"
    return notes
