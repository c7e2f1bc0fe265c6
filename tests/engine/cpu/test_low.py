"""Weights of fewer bits against the reference, which is given rounded numbers."""

import itertools

import pytest
import torch
from comparing import input_of, options_of

from lstmkit import LSTM, use_path
from lstmkit.engine.cpu.library import engine
from lstmkit.errors import SettingsError
from lstmkit.nn.tolerance import TOLERANCE, error

CELLS = ("lstm", "peephole", "coupled", "elman", "gru")


@pytest.fixture
def kinds():
    return ["bfloat16", *(["int8"] if engine().lstmkit_has_int8() else [])]


def in_pairs(weights):
    """Even weights rounded to bfloat16; odd ones to the nearest number that ends in their bits."""
    even = weights[:, 0::2].bfloat16()
    rounded = weights.clone()
    rounded[:, 0::2] = even.float()
    odd = weights[:, 1::2]
    low = even[:, : odd.shape[1]].contiguous().view(torch.int16).int() & 0xFFFF
    size = odd.abs().contiguous().view(torch.int32)
    high = ((size - low + 0x8000) >> 16).clamp(0x80, 0x7F7F)
    found = ((high << 16) | low).view(torch.float32)
    rounded[:, 1::2] = torch.where(odd < 0, -found, found)
    return rounded


def in_bytes(weights):
    unit = weights.abs().amax(1, keepdim=True) / 127
    return (weights / unit).round() * unit


def rounded_run(layer, x, kind, largest):
    """The reference step by step, with everything rounded that a recurrent product reads."""
    own = layer.layers[0]
    with torch.no_grad():
        for name in own._recurrent:
            tensor = own.stored()[name]
            tensor.copy_(in_bytes(tensor) if kind == "int8" else in_pairs(tensor))
    state, outputs = None, []
    with use_path("reference"):
        for x_t in x.unbind(1):
            if state is not None and kind == "int8":
                h = (state.h[0] * 127 / largest).round().clamp(-127, 127) * largest / 127
                state = state._replace(h=(h,))
            y, state = layer.step(x_t, state)
            outputs.append(y)
    return torch.stack(outputs, 1)


@pytest.mark.parametrize("cell", CELLS)
def test_equal_to_the_reference_on_rounded_numbers(cell, kinds, poison, threads):
    for kind in kinds if cell != "gru" else ["bfloat16"]:
        for count, (batch, features, hidden) in enumerate(((1, 3, 71), (5, 33, 21), (14, 8, 130))):
            torch.manual_seed(count)
            threads(1 + count)
            layer, x = LSTM(features, hidden, cell=cell), torch.randn(batch, 9, features)
            low = layer.with_weights(kind, x)
            with torch.no_grad():
                found = low(x)[0]
                expected = rounded_run(layer, x, kind, low.layers[0].weights.largest.get("h"))
            if kind == "int8":
                # now and then a sum's last bit decides to which side a state is rounded
                assert error(found, expected) < 1e-2
                assert (found - expected).abs().median() < 2e-4
            else:
                assert error(found, expected) < TOLERANCE["engine"]


def test_a_single_step_reads_all_weights_in_fewer_bits(kinds):
    torch.manual_seed(0)
    layer, x = LSTM(33, 40), torch.randn(1, 33)
    low = layer.with_weights("bfloat16")
    with torch.no_grad():
        found = low.step(x)[0]
        for tensor in layer.layers[0].stored().values():
            if tensor.dim() == 2:
                tensor.copy_(in_pairs(tensor))
        assert error(found, layer.step(x)[0]) < TOLERANCE["engine"]


@pytest.mark.parametrize("cell", CELLS)
def test_lengths_resets_and_neighbours_change_nothing(cell, kinds, poison):
    torch.manual_seed(0)
    layer = LSTM(6, 37, cell=cell, bidirectional=True)
    options = options_of(6, 8, lengths=True, resets=True)
    x = input_of(6, 8, 6, options)
    for kind, row in itertools.product(kinds, range(6)):
        low, length = layer.with_weights(kind, torch.randn(4, 8, 6)), options["lengths"][row]
        if not length:
            continue
        own = slice(row, row + 1)
        with torch.no_grad():
            y, _ = low(x, **options)
            # nine times, because in hardly any steps the input's weights have fewer bits too
            again = x[own, :length].repeat(9, 1, 1)
            alone, _ = low(again, reset=options["reset"][own, :length].repeat(9, 1))
        assert error(y[own, :length], alone[:1]) < TOLERANCE["engine"]


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


@pytest.mark.compile
def test_errors(monkeypatch):
    layer = LSTM(3, 4)
    with pytest.raises(SettingsError, match="expected one of float32, bfloat16, int8"):
        layer.with_weights("int4")
    monkeypatch.setattr("lstmkit.nn.weights._has_int8", lambda: True)
    with pytest.raises(SettingsError, match="typical input"):
        layer.with_weights("int8")
    monkeypatch.setattr("lstmkit.nn.weights._has_int8", lambda: False)
    with pytest.raises(SettingsError, match="no instructions for such weights"):
        layer.with_weights("int8", torch.zeros(1, 2, 3))
