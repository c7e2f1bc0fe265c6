"""Gradients watched by the training loop."""

from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from lstmkit.errors import SettingsError
from lstmkit.nn import LSTM
from lstmkit.train import fit


class Remembering(nn.Module):
    """The toy's task for an LSTM, with a gradient that can be made to explode."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.lstm, self.out, self.calls, self.jump = LSTM(3, 4), nn.Linear(4, 1), 0, 0

    def loss(self, batch: dict[str, Tensor]) -> Tensor:
        self.calls += self.training
        factor = 1e4 if self.jump and self.calls == self.jump else 1.0
        found = self.out(self.lstm(batch["x"])[0][:, -1]).squeeze(1)
        return factor * ((found - batch["y"]) ** 2).mean()


def trained(toy: ModuleType, *, watch: bool, jump: int = 0) -> Remembering:
    model = Remembering()
    model.jump = jump
    told = toy.settings(epochs=8)
    fit(model, toy.TRAIN, toy.VALID, told, folder=None, progress=False, watch_gradients=watch)
    return model


def test_a_line_an_epoch_and_the_same_weights(toy: ModuleType, capsys) -> None:
    plain = trained(toy, watch=False)
    assert capsys.readouterr().err == ""
    watched = trained(toy, watch=True)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 8
    assert all(line.startswith("gradients: lstm layer 1 ") for line in lines)
    for one, other in zip(toy.weights(plain), toy.weights(watched), strict=True):
        assert torch.equal(one, other)


def test_a_gradient_that_jumps_is_told_at_once(toy: ModuleType, capsys) -> None:
    trained(toy, watch=True, jump=27)
    alarms = [one for one in capsys.readouterr().err.splitlines() if one.startswith("step ")]
    assert len(alarms) == 1
    assert alarms[0].startswith("step 27, lstm layer 1: the gradient's norm is ")
    assert "clip_grad_norm_" in alarms[0]


def test_a_model_without_layer_cannot_be_watched(toy: ModuleType) -> None:
    with pytest.raises(SettingsError, match="got a Toy without one"):
        fit(toy.Toy(), toy.TRAIN, toy.VALID, toy.settings(), folder=None, watch_gradients=True)
