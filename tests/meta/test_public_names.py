"""The public surface is a frozen list: to change it is a decision, made here."""

import inspect
from importlib import import_module
from types import FunctionType

import pytest

import lstmkit

PUBLIC = {
    "lstmkit": {
        "LSTM",
        "Cell",
        "Classifier",
        "Detector",
        "Forecaster",
        "Regressor",
        "Tagger",
        "__version__",
        "accelerate",
        "cells",
        "check_cell",
        "compat",
        "explain",
        "inspect",
        "load",
        "nn",
        "read",
        "tune",
        "use_path",
    },
    "lstmkit.cells": {"CATALOGUE", "find"},
    "lstmkit.compat": {"accelerate"},
    "lstmkit.data": {
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
    },
    "lstmkit.engine": {
        "FUNCTIONS",
        "PATHS",
        "Backward",
        "Cell",
        "Equations",
        "Layout",
        "Limit",
        "Map",
        "Rules",
        "Scan",
        "Scanned",
        "Sizes",
        "choose",
        "derive",
        "draw",
        "explain",
        "read",
        "run",
        "to_latex",
        "to_unicode",
        "use_path",
    },
    "lstmkit.inspect": {
        "Alarm",
        "Axis",
        "Flow",
        "GradientWatch",
        "Inspection",
        "Order",
        "Saturation",
        "Section",
        "Span",
        "Trace",
        "dead_units",
        "examine",
        "flow_picture",
        "gate_saturation",
        "gradient_flow",
        "memory_span",
        "record",
        "saturation_picture",
        "sorted_units",
        "span_picture",
        "trace_picture",
    },
    "lstmkit.nn": {
        "LSTM",
        "CellReport",
        "ConvLSTM",
        "Drop",
        "EncoderForecaster",
        "Init",
        "Layer",
        "carried",
        "check_cell",
        "detach",
    },
    "lstmkit.nn.graph": {
        "Connection",
        "Graph",
        "GraphNetwork",
        "Unit",
        "draw",
        "gated_recurrence",
        "lstm",
        "two_stage",
        "ungated_recurrence",
    },
    "lstmkit.tasks": {
        "Between",
        "Classifier",
        "Detector",
        "Forecaster",
        "OneOf",
        "Regressor",
        "Tagger",
        "Trial",
        "Tuned",
        "inspect_forecaster",
        "inspect_sequences",
        "load",
        "run_forecast",
        "run_sequences",
        "tune",
    },
    "lstmkit.train": {
        "CHECKPOINT",
        "Batches",
        "Diverged",
        "History",
        "InBlocks",
        "Interrupted",
        "TrainSettings",
        "fit",
        "read_file",
        "write_file",
    },
    "lstmkit.train.objectives": {
        "binary_information_gain",
        "expected_outputs",
        "likeliest_width",
        "parzen_entropy",
    },
    "lstmkit.train.rules": {
        "DecoupledKalmanFilter",
        "OnlineGradient",
        "RealTimeRecurrentLearning",
    },
}

# what a room's __init__ imports for its own use alone
USED_INSIDE = {"lstmkit.cells": {"Cell", "look_up"}}


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_are_the_frozen_ones(name: str):
    assert set(import_module(name).__all__) == PUBLIC[name]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_exists_once(name: str):
    module = import_module(name)
    assert len(module.__all__) == len(set(module.__all__))
    for public in module.__all__:
        assert getattr(module, public) is not None


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "lstmkit"])
def test_a_room_shows_nothing_that_it_did_not_mean_to(name: str):
    module = import_module(name)
    shown = {
        public
        for public, value in inspect.getmembers(module, callable)
        if not public.startswith("_")
        and getattr(value, "__module__", "").startswith("lstmkit")
        and isinstance(value, type | FunctionType)
    }
    assert shown - USED_INSIDE.get(name, set()) <= PUBLIC[name]


def test_the_front_door_opens_lazily_and_knows_its_names():
    assert set(lstmkit.__all__) <= set(dir(lstmkit))
    assert lstmkit.Forecaster is import_module("lstmkit.tasks").Forecaster
    assert lstmkit.nn is import_module("lstmkit.nn")
    with pytest.raises(AttributeError, match="has no attribute 'Forecastr'"):
        _ = lstmkit.Forecastr
