"""The figures show what they must, whatever the run looks like."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure
from PIL import Image

from lstmkit.tasks.report.anomaly_figure import Shown, anomaly_figure
from lstmkit.tasks.report.class_story import curves_section
from lstmkit.tasks.report.data_figure import data_figure, rows_per_point
from lstmkit.tasks.report.drawing import (
    NARROW,
    WIDE,
    along,
    new_figure,
    number,
    short,
    spread,
    time_axis,
)
from lstmkit.tasks.report.figures import calibration_figure, loss_figure, step_figure
from lstmkit.tasks.report.forecast_figure import forecast_figure
from lstmkit.tasks.report.picture import save_png, to_svg
from lstmkit.tasks.report.run import Run
from lstmkit.tasks.report.section import loss_section
from lstmkit.tasks.report.shown_windows import ShownWindow, bands, choose_windows, known_truth

MakeRun = Callable[..., Run]


def words(figure: Figure) -> set[str]:
    """Everything written in a figure, but for the numbers at its axes."""
    figure.draw_without_rendering()
    texts = [text for axes in figure.axes for text in axes.texts]
    texts += [title for axes in figure.axes for title in (axes._left_title, axes._right_title)]
    texts += [axis.label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    texts += [text for legend in figure.legends for text in legend.get_texts()]
    return {text.get_text() for text in texts if text.get_text()}


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of written texts of a figure, numbers at the axes included, that share a place."""
    figure.draw_without_rendering()
    texts = []
    for axes in figure.axes:
        texts += [*axes.texts, axes._left_title, axes._right_title]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            texts += [axis.label, *(tick.label1 for tick in ticks if tick.label1.get_visible())]
    boxes = {text: text.get_window_extent() for text in texts if text.get_text()}
    return [
        (one.get_text(), other.get_text())
        for one, other in itertools.combinations(boxes, 2)
        if boxes[one].overlaps(boxes[other])
    ]


def windows(run: Run) -> list[ShownWindow]:
    return choose_windows(run["frame"], run["series"], run["targets"], past=24)


def test_the_data_figure_shows_the_series_and_names_its_three_parts(made_up_run: MakeRun) -> None:
    run = made_up_run()
    figure = data_figure(run["series"][0], run["targets"], run["split"])
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), run["series"][0]["target"][:, 0])
    assert {"training\n240 rows", "validation\n80 rows", "test\n80 rows", "y"} <= words(figure)
    time = along(run["series"][0]["time"])
    assert [patch.get_x() for patch in axes.patches] == [time[240], time[320]]


