"""Layers whose maps are convolutions: cells over sequences of lines, images and volumes."""

from lstmkit.nn.conv.conv_lstm import ConvLSTM
from lstmkit.nn.conv.encoder_forecaster import EncoderForecaster

__all__ = ["ConvLSTM", "EncoderForecaster"]
