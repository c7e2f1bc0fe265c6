"""Traces of models of every arrangement."""

import pytest
import torch

from lstmkit.errors import SettingsError
from lstmkit.inspect import record
from lstmkit.nn import LSTM


def test_a_trace_is_what_the_layer_itself_records() -> None:
    layer = LSTM(3, 4, num_layers=2, bidirectional=True)
    x, lengths = torch.randn(2, 6, 3), torch.tensor([6, 2])
    traces = record(layer, lambda: layer(x, lengths=lengths))
    expected = layer.eval()(x, lengths=lengths, trace=True)[2]
    assert len(traces) == len(expected) == 4
    for trace, values in zip(traces, expected, strict=True):
        assert trace.values.keys() == values.keys()
        for name, value in values.items():
            torch.testing.assert_close(trace.values[name], value)
    assert [trace.reverse for trace in traces] == [False, True] * 2
    assert traces[0].steps("f").shape == (8, 4)


def test_layers_are_named_by_place_and_call() -> None:
    model = torch.nn.ModuleDict({"one": LSTM(2, 2), "two": LSTM(2, 2, num_layers=2)})
    x = torch.zeros(1, 3, 2)

    def run() -> None:
        model["two"](x)
        model["one"](x)
        model["one"](x)

    names = [trace.name for trace in record(model, run)]
    assert names == ["two layer 1", "two layer 2", "one layer 1", "one layer 1, call 2"]


def test_a_run_sees_what_it_would_see_without_being_watched() -> None:
    layer = LSTM(2, 3)
    x = torch.randn(1, 4, 2)
    seen = []
    record(layer, lambda: seen.append(layer(x)))
    (y, state), (usual, last) = seen[0], layer.eval()(x)
    torch.testing.assert_close(y, usual)
    torch.testing.assert_close(state.c[0], last.c[0])
    record(layer, lambda: seen.append(layer(x, trace=True)))
    assert len(seen[1]) == 3


def test_the_mode_is_put_back_part_by_part() -> None:
    model = torch.nn.ModuleDict({"free": LSTM(1, 1), "fixed": LSTM(1, 1).eval()})
    record(model, lambda: model["free"](torch.zeros(1, 2, 1)))
    assert model["free"].training
    assert not model["fixed"].training


def test_a_run_that_calls_no_layer_is_refused() -> None:
    layer = LSTM(2, 3)
    with pytest.raises(SettingsError, match="one that calls none"):
        record(layer, lambda: None)
