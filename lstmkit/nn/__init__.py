"""Layers around cells."""

from lstmkit.nn.drop import Drop
from lstmkit.nn.init import Init
from lstmkit.nn.layer import Layer
from lstmkit.nn.lstm import LSTM
from lstmkit.nn.state import detach

__all__ = ["LSTM", "Drop", "Init", "Layer", "detach"]
