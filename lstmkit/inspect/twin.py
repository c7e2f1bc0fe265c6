"""`torch.nn.LSTM` seen as lstmkit's own: the same weights, every quantity in the open."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from lstmkit.errors import SettingsError
from lstmkit.inspect.standing_in import evaluating, standing_in
from lstmkit.nn import LSTM
from lstmkit.nn.state import state_type

GATES = "ifgo"  # in the order in which torch stacks them


@contextmanager
def opened(module: nn.Module) -> Iterator[list[tuple[str, LSTM]]]:
    """Puts a model into evaluation mode, with a twin at the place of every `torch.nn.LSTM`.

    Args:
        module: The model.

    Yields:
        Every `LSTM` that runs when the model does, with its path.

    Raises:
        SettingsError: A `torch.nn.LSTM` with a projection.
    """
    found: list[tuple[str, LSTM]] = []
    with ExitStack() as stack:
        stack.enter_context(evaluating(module))
        for path, part in list(module.named_modules()):
            if isinstance(part, LSTM):
                found.append((path, part))
            elif isinstance(part, nn.LSTM):
                ours = twin(part)
                stack.enter_context(standing_in(part, partial(_through, part, ours)))
                found.append((path, ours))
        yield found


@torch.no_grad()
def twin(theirs: nn.LSTM) -> LSTM:
    """Builds a layer that computes what a `torch.nn.LSTM` computes.

    Args:
        theirs: torch's layer; its weights are copied.

    Returns:
        The layer, in evaluation mode.

    Raises:
        SettingsError: torch's layer has a projection.
    """
    if theirs.proj_size:
        raise SettingsError(
            f"inspect: expected a torch.nn.LSTM without a projection, got proj_size="
            f"{theirs.proj_size}. Build the model with lstmkit.LSTM(cell='projected')."
        )
    like: Tensor = theirs.weight_ih_l0  # type: ignore[assignment]
    ours = LSTM(
        theirs.input_size,
        theirs.hidden_size,
        num_layers=theirs.num_layers,
        bidirectional=theirs.bidirectional,
        device=like.device,
        dtype=like.dtype,
    )
    for number, layer in enumerate(ours.directions()):
        depth, reverse = divmod(number, 2 if theirs.bidirectional else 1)
        suffix = f"l{depth}{'_reverse' * reverse}"
        weights = {
            "W": getattr(theirs, f"weight_ih_{suffix}"),
            "U": getattr(theirs, f"weight_hh_{suffix}"),
            "b": _bias(theirs, suffix),
        }
        named = layer.named()
        for letter, stacked in weights.items():
            for gate, part in zip(GATES, stacked.chunk(4), strict=True):
                named[f"{letter}_{gate}"].copy_(part)
    return ours.eval()


def _bias(theirs: nn.LSTM, suffix: str) -> Tensor:
    if not theirs.bias:
        weights: Tensor = getattr(theirs, f"weight_ih_{suffix}")
        return weights.new_zeros(4 * theirs.hidden_size)
    total: Tensor = getattr(theirs, f"bias_ih_{suffix}") + getattr(theirs, f"bias_hh_{suffix}")
    return total


def _through(theirs: nn.LSTM, ours: LSTM, given: Any, hx: Sequence[Tensor] | None = None) -> Any:
    """Runs the twin on torch's arguments, and returns what torch would."""
    packed = isinstance(given, PackedSequence)
    alone = not packed and given.dim() == 2
    lengths = None
    if packed:
        x, lengths = pad_packed_sequence(given, batch_first=True)
    elif alone:
        x, hx = given[None], None if hx is None else [part[:, None] for part in hx]
    else:
        x = given if theirs.batch_first else given.transpose(0, 1)
    state = None if hx is None else state_type(("h", "c"))(*(tuple(p.unbind(0)) for p in hx))
    y, final = ours(x, state, lengths=None if lengths is None else lengths.to(x.device))
    last = torch.stack(final.h), torch.stack(final.c)
    if lengths is not None:
        return pack_padded_sequence(y, lengths, batch_first=True, enforce_sorted=False), last
    if alone:
        return y[0], tuple(part[:, 0] for part in last)
    return (y if theirs.batch_first else y.transpose(0, 1)), last
