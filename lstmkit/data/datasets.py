"""Data sets with their source, licence and checksum: one in the package, others by folder."""

import gzip
import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import polars as pl

from lstmkit.data.download import download, sha256
from lstmkit.data.table import read_table
from lstmkit.errors import DataError, SettingsError, nearest

FOLDER_VARIABLE = "LSTMKIT_DATA"


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A published file and what is known about it.

    Attributes:
        name: What it is called here.
        about: What it holds, in a sentence.
        url: Where it is published.
        licence: Its licence as its publisher states it.
        reference: Whom to cite.
        file: Where it lies in a folder of data sets.
        checksum: SHA-256, in hexadecimal.
    """

    name: str
    about: str
    url: str
    licence: str
    reference: str
    file: str
    checksum: str


_ALL = (
    Dataset(
        name="nyc_taxi",
        about="New York taxi passengers, half-hourly from July 2014 to January 2015, 10,320 rows.",
        url="https://raw.githubusercontent.com/numenta/NAB/master/data/realKnownCause/nyc_taxi.csv",
        licence="MIT, Copyright 2014-2024 Numenta Inc.",
        reference="Lavin and Ahmad 2015, Evaluating real-time anomaly detection algorithms: the "
        "Numenta anomaly benchmark; counts by the New York City Taxi and Limousine Commission",
        file="nyc_taxi.csv",
        checksum="d8fa6f7f0734bf5c8be12c52a94e20a82664c397d9dec4449156bd453d32856d",
    ),
    Dataset(
        name="etth1",
        about="Oil temperature and six loads of a transformer, hourly from July 2016 to June 2018, "
        "17,420 rows.",
        url="https://raw.githubusercontent.com/zhouhaoyi/ETDataset/main/ETT-small/ETTh1.csv",
        licence="CC BY-ND 4.0",
        reference="Zhou et al. 2021, Informer: beyond efficient transformer for long sequence "
        "time-series forecasting",
        file="ett/ETTh1.csv",
        checksum="f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066",
    ),
    Dataset(
        name="exchange_rate",
        about="Exchange rates of eight countries, daily from 1990 to 2016, 7,588 rows, no times.",
        url="https://raw.githubusercontent.com/laiguokun/multivariate-time-series-data/master/"
        "exchange_rate/exchange_rate.txt.gz",
        licence="none stated",
        reference="Lai et al. 2018, Modeling long- and short-term temporal patterns with deep "
        "neural networks",
        file="exchange_rate/exchange_rate.txt.gz",
        checksum="6a4fbb561dcdee43f071a83badbeec9223a335552278348656738b556f1c2e9d",
    ),
)
DATASETS = {dataset.name: dataset for dataset in _ALL}
"""Every data set by name."""

_COUNTRIES = (
    "australia",
    "britain",
    "canada",
    "switzerland",
    "china",
    "japan",
    "new_zealand",
    "singapore",
)


def nyc_taxi_path() -> Path:
    """The path of the taxi file inside the package, for commands that take a file."""
    return Path(__file__).parent / "embedded" / "nyc_taxi.csv"


def nyc_taxi() -> pl.DataFrame:
    """New York taxi passengers, half-hourly, from the package itself.

    Returns:
        Columns timestamp (text) and value (passengers); 10,320 rows.

    Example:
        >>> nyc_taxi().shape
        (10320, 2)
    """
    return read_table(nyc_taxi_path())


def etth1(folder: str | Path | None = None, *, fetch: bool = False) -> pl.DataFrame:
    """Oil temperature OT and six loads of a transformer, hourly (ETTh1).

    Args:
        folder: Where ett/ETTh1.csv or ETTh1.csv lies; LSTMKIT_DATA where None.
        fetch: Whether to download it to the folder where it is absent.

    Returns:
        Columns date (text), HUFL, HULL, MUFL, MULL, LUFL, LULL and OT; 17,420 rows.

    Raises:
        DataError: The file is absent or another one; the message tells where it is published.
    """
    return read_table(find("etth1", folder, fetch=fetch))


def exchange_rate(folder: str | Path | None = None, *, fetch: bool = False) -> pl.DataFrame:
    """Exchange rates of eight countries, daily, without a time column.

    Args:
        folder: Where exchange_rate/exchange_rate.txt.gz or exchange_rate.txt.gz lies; LSTMKIT_DATA
            where None.
        fetch: Whether to download it to the folder where it is absent.

    Returns:
        One column for each country, in the order of the publisher; 7,588 rows.

    Raises:
        DataError: The file is absent or another one; the message tells where it is published.
    """
    content = gzip.decompress(find("exchange_rate", folder, fetch=fetch).read_bytes())
    return pl.read_csv(BytesIO(content), has_header=False, new_columns=list(_COUNTRIES))


def find(name: str, folder: str | Path | None = None, *, fetch: bool = False) -> Path:
    """Finds the file of a data set and checks that it is the published one.

    Args:
        name: A name in `DATASETS`.
        folder: A folder of data sets; LSTMKIT_DATA where None.
        fetch: Whether to download it to the folder where it is absent.

    Returns:
        The path of the file.

    Raises:
        SettingsError: No such name.
        DataError: The file is absent or another one.
    """
    if name not in DATASETS:
        raise SettingsError(
            f"datasets: expected one of {', '.join(DATASETS)}, got {name!r}."
            f"{nearest(name, DATASETS)}"
        )
    dataset = DATASETS[name]
    given = folder or os.environ.get(FOLDER_VARIABLE)
    how = (
        f"Get it from {dataset.url} and name its folder by folder=... or {FOLDER_VARIABLE}, or let "
        f"it be fetched by {name}(folder, fetch=True)."
    )
    if given is None:
        raise DataError(f"{name}: expected a folder of data sets, got none. {how}")
    root = Path(given)
    places = (root / dataset.file, root / Path(dataset.file).name)
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        if fetch:
            return download(dataset.url, places[0], dataset.checksum)
        raise DataError(f"{name}: expected {dataset.file} in {root}, got no such file. {how}")
    found = sha256(path)
    if found != dataset.checksum:
        raise DataError(
            f"{path}: expected SHA-256 {dataset.checksum} for {name}, got {found}. Get the file "
            f"anew from {dataset.url}."
        )
    return path
