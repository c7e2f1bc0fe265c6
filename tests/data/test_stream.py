"""Streams: every step once, in order, in its lane; and truncated training over them."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from lstmkit.data.stream import Stream
from lstmkit.errors import DataError, SettingsError
from lstmkit.nn import LSTM, ConvLSTM, carried


def numbered(lengths: list[int]) -> list[Tensor]:
    """Sequences whose first feature is their number and whose second counts the steps."""
    return [
        torch.stack([torch.full((n,), float(k)), torch.arange(n).float()], 1)
        for k, n in enumerate(lengths)
    ]


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=12),
    batch=st.integers(1, 4),
    window=st.integers(1, 12),
    seed=st.none() | st.integers(0, 5),
)
def test_every_step_comes_once_and_in_order(
    lengths: list[int], batch: int, window: int, seed: int | None
) -> None:
    sequences = numbered(lengths)
    targets = [sequence[:, 1].long() for sequence in sequences]
    stream = Stream(sequences, targets, batch=batch, window=window, seed=seed)
    lanes: list[list[tuple[int, int]]] = [[] for _ in range(batch)]
    for piece in stream:
        assert piece.x.shape == (batch, window, 2)
        assert piece.target is not None
        assert torch.equal(piece.target[piece.real], piece.x[piece.real][:, 1].long())
        assert not piece.x[~piece.real].any()
        assert torch.equal(piece.reset & piece.real, (piece.x[:, :, 1] == 0) & piece.real)
        assert not (piece.reset & ~piece.real).any()
        for lane in range(batch):
            lanes[lane] += [tuple(step) for step in piece.x[lane, : piece.lengths[lane]].tolist()]
    for lane in lanes:
        for (number, step), (next_number, next_step) in pairwise(lane):
            assert (next_number, next_step) == (number, step + 1) or (
                next_step == 0 and step == lengths[int(number)] - 1
            )
    assert sorted(s for lane in lanes for s in lane) == [
        (k, t) for k, n in enumerate(lengths) for t in range(n)
    ]


def test_passes_differ_and_seeds_repeat() -> None:
    sequences = numbered([1] * 30)

    def order(stream: Stream) -> list[float]:
        return [piece.x[0, 0, 0].item() for piece in stream]

    one, two = (Stream(sequences, batch=1, window=1, seed=3) for _ in range(2))
    first = order(one)
    assert first == order(two)
    assert first != order(one)


def test_windows_that_hold_whole_sequences_give_the_full_gradient() -> None:
    torch.manual_seed(0)
    sequences = [torch.randn(n, 3).double() for n in (9, 4, 7)]
    layer = LSTM(3, 5, dtype=torch.float64)
    for _, y in carried(layer, Stream(sequences, batch=2, window=20)):
        y.square().sum().backward()
    found = [parameter.grad.clone() for parameter in layer.parameters()]
    layer.zero_grad()
    for sequence in sequences:
        layer(sequence[None])[0].square().sum().backward()
    for one, parameter in zip(found, layer.parameters(), strict=True):
        assert torch.allclose(one, parameter.grad, rtol=1e-10)


def test_a_shorter_window_cuts_the_gradient_and_keeps_the_values() -> None:
    torch.manual_seed(0)
    sequence, layer = torch.randn(10, 3).double(), LSTM(3, 5, dtype=torch.float64)
    pieces = [(p, y.detach()) for p, y in carried(layer, Stream([sequence], batch=1, window=4))]
    outputs = torch.cat([y[piece.real] for piece, y in pieces])
    assert torch.allclose(outputs, layer(sequence[None])[0][0], rtol=1e-12)
    for _, y in carried(layer, Stream([sequence], batch=1, window=4)):
        y.square().sum().backward()
    found = [parameter.grad.clone() for parameter in layer.parameters()]
    layer.zero_grad()
    state = None
    for first in (0, 4, 8):
        y, state = layer(sequence[None, first : first + 4], state)
        y.square().sum().backward()
        state = type(state)(*(tuple(part.detach() for part in field) for field in state))
    for one, parameter in zip(found, layer.parameters(), strict=True):
        assert torch.allclose(one, parameter.grad, rtol=1e-10)


class Language(torch.nn.Module):
    """A model of tokens whose state is a mapping."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(5, 3, dtype=torch.float64)
        self.lstm = LSTM(3, 4, dtype=torch.float64)

    def forward(self, x: Tensor, state: dict | None, **rows: Tensor) -> tuple[Tensor, dict]:
        y, after = self.lstm(self.embed(x), state and state["lstm"], **rows)
        return y, {"lstm": after, "windows": (state["windows"] if state else 0) + 1}


def test_a_model_of_tokens_is_carried_like_a_layer() -> None:
    torch.manual_seed(0)
    tokens, model = [torch.randint(5, (n,)) for n in (7, 11)], Language()
    found = list(carried(model, Stream(tokens, tokens, batch=1, window=5)))
    outputs = torch.cat([y[piece.real] for piece, y in found])
    expected = torch.cat([model(one[None], None)[0][0] for one in tokens])
    assert torch.allclose(outputs, expected, rtol=1e-12)
    assert torch.equal(torch.cat([p.target[p.real] for p, _ in found]), torch.cat(tokens))


def test_maps_are_streamed_too() -> None:
    frames, layer = torch.randn(7, 2, 4, 4), ConvLSTM(2, 3)
    pieces = list(carried(layer, Stream([frames], batch=1, window=3)))
    outputs = torch.cat([y[piece.real] for piece, y in pieces])
    assert torch.allclose(outputs, layer(frames[None])[0][0], atol=1e-6)


def test_a_piece_goes_to_a_device_whole() -> None:
    [piece] = Stream([torch.ones(3, 1)], [torch.ones(3)], batch=1, window=4)
    there = piece.to("meta")
    assert {part.device.type for part in (there.x, there.target, there.reset, there.lengths)} == {
        "meta"
    }
    [alone] = Stream([torch.ones(3, 1)], batch=1, window=4)
    assert alone.to("cpu").target is None


def test_errors() -> None:
    with pytest.raises(SettingsError, match="at least 1"):
        Stream([torch.zeros(1, 1)], batch=0, window=1)
    with pytest.raises(DataError, match="got none"):
        Stream([], batch=1, window=1)
    with pytest.raises(DataError, match="number 1"):
        Stream([torch.zeros(1, 1), torch.zeros(0, 1)], batch=1, window=1)
    with pytest.raises(DataError, match=r"shape \(1,\) .* at number 1"):
        Stream([torch.zeros(1, 1), torch.zeros(1, 2)], batch=1, window=1)
    with pytest.raises(DataError, match=r"torch.int64 at number 1"):
        Stream([torch.zeros(1), torch.zeros(1).long()], batch=1, window=1)
    with pytest.raises(DataError, match="each of 1 sequences"):
        Stream([torch.zeros(1, 1)], [], batch=1, window=1)
    with pytest.raises(DataError, match="each of the 2 steps"):
        Stream([torch.zeros(2, 1)], [torch.zeros(3)], batch=1, window=1)
