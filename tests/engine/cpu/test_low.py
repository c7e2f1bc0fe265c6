"""Weights of fewer bits against the reference, which is given rounded weights and sources."""

import pytest
import torch
from comparing import input_of, options_of

from lstmkit import LSTM, use_path
from lstmkit.engine.cpu.library import engine
from lstmkit.errors import SettingsError
from lstmkit.nn.tolerance import TOLERANCE, error

CELLS = ("lstm", "peephole", "coupled", "elman", "gru")


@pytest.fixture(autouse=True)
def needs_instructions():
    if not engine().lstmkit_low_precision():
        pytest.skip("this processor multiplies no weights of fewer bits")


def halved(tensor):
    return tensor.bfloat16().float()


def in_bytes(weights):
    unit = weights.abs().amax(1, keepdim=True) / 127
    return (weights / unit).round() * unit


def rounded_run(layer, x, kind, largest):
    """The reference step by step, with everything rounded that a product reads."""
    own = layer.layers[0]
    with torch.no_grad():
        for name, tensor in own.stored().items():
            if tensor.dim() == 2:
                recurrent = name in own._recurrent and kind == "int8"
                tensor.copy_(in_bytes(tensor) if recurrent else halved(tensor))
    state, outputs = None, []
    with use_path("reference"):
        for x_t in halved(x).unbind(1):
            if state is not None:
                h = state.h[0]
                if kind == "int8":
                    h = (h * 127 / largest).round().clamp(-127, 127) * largest / 127
                else:
                    h = halved(h)
                state = state._replace(h=(h,))
            y, state = layer.step(x_t, state)
            outputs.append(y)
    return torch.stack(outputs, 1)


@pytest.mark.parametrize("kind", ["bfloat16", "int8"])
@pytest.mark.parametrize("cell", CELLS[:4])
def test_equal_to_the_reference_on_rounded_numbers(cell, kind, poison, threads):
    for count, (batch, features, hidden) in enumerate(((1, 3, 70), (5, 33, 21), (14, 8, 130)), 1):
        torch.manual_seed(count)
        threads(count)
        layer, x = LSTM(features, hidden, cell=cell), torch.randn(batch, 9, features)
        low = layer.with_weights(kind, x)
        with torch.no_grad():
            found = low(x)[0]
            expected = rounded_run(layer, x, kind, low.layers[0].weights.largest.get("h"))
        # now and then a sum's last bit decides to which side a state is rounded
        assert error(found, expected) < (1e-2 if kind == "int8" else 5e-3)
        assert (found - expected).abs().median() < 2e-4


@pytest.mark.parametrize("kind", ["bfloat16", "int8"])
@pytest.mark.parametrize("cell", CELLS)
def test_lengths_resets_and_neighbours_change_nothing(cell, kind, poison):
    torch.manual_seed(0)
    layer = LSTM(6, 37, cell=cell, bidirectional=True)
    options = options_of(6, 8, lengths=True, resets=True)
    x = input_of(6, 8, 6, options)
    low = layer.with_weights(kind, torch.randn(4, 8, 6))
    with torch.no_grad():
        y, _ = low(x, **options)
        for row, length in enumerate(options["lengths"]):
            if not length:
                continue
            reset = options["reset"][row : row + 1, :length]
            alone, _ = low(x[row : row + 1, :length], reset=reset)
            assert error(y[row : row + 1, :length], alone) < TOLERANCE["engine"]


def test_only_inference_is_rounded_and_weights_that_change_are_packed_again():
    layer, x = LSTM(5, 20), torch.randn(2, 6, 5)
    low = layer.with_weights("bfloat16")
    assert torch.equal(low(x)[0], layer(x)[0])
    with torch.no_grad():
        first = low(x)[0]
        assert not torch.equal(first, layer(x)[0])
        low.layers[0].U.mul_(0.5)
        assert not torch.equal(low(x)[0], first)
        exact = low.with_weights("float32")(x)[0]
    assert torch.equal(low(x)[0], exact)


def test_errors():
    layer = LSTM(3, 4)
    with pytest.raises(SettingsError, match="expected one of float32, bfloat16, int8"):
        layer.with_weights("int4")
    with pytest.raises(SettingsError, match="typical input"):
        layer.with_weights("int8")
