"""Data sets are what their checksums say, and their absence tells where to get them."""

import os
from pathlib import Path

import polars as pl
import pytest

from lstmkit.data import Columns, read_series
from lstmkit.data.datasets import (
    DATASETS,
    FOLDER_VARIABLE,
    etth1,
    exchange_rate,
    find,
    nyc_taxi,
    nyc_taxi_path,
)
from lstmkit.data.download import download, sha256
from lstmkit.errors import DataError, SettingsError


@pytest.fixture
def folder():
    beside = Path(__file__).parents[2].parent / "shared" / "data"
    found = Path(os.environ.get(FOLDER_VARIABLE, beside))
    if not (found / "ett").is_dir():
        pytest.skip(f"needs a folder of data sets: set {FOLDER_VARIABLE}")
    return found


def test_the_taxi_data_in_the_package_is_the_published_file():
    assert sha256(nyc_taxi_path()) == DATASETS["nyc_taxi"].checksum
    licence = nyc_taxi_path().with_name("nyc_taxi.LICENSE.txt").read_text()
    assert "Numenta" in licence
    assert "permission notice shall be included" in licence
    found = read_series(nyc_taxi(), Columns.of("value", "timestamp"))
    assert (len(found[0]), found.frequency.label) == (10320, "30 minutes")
    assert found.notices == ()


def test_etth1_is_read_from_a_folder_or_the_variable(folder, monkeypatch):
    table = etth1(folder)
    assert table.columns == ["date", "HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"]
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder / "ett"))
    assert etth1().equals(table)
    found = read_series(table, Columns.of(table.columns[1:], "date"))
    assert (len(found[0]), found.frequency.label) == (17420, "1 hour")


def test_exchange_rates_are_read_from_a_folder(folder):
    table = exchange_rate(folder)
    assert table.shape == (7588, 8)
    assert table.row(0)[0] == 0.7855
    assert set(table.dtypes) == {pl.Float64}


def test_an_absent_data_set_tells_where_it_is_published(tmp_path, monkeypatch):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    with pytest.raises(
        DataError, match=r"got none. Get it from https://raw\..*ETTh1\.csv and name"
    ):
        etth1()
    with pytest.raises(DataError, match=r"expected ett/ETTh1\.csv in .*fetch=True"):
        etth1(tmp_path)


def test_another_file_of_that_name_is_refused(tmp_path):
    (tmp_path / "ETTh1.csv").write_text("date,OT\n1,2\n")
    with pytest.raises(DataError, match="expected SHA-256 f18de3ad"):
        etth1(tmp_path)


def test_an_unknown_name_is_refused_with_a_near_one():
    with pytest.raises(SettingsError, match="Did you mean 'etth1'"):
        find("etth2")


def test_a_download_is_checked_and_kept(tmp_path):
    source = nyc_taxi_path().as_uri()
    checksum = DATASETS["nyc_taxi"].checksum
    path = download(source, tmp_path / "new" / "taxi.csv", checksum)
    assert path.read_bytes() == nyc_taxi_path().read_bytes()
    assert [one.name for one in path.parent.iterdir()] == ["taxi.csv"]


def test_a_download_of_another_content_leaves_what_was_there(tmp_path):
    (tmp_path / "taxi.csv").write_text("old")
    with pytest.raises(DataError, match="expected a file with SHA-256 0000"):
        download(nyc_taxi_path().as_uri(), tmp_path / "taxi.csv", "0" * 64)
    assert [one.read_text() for one in tmp_path.iterdir()] == ["old"]


def test_a_download_without_an_answer_says_so(tmp_path):
    absent = (tmp_path / "absent").as_uri()
    with pytest.raises(DataError, match=r"got no answer .* by hand and put it at"):
        download(absent, tmp_path / "taxi.csv", "0" * 64)
    assert list(tmp_path.iterdir()) == []
