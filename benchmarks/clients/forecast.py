"""Forecasting: darts' RNNModel learns taxi demand."""

import logging

import numpy as np
from darts import TimeSeries
from darts.models import RNNModel
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import nn

from lstmkit.data.datasets import nyc_taxi

NAME = "RNNModel, taxi demand"
LIBRARY = "darts"
ROWS = 1000


class Losses(Callback):
    """Keeps the loss of every epoch."""

    def __init__(self) -> None:
        self.kept: list[float] = []

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Notes one more."""
        self.kept.append(float(trainer.callback_metrics["train_loss"]))


class Trial:
    """A forecaster that learns for one more epoch each time."""

    def __init__(self, seed: int) -> None:
        for name in ("pytorch_lightning", "darts"):
            logging.getLogger(name).setLevel(logging.ERROR)
        demand = nyc_taxi()["value"].to_numpy()[:ROWS].astype(np.float32)
        self.series = TimeSeries.from_values(demand / demand.mean() - 1)
        self.losses = Losses()
        self.forecaster = RNNModel(
            model="LSTM",
            input_chunk_length=48,
            training_length=96,
            hidden_dim=64,
            n_rnn_layers=2,
            batch_size=32,
            random_state=seed,
            pl_trainer_kwargs={
                "accelerator": "cpu",
                "callbacks": [self.losses],
                "enable_progress_bar": False,
                "enable_model_summary": False,
                "enable_checkpointing": False,
                "logger": False,
            },
        )
        self.work()  # darts builds the network when it first sees a series

    @property
    def model(self) -> nn.Module:
        """What holds the LSTM of two layers."""
        return self.forecaster.model

    def work(self) -> list[float]:
        """Trains for an epoch of 29 batches; returns its loss."""
        self.forecaster.fit(self.series, epochs=1, verbose=False)
        return self.losses.kept[-1:]
