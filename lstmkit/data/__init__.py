"""From a table to windows: reading, checking, scaling, splitting and cutting time series."""

from lstmkit.data.bins import in_bins
from lstmkit.data.calendar import calendar_cycles, calendar_features, calendar_names
from lstmkit.data.categories import Categories
from lstmkit.data.clock import Clock
from lstmkit.data.columns import Columns
from lstmkit.data.frequency import Frequency, infer_frequency
from lstmkit.data.future import read_future
from lstmkit.data.labelled_file import read_labelled
from lstmkit.data.missing import fill_forward
from lstmkit.data.parquet_table import ParquetTable, open_parquet
from lstmkit.data.scaling import Scaler
from lstmkit.data.sequence_table import SequenceColumns, read_sequence_table
from lstmkit.data.sequences import Sequences, to_sequences
from lstmkit.data.series import Series, SeriesSet
from lstmkit.data.series_table import read_series
from lstmkit.data.split import Split, all_origins, rolling_origins
from lstmkit.data.stream import Piece, Stream
from lstmkit.data.table import read_table
from lstmkit.data.windows import Channels, Windows

__all__ = [
    "Categories",
    "Channels",
    "Clock",
    "Columns",
    "Frequency",
    "ParquetTable",
    "Piece",
    "Scaler",
    "SequenceColumns",
    "Sequences",
    "Series",
    "SeriesSet",
    "Split",
    "Stream",
    "Windows",
    "all_origins",
    "calendar_cycles",
    "calendar_features",
    "calendar_names",
    "fill_forward",
    "in_bins",
    "infer_frequency",
    "open_parquet",
    "read_future",
    "read_labelled",
    "read_sequence_table",
    "read_series",
    "read_table",
    "rolling_origins",
    "to_sequences",
]
