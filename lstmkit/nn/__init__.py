"""Layers around cells."""

from lstmkit.nn.carried import carried
from lstmkit.nn.check_cell import CellReport, check_cell
from lstmkit.nn.conv import ConvLSTM, EncoderForecaster
from lstmkit.nn.drop import Drop
from lstmkit.nn.init import Init
from lstmkit.nn.layer import Layer
from lstmkit.nn.lstm import LSTM
from lstmkit.nn.state import detach

__all__ = [
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
]
