"""Series are read whole, and each thing wrong with a table is told with its column and row."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest

from lstmkit.data import Columns, read_series
from lstmkit.errors import DataError, SettingsError

START = datetime(2024, 1, 1)


def hours(count: int, skip: tuple[int, ...] = ()) -> list[datetime]:
    return [START + timedelta(hours=i) for i in range(count) if i not in skip]


def refused(table, message, *, gaps="error", **columns):
    columns.setdefault("target", "y")
    with pytest.raises(DataError, match=message) as caught:
        read_series(table, Columns.of(**columns), gaps=gaps)
    return str(caught.value)


def test_each_part_of_a_table_lands_in_its_array():
    table = {
        "day": [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)],
        "a": [1, 2, 3],
        "b": [1.5, None, 3.5],
        "heat": [9.0, 8.0, None],
        "open": [True, False, True],
        "town": ["Ulm", "Ulm", "Ulm"],
    }
    columns = Columns.of(["a", "b"], "day", past="heat", known="open", static="town")
    found = read_series(table, columns)
    one = found[0]
    assert (len(found), len(one), found.names) == (1, 3, ("series",))
    np.testing.assert_array_equal(one.target, [[1, 1.5], [2, np.nan], [3, 3.5]])
    np.testing.assert_array_equal(one.past, [[9], [8], [np.nan]])
    np.testing.assert_array_equal(one.known, [[1], [0], [1]])
    assert one.category == ("Ulm",)
    assert one.time.dtype == np.dtype("datetime64[us]")
    assert found.frequency.label == "1 day"
    assert found.notices == (
        "Column 'b': 1 of 3 values is missing.",
        "Column 'heat': 1 of 3 values is missing.",
    )


def test_several_series_keep_their_first_order_and_their_lengths():
    table = pl.DataFrame(
        {
            "shop": ["b", "a", "b", "a", "b"],
            "hour": [1, 5, 2, 6, 3],
            "y": [1.0, 10.0, 2.0, 20.0, 3.0],
        }
    )
    found = read_series(table, Columns.of("y", "hour", "shop"))
    assert found.names == ("b", "a")
    assert [one.target.ravel().tolist() for one in found] == [[1, 2, 3], [10, 20]]
    assert [one.time.tolist() for one in found] == [[1, 2, 3], [5, 6]]


def test_series_named_by_numbers_are_named_by_text():
    found = read_series({"shop": [7, 7, 9, 9], "y": [1, 2, 3, 4]}, Columns.of("y", series="shop"))
    assert found.names == ("7", "9")


def test_text_that_is_numbers_and_categories_of_text_are_read():
    table = pl.DataFrame({"t": ["2024-01-01", "2024-01-02"], "y": ["1.5", " 2"]})
    table = table.with_columns(pl.col("t").cast(pl.Categorical))
    assert read_series(table, Columns.of("y", "t"))[0].target.ravel().tolist() == [1.5, 2.0]


def test_a_zone_is_kept_and_times_are_in_utc():
    time = pd.date_range("2024-03-31", periods=4, freq="h", tz="Europe/Berlin")
    found = read_series(pd.DataFrame({"t": time, "y": range(4)}), Columns.of("y", "t"))
    assert found[0].time[0] == np.datetime64("2024-03-30T23:00")
    assert found.frequency.label == "1 hour"
    written = found.frequency.clock.written(found[0].time)
    assert written.to_list() == list(time.to_pydatetime())


def test_days_of_23_hours_are_days():
    time = pd.date_range("2024-03-29", periods=5, freq="D", tz="Europe/Berlin")
    found = read_series(pd.DataFrame({"t": time, "y": range(5)}), Columns.of("y", "t"))
    assert found.frequency.label == "1 day"
    after = found.frequency.clock.written(found.frequency.future(found[0].time[-1], 2))
    assert after.dt.hour().to_list() == [0, 0]


def test_without_a_time_column_rows_are_the_steps():
    found = read_series(np.array([3.0, 1.0, 2.0]), Columns.of("column_0"))
    assert found[0].time.tolist() == [0, 1, 2]
    assert found.frequency.label == "1 step"


def test_gaps_are_refused_with_the_first_and_their_number():
    table = {"t": hours(9, skip=(3, 4, 6)), "y": range(6)}
    message = refused(
        table,
        r"a row every 1 hour in time column 't', got 2 gaps with 3 missing rows, the first after "
        r"2024-01-01 02:00:00 \(row 3 \(counted from 1\)\)",
        time="t",
    )
    assert 'gaps="fill" (--gaps fill)' in message


def test_gaps_are_filled_with_missing_values_and_told():
    table = {"t": hours(9, skip=(3, 4, 6)), "y": range(6), "z": range(6)}
    found = read_series(table, Columns.of("y", "t", known="z"), gaps="fill")
    nan = np.nan
    np.testing.assert_array_equal(found[0].target[:, 0], [0, 1, 2, nan, nan, 3, nan, 4, 5])
    np.testing.assert_array_equal(found[0].known, found[0].target)
    assert found[0].time.tolist() == hours(9)
    assert found.notices == ("Column 't': 2 gaps were filled with 3 rows of missing values.",)


def test_a_gap_is_told_by_the_clock_on_the_wall():
    time = pd.date_range("2024-07-01", periods=6, freq="h", tz="Europe/Berlin").delete(3)
    table = pd.DataFrame({"t": time, "y": range(5)})
    refused(table, r"the first after 2024-07-01 02:00:00 \(row 3", time="t")


def test_a_gap_too_wide_to_fill_is_refused():
    table = {"t": [1, 2, 3, 10**9], "y": [1, 2, 3, 4]}
    refused(table, "more than can be filled sensibly", time="t", gaps="fill")


def test_months_quarters_years_and_working_days_have_no_gaps():
    for freq, label in [
        ("MS", "1 month"),
        ("ME", "1 month"),
        ("QE", "1 quarter"),
        ("YS", "1 year"),
        ("B", "1 weekday"),
        ("W", "1 week"),
    ]:
        time = pd.date_range("2020-01-01", periods=20, freq=freq)
        found = read_series(pd.DataFrame({"t": time, "y": range(20)}), Columns.of("y", "t"))
        assert found.frequency.label == label, freq
        more = pd.date_range("2020-01-01", periods=26, freq=freq)[20:]
        future = found.frequency.future(found[0].time[-1], 6)
        assert future.tolist() == list(more.to_pydatetime()), freq


def test_a_gap_in_months_is_a_gap():
    time = [date(2024, month, 1) for month in (1, 2, 3, 5, 6)]
    refused({"t": time, "y": range(5)}, r"every 1 month .* 1 gap with 1 missing row", time="t")


def test_an_uneven_time_is_refused():
    time = hours(6)
    time[2] += timedelta(minutes=17)
    refused(
        {"t": time, "y": range(6)},
        "every 1 hour .*, got 2024-01-01 02:17:00 after 2024-01-01 01:00:00 in row 3",
        time="t",
    )


def test_rows_out_of_order_are_refused():
    time = hours(4)
    time[1], time[2] = time[2], time[1]
    refused(
        {"t": time, "y": range(4)},
        "to run forward, got 2024-01-01 01:00:00 after 2024-01-01 02:00:00 in row 3 .*Sort",
        time="t",
    )


def test_a_time_given_twice_is_refused_and_series_are_suggested():
    table = {"shop": list("aabb"), "t": [1, 2, 2, 2], "y": [1, 2, 3, 4]}
    refused(table, "got 2 a second time in row 3 .* tells several series apart", time="t")
    message = refused(table, "row 4 .* of series 'b'", time="t", series="shop")
    assert "tells several" not in message


def test_an_absent_column_is_refused_with_a_near_name():
    refused({"units": [1, 2]}, r"expected target column 'unit', got .*Did you mean", target="unit")
    refused({"y": [1, 2]}, "expected time column 'when'", time="when")


def test_text_among_numbers_is_refused_with_its_row(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("y\n1\n2\nlots\n4\nmany\n")
    refused(
        path,
        r"^sales\.csv: expected numbers in target column 'y', got 'lots' in row 3 of the file "
        r"\(header not counted\)",
    )
    path.write_text("y;z\n1,5;2\n2,5;3\n")
    refused(path, "got '1,5' in row 1 .*Write decimals with a point")


def test_dates_in_place_of_numbers_are_refused():
    refused({"y": hours(3)}, "expected numbers in target column 'y', got dates or times")


def test_infinities_are_refused_with_their_row():
    refused({"y": [1.0, 2.0, -np.inf, np.inf]}, "got -inf in row 3 .* and in 1 more")
    table = {"y": [1.0, 2.0], "z": [1.0, np.inf]}
    refused(table, "past column 'z', got inf in row 2", past="z")


def test_a_column_without_values_is_refused():
    refused({"y": [None, None]}, "expected values in target column 'y', got none in 2 rows")
    table = {"y": [1.0, 2.0], "z": [np.nan, np.nan]}
    refused(table, "expected values in known column 'z', got none", known="z")


def test_a_series_without_values_is_refused_by_name():
    table = {"shop": list("aabb"), "y": [1.0, 2.0, None, None]}
    refused(table, "of series 'b', got none in its 2 rows from row 3", series="shop")


def test_a_constant_target_is_refused_when_there_is_nothing_else():
    refused({"y": [4.0, 4.0, None]}, "'y' that varies, got 4 in every row")
    table = {"shop": list("aabb"), "y": [4.0, 4.0, 5.0, 5.0]}
    refused(table, "that varies", series="shop")
    table["y"][3] = 6.0
    found = read_series(table, Columns.of("y", series="shop"))
    assert found.notices == ("Column 'y': the target never changes in 1 of 2 series.",)


def test_data_to_forecast_from_may_be_constant_and_short():
    columns = Columns.of("y", "t", past="z")
    learnt = read_series({"t": hours(3), "y": [1, 2, 3], "z": [1, 2, 3]}, columns)
    now = {"t": hours(1), "y": [4.0], "z": [None]}
    found = read_series(now, columns, learning=False, frequency=learnt.frequency)
    assert (len(found[0]), found.frequency) == (1, learnt.frequency)


def test_data_of_another_step_than_learnt_is_refused():
    learnt = read_series({"t": hours(3), "y": [1, 2, 3]}, Columns.of("y", "t")).frequency
    daily = {"t": [date(2024, 1, day) for day in (1, 2, 3)], "y": [1, 2, 3]}
    with pytest.raises(DataError, match="a row every 1 hour"):
        read_series(daily, Columns.of("y", "t"), frequency=learnt)
    counted = {"t": [1, 2, 3], "y": [1, 2, 3]}
    with pytest.raises(DataError, match=r"expected dates or times .* got whole numbers"):
        read_series(counted, Columns.of("y", "t"), frequency=learnt)


def test_data_to_forecast_from_may_name_another_zone():
    columns = Columns.of("y", "t")
    berlin = pd.date_range("2024-03-01", periods=3, freq="D", tz="Europe/Berlin")
    tokyo = pd.date_range("2024-03-30", periods=3, freq="D", tz="Asia/Tokyo")
    learnt = read_series(pd.DataFrame({"t": berlin, "y": range(3)}), columns)
    table = pd.DataFrame({"t": tokyo, "y": range(3)})
    found = read_series(table, columns, frequency=learnt.frequency)
    assert found.frequency.clock.written(found[0].time).to_list() == list(tokyo.to_pydatetime())


def test_one_row_is_too_few():
    refused({"y": [1.0]}, "expected at least 2 rows of a series, got 1")


def test_a_row_without_a_series_is_refused():
    refused({"shop": ["a", None, "a"], "y": [1, 2, 3]}, "none in row 2", series="shop")


def test_a_static_value_that_changes_is_refused():
    table = {"town": ["Ulm", "Ulm", "Bonn"], "y": [1, 2, 3]}
    refused(table, "'town' for a whole series, got 'Ulm' and then 'Bonn' in row 3", static="town")


def test_a_column_in_two_parts_is_refused():
    with pytest.raises(SettingsError, match="got 'y' as target and as past"):
        Columns.of("y", past="y")
    with pytest.raises(SettingsError, match="at least one target"):
        Columns.of(())


@pytest.mark.compile
def test_another_word_for_gaps_is_refused():
    with pytest.raises(SettingsError, match="'error' or 'fill', got 'drop'"):
        read_series({"y": [1, 2]}, Columns.of("y"), gaps="drop")
