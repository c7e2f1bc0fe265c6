"""torch.nn.LSTM seen from inside."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from lstmkit.inspect import examine, gradient_flow, record
from lstmkit.inspect.twin import opened


def equal(ours: Any, theirs: Any) -> None:
    if isinstance(ours, Tensor):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)
    else:
        for one, other in zip(ours, theirs, strict=True):
            equal(one, other)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("given", [False, True])
def test_a_twin_gives_what_torch_gives(batch_first: bool, bias: bool, given: bool) -> None:
    torch.manual_seed(0)
    theirs = nn.LSTM(
        3, 4, 2, bidirectional=True, bias=bias, batch_first=batch_first, dtype=torch.float64
    )
    x = torch.randn(5, 7, 3, dtype=torch.float64)
    rows = 5 if batch_first else 7
    hx = tuple(torch.randn(4, rows, 4, dtype=torch.float64) for _ in "hc") if given else None
    expected = theirs(x, hx)
    with opened(theirs):
        equal(theirs(x, hx), expected)
    equal(theirs(x, hx), expected)


def test_a_sequence_alone_and_packed_sequences() -> None:
    torch.manual_seed(0)
    theirs = nn.LSTM(3, 4, dtype=torch.float64)
    alone = torch.randn(7, 3, dtype=torch.float64)
    hx = tuple(torch.randn(1, 4, dtype=torch.float64) for _ in "hc")
    padded = torch.randn(7, 3, 3, dtype=torch.float64)
    packed = pack_padded_sequence(padded, torch.tensor([2, 7, 5]), enforce_sorted=False)
    expected = theirs(alone, hx), theirs(packed)
    with opened(theirs):
        equal(theirs(alone, hx), expected[0])
        y, last = theirs(packed)
    assert isinstance(y, PackedSequence)
    equal(y.data, expected[1][0].data)
    equal(last, expected[1][1])


def test_somebody_elses_model_is_examined() -> None:
    torch.manual_seed(0)
    lstm, head = nn.LSTM(3, 6, batch_first=True), nn.Linear(6, 1)
    model, x = nn.ModuleDict({"encoder": lstm, "head": head}), torch.randn(4, 20, 3)
    with torch.no_grad():
        lstm.bias_ih_l0[6:12] = 50.0  # torch's second gate is the forget gate

    def run() -> Tensor:
        return head(lstm(x)[0][:, -1])

    [trace] = record(model, run)
    assert trace.name == "encoder layer 1"
    assert float(trace.values["f"].min()) == 1.0
    torch.testing.assert_close(trace.values["h"][:, -1], lstm(x)[1][0][0])
    found = examine(model, run)
    assert "gate f is always open in 6 of 6 units" in "\n".join(found.remarks())
    [flow] = gradient_flow(model, lambda: run().square().mean())
    assert np.isfinite(flow.norms["c"]).all()
    assert "forward" not in vars(lstm)


@pytest.mark.parametrize(
    "make",
    [
        lambda **how: nn.LSTM(3, 6, 2, proj_size=4, **how),
        lambda **how: nn.GRU(3, 4, 2, **how),
        lambda **how: nn.RNN(3, 4, 2, **how),
        lambda **how: nn.RNN(3, 4, 2, nonlinearity="relu", **how),
    ],
    ids=["projection", "GRU", "tanh", "relu"],
)
@pytest.mark.parametrize("bias", [True, False])
def test_other_recurrent_layers_of_torch_have_twins(make: Any, bias: bool) -> None:
    torch.manual_seed(0)
    theirs = make(bias=bias, bidirectional=True, dtype=torch.float64)
    x = torch.randn(7, 5, 3, dtype=torch.float64)
    packed = pack_padded_sequence(x, torch.tensor([2, 7, 5, 1, 3]), enforce_sorted=False)
    y, last = theirs(x)
    again, alone, short = theirs(x, last), theirs(x[:, 0]), theirs(packed)
    with opened(theirs):
        equal(theirs(x), (y, last))
        equal(theirs(x, last), again)
        equal(theirs(x[:, 0]), alone)
        equal(theirs(packed)[0].data, short[0].data)
    [first, *_] = record(theirs, lambda: theirs(x))
    assert "h" in first.values
