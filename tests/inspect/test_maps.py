"""Cells over images seen from inside: a position of a row is a row, a channel is a unit."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lstmkit.inspect import GradientWatch, examine, gradient_flow, memory_span, record
from lstmkit.nn import LSTM, ConvLSTM, EncoderForecaster

LENGTHS = torch.tensor([5, 3])


@pytest.fixture
def same() -> tuple[LSTM, ConvLSTM]:
    """A layer, and one over a grid of a single position with the same weights."""
    torch.manual_seed(0)
    flat = LSTM(3, 4, cell="peephole", num_layers=2, bidirectional=True, dtype=torch.float64)
    conv = ConvLSTM(3, 4, num_layers=2, bidirectional=True, kernel_size=1, dtype=torch.float64)
    shapes = {name: parameter.shape for name, parameter in conv.named_parameters()}
    conv.load_state_dict({n: v.reshape(shapes[n]) for n, v in flat.state_dict().items()})
    return flat, conv


def test_on_one_position_all_is_as_in_the_plain_layer(same: tuple[LSTM, ConvLSTM]) -> None:
    flat, conv = same
    x = torch.randn(2, 5, 3, dtype=torch.float64)
    reset = torch.zeros(2, 5, dtype=torch.bool)
    reset[0, 2] = True
    runs = [
        lambda: flat(x, lengths=LENGTHS, reset=reset)[1].c[2],
        lambda: conv(x[..., None, None], lengths=LENGTHS, reset=reset)[1].c[2].flatten(1),
    ]
    one, other = (record(layer, run) for layer, run in zip(same, runs, strict=True))
    for trace, of_maps in zip(one, other, strict=True):
        assert trace.name == of_maps.name
        assert torch.equal(trace.lengths, of_maps.lengths)
        for name, values in trace.values.items():
            torch.testing.assert_close(of_maps.values[name], values)
    losses = [lambda run=run: run().square().sum() for run in runs]
    flows = [gradient_flow(layer, loss) for layer, loss in zip(same, losses, strict=True)]
    for flow, of_maps in zip(*flows, strict=True):
        for state, norms in flow.norms.items():
            np.testing.assert_allclose(of_maps.norms[state], norms, rtol=1e-9)
    [span], [of_maps] = (memory_span(layer, run) for layer, run in zip(same, runs, strict=True))
    np.testing.assert_allclose(of_maps.gradient, span.gradient, rtol=1e-9)
    np.testing.assert_allclose(of_maps.perturbation, span.perturbation, rtol=1e-9)


def test_positions_are_rows_one_after_another() -> None:
    layer, x = ConvLSTM(1, 3), torch.randn(2, 5, 1, 4, 6)
    [trace] = record(layer, lambda: layer(x, lengths=LENGTHS))
    assert trace.values["f"].shape == (2 * 4 * 6, 5, 3)
    assert trace.lengths.tolist() == [5] * 24 + [3] * 24
    _, _, [values] = layer(x, lengths=LENGTHS, trace=True)
    torch.testing.assert_close(trace.values["f"][24 + 2 * 6 + 1], values["f"][1, :, :, 2, 1])


def test_an_encoder_and_its_forecaster_are_examined(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model, x = EncoderForecaster(1, [3, 2], kernel_size=3), torch.randn(2, 4, 1, 5, 5)
    found = examine(model, lambda: model(x, 2).mean((2, 3, 4)), row=12)
    layers = ["encoder layer 1", "encoder layer 2"]
    assert [section.trace.name for section in found.sections] == layers
    assert {flow.name for flow in found.flows} == {
        *layers,
        "forecaster layer 1",
        "forecaster layer 2",
    }
    assert "encoder layer 2" in found.write(tmp_path / "page.html").read_text()


def test_gradients_of_maps_are_watched() -> None:
    torch.manual_seed(0)
    model = nn.ModuleDict({"maps": ConvLSTM(1, 3, num_layers=2)})
    x = torch.randn(2, 6, 1, 4, 4)
    with GradientWatch(model) as watch:
        model["maps"](x)[0][:, -1].square().sum().backward()
        assert watch.step() == []
    assert [measured.steps for measured in watch.layers.values()] == [6, 6]
    assert all(measured.factor > 0 for measured in watch.layers.values())
