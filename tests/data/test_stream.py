"""Streams: every step once, in order, in its lane; and truncated training over them."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from lstmkit.compat import torch as torch_compat
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


SEQUENCES = [torch.zeros(2, 1), torch.zeros(3, 1)]

COUNTS: list[tuple[dict[str, Any], str]] = [
    ({"batch": 0}, "whole numbers of at least 1, got 0 and 4"),
    ({"batch": 1.5}, "whole numbers of at least 1, got 1.5 and 4"),
    ({"window": "4"}, "whole numbers of at least 1, got 1 and '4'"),
    ({"seed": "a"}, "whole number as seed, got 'a'"),
    ({"seed": 1.5}, "whole number as seed, got 1.5"),
]


@pytest.mark.compile  # the shape-type hook would refuse some of them first
@pytest.mark.parametrize(("given", "message"), COUNTS, ids=[m for _, m in COUNTS])
def test_lanes_windows_and_seeds_are_whole_numbers(given: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=f"^Stream: expected .*{message}"):
        Stream(SEQUENCES, **{"batch": 1, "window": 4} | given)


ILL_FORMED: list[tuple[tuple[Any, ...], str]] = [
    (([],), "sequences, got none"),
    ((None,), "sequences as a list of tensors, got NoneType. Give"),
    ((torch.zeros(3, 9, 1),), r"sequences as a list of tensors, got Tensor \(3, 9, 1\)"),
    ((np.zeros((3, 9, 1)),), r"sequences as a list of tensors, got ndarray \(3, 9, 1\)"),
    (({"a": torch.zeros(2, 1)},), "sequences as a list of tensors, got dict"),
    (([np.zeros((9, 1))],), "sequences that are tensors, got ndarray at number 0. .*as_tensor"),
    (([torch.zeros(1, 1), [[0.0]]],), "sequences that are tensors, got list at number 1"),
    (([torch.zeros(1, 1), torch.zeros(0, 1)],), r"got shape \(0, 1\) at number 1"),
    (([torch.tensor(1.0)],), r"got shape \(\) at number 0"),
    (([torch.zeros(1, 1), torch.zeros(1, 2)],), r"shape \(1,\) .* at number 1"),
    (([torch.zeros(1), torch.zeros(1).long()],), "torch.int64 at number 1"),
    ((SEQUENCES, []), "each of 2 sequences, got 0"),
    ((SEQUENCES, torch.zeros(2, 3)), r"targets as a list of tensors, got Tensor \(2, 3\)"),
    ((SEQUENCES, [np.zeros(2), np.zeros(3)]), "targets that are tensors, got ndarray at number 0"),
    ((SEQUENCES, [torch.tensor(1.0)] * 2), r"targets .*got shape \(\) at number 0"),
    ((SEQUENCES, [torch.zeros(3), torch.zeros(3)]), "each of the 2 steps of sequence 0, got 3"),
    ((SEQUENCES, [torch.zeros(2), torch.zeros(3, 2)]), "the first of the targets, got .*number 1"),
]


@pytest.mark.compile
@pytest.mark.parametrize(("given", "message"), ILL_FORMED, ids=[m for _, m in ILL_FORMED])
def test_what_is_no_list_of_sequences_is_refused(given: tuple[Any, ...], message: str) -> None:
    with pytest.raises(DataError, match=f"^Stream: expected .*{message}"):
        Stream(*given, batch=1, window=4)


class Twofold(torch.nn.Module):
    """A model of which one part knows the future."""

    def __init__(self, part: torch.nn.Module) -> None:
        super().__init__()
        self.parts = torch.nn.ModuleList([part])

    def forward(self, x: Tensor, state: Any, **rows: Tensor) -> tuple[Tensor, None]:
        return x, None


PARTS = {
    "lstmkit's LSTM": LSTM(1, 2, bidirectional=True),
    "lstmkit's ConvLSTM": ConvLSTM(1, 2, bidirectional=True),
    "torch's LSTM": torch.nn.LSTM(1, 2, bidirectional=True),
    "torch's GRU": torch.nn.GRU(1, 2, bidirectional=True),
}


@pytest.mark.parametrize("name", PARTS)
def test_what_needs_the_future_is_not_carried(name: str) -> None:
    stream = Stream(SEQUENCES, batch=1, window=2)
    message = rf"one direction, got bidirectional=True of {name} 'parts.0' in \w+'s Twofold"
    model = Twofold(PARTS[name])
    with pytest.raises(SettingsError, match=message):
        carried(model, stream)
    if name.startswith("lstmkit"):
        with pytest.raises(SettingsError, match=rf"one direction, got .*True of {name}: its"):
            carried(PARTS[name], stream)


def test_a_function_is_not_looked_into() -> None:
    model = Twofold(LSTM(1, 2, bidirectional=True))

    def called(x: Tensor, state: Any, **rows: Tensor) -> Any:
        return model(x, state, **rows)

    [(piece, y)] = carried(called, Stream([torch.ones(2, 1)], batch=1, window=2))
    assert torch.equal(y, piece.x)


OTHERS = [
    (torch.nn.LSTM(1, 2), "got torch's LSTM, which cannot be: .*'lengths'.*Build lstmkit.nn.LSTM"),
    (torch_compat.LSTM(1, 2), "got lstmkit's LSTM, which cannot be: .*'lengths'"),
    (torch.nn.Linear(1, 2), "got torch's Linear, which cannot be"),
    (lambda x: x, r"got function, which cannot be: too many"),
    ("lstm", "got str, which cannot be: 'lstm' is not a callable"),
]


@pytest.mark.compile  # the shape-type hook would refuse the text first
@pytest.mark.parametrize(("layer", "message"), OTHERS, ids=[m for _, m in OTHERS])
def test_what_is_called_otherwise_is_not_carried(layer: Any, message: str) -> None:
    with pytest.raises(SettingsError, match=rf"^carried: expected an lstmkit.nn.LSTM, .*{message}"):
        carried(layer, Stream(SEQUENCES, batch=1, window=2))


@pytest.mark.compile
@pytest.mark.parametrize("windows", [torch.ones(1, 2, 1), [torch.ones(1, 2, 1)]])
def test_only_windows_are_carried(windows: Any) -> None:
    with pytest.raises(SettingsError, match=r"x, reset and lengths, got Tensor\. lstmkit.data"):
        next(carried(LSTM(1, 2), windows))


def test_a_layer_returns_its_state_too() -> None:
    # a tensor of two rows would come apart as if it were outputs and state
    stream = Stream(SEQUENCES, batch=2, window=2)
    with pytest.raises(SettingsError, match=r"outputs and state, got Tensor. Return \(y, state\)"):
        next(carried(lambda x, state, **rows: x, stream))