def test_a_long_series_is_drawn_as_mean_and_range(made_up_run: MakeRun) -> None:
    series = made_up_run()["series"][0]
    rows = 20_000
    value = np.tile([1.0, 2.0, 6.0, np.nan], rows // 4)
    series = {**series, "time": np.arange(rows), "target": value[:, None]}
    split = {"train_end": 10_000, "valid_end": 15_000, "test_end": rows}
    (axes,) = data_figure(series, ["y"], split, season=4).axes
    assert rows_per_point(rows, 4) % 4 == 0
    np.testing.assert_allclose(axes.lines[0].get_ydata(), 3.0)
    assert axes.collections[0].get_datalim(axes.transData).intervaly.tolist() == [1.0, 6.0]


def test_a_stretch_without_values_leaves_a_gap_in_a_long_series(made_up_run: MakeRun) -> None:
    series = {"name": "s", "time": np.arange(5000), "target": np.ones((5000, 1))}
    series["target"][1000:2000] = np.nan
    (axes,) = data_figure(series, ["y"], made_up_run()["split"]).axes
    drawn = axes.lines[0].get_ydata()
    assert np.isnan(drawn).any()
    assert np.isfinite(drawn).any()


def test_many_targets_get_a_panel_each_up_to_four(made_up_run: MakeRun) -> None:
    run = made_up_run(targets=tuple("abcdefg"))
    figure = data_figure(run["series"][0], run["targets"], run["split"])
    assert [axes.get_ylabel() for axes in figure.axes] == ["a", "b", "c", "d"]


def test_an_empty_validation_part_is_not_named(made_up_run: MakeRun) -> None:
    run = made_up_run()
    split = {"train_end": 320, "valid_end": 320, "test_end": 400}
    written = words(data_figure(run["series"][0], run["targets"], split))
    assert not any(text.startswith("validation") for text in written)


def test_the_loss_figure_marks_the_best_epoch() -> None:
    figure = loss_figure([1.0, 0.6, 0.4], [1.1, 0.7, 0.8], best_epoch=2)
    assert {"training", "validation", "best epoch: 2, loss 0.7", "epoch", "loss"} <= words(figure)
    marked = figure.axes[0].lines[-1]
    assert (marked.get_xdata()[0], marked.get_ydata()[0]) == (2, 0.7)


def test_a_loss_of_the_same_data_is_not_called_validation() -> None:
    history = {"train_loss": [1.0, 0.6], "valid_loss": [1.1, 0.7], "best_epoch": 2}
    history |= {"stopped": "epochs", "held_out": False}
    section = loss_section(history)
    assert "Nothing was held out" in section.read
    assert "validation" not in section.alt
    assert "at rest" in words(section.draw())


def test_an_alarm_is_a_dot_on_the_channel_that_surprised_most() -> None:
    causes = np.zeros((50, 2), bool)
    causes[20, 1] = True
    shown = Shown("s", 1, ["still", "jumps"], np.zeros((50, 2)), np.zeros(50), causes, None)
    still, jumps, _ = anomaly_figure(shown, 3.0).axes
    dots = [[line for line in axis.lines if line.get_marker() == "."] for axis in (still, jumps)]
    assert [line.get_xdata().tolist() for (line,) in dots] == [[], [21]]


def test_each_label_is_found_by_curves_of_its_own() -> None:
    random = np.random.default_rng(0)
    places = random.integers(0, 3, 200)
    chances = random.dirichlet(np.ones(4), 200)
    chances[np.arange(200), places] += 0.5
    section = curves_section(chances / 1.5, places, ["a", "b", "c", "never"])
    left, right = section.draw().axes
    assert [len(axis.texts) for axis in (left, right)] == [3, 3]
    assert len(left.lines) == 4
    assert "never" not in section.alt
    assert curves_section(chances, np.zeros(200, int), ["a", "b", "c", "never"]) is None


def test_losses_over_orders_of_magnitude_get_a_logarithmic_axis() -> None:
    assert loss_figure([100.0, 1.0, 0.1], [90.0, 2.0, 0.2], 3).axes[0].get_yscale() == "log"
    assert loss_figure([1.0, 0.5], [1.0, 0.6], 2).axes[0].get_yscale() == "linear"
    assert loss_figure([9.0, -0.5], [9.0, -0.6], 2).axes[0].get_yscale() == "linear"


def test_without_validation_the_training_loss_is_judged() -> None:
    assert "best epoch: 2, loss 0.5" in words(loss_figure([1.0, 0.5], [], 2))


def test_a_forecast_panel_shows_past_truth_forecast_and_every_band(made_up_run: MakeRun) -> None:
    run = made_up_run()
    shown = windows(run)
    figure = forecast_figure(shown, run["quantiles"])
    assert len(figure.axes) == len(shown) == 6
    axes, window = figure.axes[0], shown[0]
    origin, past, truth, forecast = axes.lines
    assert origin.get_xdata()[0] == along(window.origin)[0] == past.get_xdata()[-1]
    assert len(past.get_xdata()) == 24
    np.testing.assert_array_equal(truth.get_ydata()[1:], window.values("truth"))
    np.testing.assert_array_equal(forecast.get_ydata(), window.values("forecast"))
    assert len(axes.collections) == 2
    assert {"past", "truth", "forecast", "80% band", "50%"} <= words(figure)


def test_best_median_and_worst_window_are_among_the_shown_and_named(made_up_run: MakeRun) -> None:
    run = made_up_run(stride=3)
    missed = pl.col("truth") - pl.col("forecast")
    errors = run["frame"].group_by("origin").agg(error=missed.abs().mean()).sort("error")["error"]
    shown = {window.note: window.error for window in windows(run)}
    assert shown["best"] == pytest.approx(errors[0])
    assert shown["median"] == pytest.approx(errors[len(errors) // 2])
    assert shown["worst"] == pytest.approx(errors[-1])
    written = " ".join(words(forecast_figure(windows(run), run["quantiles"])))
    assert all(word in written for word in ("Best · from", "Median · from", "Worst · from"))


def test_windows_of_targets_of_different_size_are_compared_fairly(made_up_run: MakeRun) -> None:
    run = made_up_run(targets=("small", "large"))
    # in its own size the small target is forecast far worse, though its error is the smaller number
    worse = pl.when(pl.col("target") == "small").then(1.0).otherwise(0.0)
    run["frame"] = run["frame"].with_columns(forecast=pl.col("truth") + worse)
    worst = next(window for window in windows(run) if window.note == "worst")
    assert worst.name == "small"


def test_a_window_with_little_truth_is_never_called_best(made_up_run: MakeRun) -> None:
    run = made_up_run()
    last = run["frame"]["origin"].max()
    perfect = pl.when(pl.col("step") == 1).then(pl.col("forecast"))
    truth = pl.when(pl.col("origin") == last).then(perfect).otherwise(pl.col("truth"))
    run["frame"] = run["frame"].with_columns(truth=truth)
    (window,) = [window for window in windows(run) if window.table["origin"][0] == last]
    assert window.error == 0
    assert window.note == ""


def test_one_window_fills_the_figure_and_needs_no_rank(made_up_run: MakeRun) -> None:
    run = made_up_run(stride=500)
    (window,) = windows(run)
    assert window.note == ""
    assert len(forecast_figure([window], run["quantiles"]).axes) == 1


def test_times_with_a_zone_are_written_by_its_clock(made_up_run: MakeRun) -> None:
    run = made_up_run()
    times = ("origin", "time")
    in_utc = [pl.col(name).dt.replace_time_zone("UTC") for name in times]
    in_tokyo = [pl.col(name).dt.convert_time_zone("Asia/Tokyo") for name in times]
    run["frame"] = run["frame"].with_columns(in_utc).with_columns(in_tokyo)
    axes = forecast_figure(windows(run)[:1], run["quantiles"]).axes[0]
    assert axes.lines[1].get_xdata()[-1] == along(windows(run)[0].origin)[0]
    assert str(axes.xaxis.get_major_locator().tz) == "Asia/Tokyo"


def test_dates_without_a_time_of_day_are_shown(made_up_run: MakeRun) -> None:
    run = made_up_run()
    dates = [pl.col(name).cast(pl.Date) for name in ("origin", "time")]
    run["frame"] = run["frame"].with_columns(dates)
    shown = windows(run)[0]
    assert len(shown.past_time) == 24
    assert shown.past_time[-1] == shown.origin[0]
    written = words(forecast_figure([shown], run["quantiles"]))
    assert any(text.endswith("from 16 Nov 2023") for text in written)


def test_an_odd_number_of_windows_leaves_no_empty_panel(made_up_run: MakeRun) -> None:
    run = made_up_run()
    assert len(forecast_figure(windows(run)[:3], run["quantiles"]).axes) == 3


def test_a_horizon_of_one_step_is_drawn_as_points_and_bars(made_up_run: MakeRun) -> None:
    run = made_up_run(horizon=1)
    axes = forecast_figure(windows(run), run["quantiles"]).axes[0]
    assert [line.get_marker() for line in axes.lines[2:]] == ["o", "o"]
    bars = [path.vertices[:, 1] for lines in axes.collections for path in lines.get_paths()]
    low, high = windows(run)[0].values("q0.1")[0], windows(run)[0].values("q0.9")[0]
    assert any(np.allclose(bar, [low, high]) for bar in bars if len(bar) == 2)


def test_forecasts_without_truth_or_known_series_are_still_drawn(made_up_run: MakeRun) -> None:
    run = made_up_run(truth=False)
    shown = choose_windows(run["frame"], [], run["targets"], past=24)
    figure = forecast_figure(shown, run["quantiles"])
    assert not any("MAE" in text for text in words(figure))
    assert np.isfinite(figure.axes[0].lines[-1].get_ydata()).all()


def test_an_empty_table_has_no_windows(made_up_run: MakeRun) -> None:
    run = made_up_run()
    assert choose_windows(run["frame"].clear(), run["series"], run["targets"], past=24) == []


def test_no_more_bands_than_pairs_of_quantiles() -> None:
    assert bands([0.5]) == []
    assert bands([0.5, 0.9]) == []
    assert bands([0.9, 0.1, 0.2, 0.5]) == [(0.1, 0.9)]


def test_the_step_figure_has_a_labelled_line_for_each_baseline() -> None:
    errors = {"lstm": [1.0, 2.0], "seasonal_naive": [2.0, 3.0], "naive": [np.nan, np.nan]}
    figure = step_figure(errors, step="1 day", unit="y")
    assert len(figure.axes[0].lines) == 2
    expected = {
        "lstm",
        "seasonal naive",
        "steps ahead (one step: 1 day)",
        "mean absolute error\n(y)",
    }
    assert words(figure) == expected
    assert figure.axes[0].get_ylim()[0] == 0


def test_calibration_counts_the_truth_below_quantiles_and_inside_bands() -> None:
    truth = np.arange(100) / 100
    frame = pl.DataFrame({"truth": truth, "step": [1, 2] * 50}).with_columns(
        pl.lit(0.095).alias("q0.1"), pl.lit(0.495).alias("q0.5"), pl.lit(0.695).alias("q0.9")
    )
    reliability, coverage = calibration_figure(frame, [0.1, 0.5, 0.9]).axes
    np.testing.assert_allclose(reliability.lines[-1].get_ydata(), [0.1, 0.5, 0.7])
    np.testing.assert_allclose(coverage.lines[0].get_ydata(), 0.8)
    np.testing.assert_allclose(coverage.lines[1].get_ydata(), [0.6, 0.6])


def test_calibration_leaves_out_rows_without_truth(made_up_run: MakeRun) -> None:
    frame = made_up_run()["frame"]
    holes = pl.when(pl.col("step") == 1).then(None).otherwise(pl.col("truth"))
    frame = frame.with_columns(truth=holes)
    assert known_truth(frame)["step"].min() == 2
    assert known_truth(frame.with_columns(truth=pl.lit(float("nan")))).is_empty()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_labels_never_overlap(made_up_run: MakeRun, width: float) -> None:
    names = ("a_column_with_a_very_long_name", "another_column_with_a_long_name")
    run = made_up_run(targets=names, series=("the_first_of_the_series", "the_second"))
    errors = {
        "model": [1.0, 1.0],
        "naive": [1.01, 1.01],
        "seasonal_naive": [0.99, 0.99],
        "drift": [1, 1],
    }
    short_parts = {"train_end": 370, "valid_end": 385, "test_end": 400}
    for figure in (
        data_figure(run["series"][0], names, run["split"], width=width),
        data_figure(run["series"][0], names, short_parts, width=width),
        loss_figure([1.0, 0.5, 0.5], [1.0, 0.5, 0.501], 3, width=width),
        forecast_figure(windows(run), run["quantiles"], width=width),
        step_figure(errors, "1 day", "y", width=width),
        calibration_figure(run["frame"], run["quantiles"], width=width),
    ):
        assert overlaps(figure) == []


@pytest.mark.parametrize("days", [0.001, 0.04, 0.2, 2.5, 9, 80, 1000, 9000])
def test_a_time_axis_fits_any_span(days: float) -> None:
    start = np.datetime64("2015-01-26T13:30", "us")
    time = start + (np.linspace(0, days, 20) * 86_400e6).astype("timedelta64[us]")
    figure, (axis,) = new_figure(NARROW, 2.0)
    axis.plot(along(time), np.arange(20))
    time_axis(axis, time, ticks=7)
    figure.draw_without_rendering()
    assert 2 <= len(axis.xaxis.get_majorticklocs()) <= 8
    assert overlaps(figure) == []


def test_labels_that_touch_would_be_found() -> None:
    figure = loss_figure([1.0, 0.5], [1.0, 0.6], 2)
    figure.axes[0].text(0.5, 0.5, "one", transform=figure.axes[0].transAxes)
    figure.axes[0].text(0.5, 0.51, "two", transform=figure.axes[0].transAxes)
    assert overlaps(figure) == [("one", "two")]


@pytest.mark.parametrize("heights", [[0.5] * 4, [0, 0, 1, 1], [1.2, -0.3, 0.5], [0.31, 0.3, 0.29]])
def test_spread_keeps_order_and_distance_within_the_axis(heights: list[float]) -> None:
    places = spread(heights, gap=0.1)
    order = np.argsort(heights, kind="stable")
    assert (np.diff(np.array(places)[order]) >= 0.1 - 1e-9).all()
    assert 0 <= min(places) <= max(places) <= 1


def test_names_are_shortened_and_made_printable() -> None:
    assert short("temperature") == "temperature"
    assert short("x" * 50, 10) == "x" * 9 + "…"
    assert short("a\nb\x00") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"


def test_numbers_that_are_none_are_a_dash() -> None:
    assert number(float("nan")) == number(float("inf")) == "\N{EN DASH}"
    assert number(0) == "0"


def test_a_png_is_drawn_at_twice_the_size_of_the_page(tmp_path: Path) -> None:
    save_png(loss_figure([1.0], [1.0], 1), tmp_path / "loss.png")
    with Image.open(tmp_path / "loss.png") as image:
        assert image.size[0] == round(WIDE * 200)
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_an_svg_takes_its_colours_and_fonts_from_the_page() -> None:
    svg = to_svg(loss_figure([1.0, 0.5], [1.0, 0.6], 2), key="loss")
    assert svg.startswith("<svg viewBox=")
    assert "var(--model)" in svg
    assert "var(--font)" in svg
    assert not re.search(r"#[0-9a-f]{6}|DejaVu|<!--|<style|http", svg)
    assert svg == to_svg(loss_figure([1.0, 0.5], [1.0, 0.6], 2), key="loss")


def test_ids_of_two_svgs_never_meet() -> None:
    def ids(key: str) -> set[str]:
        return set(re.findall(r' id="([^"]+)"', to_svg(loss_figure([1.0], [1.0], 1), key)))

    assert ids("one")
    assert not ids("one") & ids("two")


def test_what_a_name_says_is_never_taken_for_drawing() -> None:
    name = '#1b2733 id="text_1" 0.12345 $x^2$'
    svg = to_svg(step_figure({"model": [1.0, 2.0]}, step=name), key="steps")
    assert name[:20] in svg.replace("&quot;", '"')


def test_drawing_leaves_matplotlib_as_it_was(tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    figure = loss_figure([1.0], [1.0], 1)
    save_png(figure, tmp_path / "loss.png")
    to_svg(figure, "loss")
    assert dict(matplotlib.rcParams) == before
