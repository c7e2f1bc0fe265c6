"""The encoder-forecaster: its sizes, its parts, and that it learns to move."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from lstmkit.cells import CATALOGUE
from lstmkit.errors import SettingsError
from lstmkit.nn.conv import EncoderForecaster


def count(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


# frames of 64 x 64 in patches of 4 x 4, and the numbers in table 1 of Shi et al. 2015, as
# remembered: they are of peepholes with a number a channel
PUBLISHED = [
    ([256], 5, 5, 13_524_496),
    ([128, 128], 5, 5, 10_042_896),
    ([128, 64, 64], 5, 5, 7_585_296),
    ([128, 128], 9, 1, 11_550_224),
    ([128, 64, 64], 9, 1, 8_830_480),
]


@pytest.mark.parametrize(("channels", "kernel", "state_kernel", "weights"), PUBLISHED)
def test_it_has_the_published_number_of_weights(
    channels: list[int], kernel: int, state_kernel: int, weights: int
) -> None:
    sizes: dict[str, Any] = {"kernel_size": kernel, "state_kernel_size": state_kernel}
    shared = EncoderForecaster(16, channels, **sizes, device="meta")
    assert count(shared) == weights
    everywhere = EncoderForecaster(16, channels, **sizes, grid=16, device="meta")
    assert count(everywhere) == weights + 2 * 3 * (16 * 16 - 1) * sum(channels)


def test_the_forecaster_goes_on_where_the_encoder_stopped() -> None:
    model = EncoderForecaster(2, [3, 2], kernel_size=3, output_channels=1, dtype=torch.float64)
    x = torch.randn(2, 4, 2, 5, 6, dtype=torch.float64)
    _, state = model.encoder(x)
    outputs = []
    for _ in range(3):
        _, state = model.forecaster.step(x.new_zeros(2, 0, 5, 6), state)
        joined = torch.cat(state.h, 1)
        outputs.append(functional.conv2d(joined, model.kernel, model.bias))
    torch.testing.assert_close(model(x, 3), torch.stack(outputs, 1))


@pytest.mark.parametrize("cell", CATALOGUE)
def test_any_cell_forecasts(cell: str) -> None:
    model = EncoderForecaster(1, 3, cell=cell, dimensions=1)
    model(torch.randn(2, 4, 1, 5), 2).square().sum().backward()
    reached = {name for name, p in model.named_parameters() if p.grad is not None and p.numel()}
    empty = {name for name, p in model.named_parameters() if not p.numel()}
    # what scales a product with an input that is not there has nothing to learn
    assert {name for name, _ in model.named_parameters()} == reached | empty


def test_padding_in_the_past_changes_nothing() -> None:
    model, x = EncoderForecaster(1, 2, kernel_size=3), torch.randn(2, 5, 1, 4, 4)
    padded = model(x, 2, lengths=torch.tensor([5, 3]))
    torch.testing.assert_close(padded[1:], model(x[1:, :3], 2))


@pytest.mark.compile  # the shape-type hook would refuse some of them first
@pytest.mark.parametrize("horizon", [0, -1, 1.5, "3"])
def test_a_forecast_needs_a_step(horizon: Any) -> None:
    with pytest.raises(SettingsError, match="horizon as a whole number of at least 1, got"):
        EncoderForecaster(1, 2).forward(torch.zeros(1, 2, 1, 4, 4), horizon)


@pytest.mark.compile
@pytest.mark.parametrize("channels", [0, -1, 1.5, "3"])
@pytest.mark.parametrize("name", ["input_channels", "output_channels"])
def test_it_reads_and_writes_a_channel_at_least(name: str, channels: Any) -> None:
    options = {"input_channels": 1, "hidden_channels": 2} | {name: channels}
    with pytest.raises(SettingsError, match=f"{name} as a whole number of at least 1, got"):
        EncoderForecaster(**options)


def moving_dots(batch: int) -> Tensor:
    """A dot on a ring of 12 places, one place a step to the left or to the right."""
    start, way = torch.randint(12, (batch, 1)), torch.randint(2, (batch, 1)) * 2 - 1
    places = (start + way * torch.arange(8)) % 12
    return functional.one_hot(places, 12).float()[:, :, None]


@pytest.mark.slow
def test_it_learns_to_move() -> None:
    model = EncoderForecaster(1, 12, dimensions=1, kernel_size=5, cell="lstm")
    optimiser = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(150):
        frames = moving_dots(32)
        logits = model(frames[:, :4], 4)
        loss = functional.binary_cross_entropy_with_logits(logits, frames[:, 4:])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    frames = moving_dots(200)
    right = model(frames[:, :4], 4).argmax(-1) == frames[:, 4:].argmax(-1)
    assert float(right.float().mean()) > 0.7
