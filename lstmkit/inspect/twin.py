"""torch's recurrent layers seen as lstmkit's own: the same weights, every quantity in the open."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from lstmkit.cells import find
from lstmkit.engine import Cell
from lstmkit.inspect.standing_in import Stack, evaluating, require_module, standing_in
from lstmkit.nn import LSTM
from lstmkit.nn.state import state_type

# gates in the order in which torch stacks them
GATES = {"LSTM": "ifgo", "GRU": "rzn"}
PROJECTED = """
    i = sigmoid(W_i @ x + U_i @ h[-1] + b_i)
    f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
    g = tanh(W_g @ x + U_g @ h[-1] + b_g)
    o = sigmoid(W_o @ x + U_o @ h[-1] + b_o)
    c = f * c[-1] + i * g
    h = P @ (o * tanh(c))
"""


@contextmanager
def opened(module: nn.Module) -> Iterator[list[tuple[str, Stack]]]:
    """Puts a model into evaluation mode, with a twin in place of every recurrent layer of torch.

    Args:
        module: The model.

    Yields:
        Every `LSTM` or `ConvLSTM` that runs when the model does, with its path.
    """
    require_module(module)
    found: list[tuple[str, Stack]] = []
    with ExitStack() as stack:
        stack.enter_context(evaluating(module))
        for path, part in list(module.named_modules()):
            if isinstance(part, Stack):
                found.append((path, part))
            elif isinstance(part, nn.RNNBase):
                ours = twin(part)
                stack.enter_context(standing_in(part, partial(_through, part, ours)))
                found.append((path, ours))
        yield found


@torch.no_grad()
def twin(theirs: nn.RNNBase) -> LSTM:
    """Builds a layer that computes what a layer of torch computes.

    Args:
        theirs: `torch.nn.LSTM`, `GRU` or `RNN`; its weights are copied.

    Returns:
        The layer, in evaluation mode.
    """
    like = next(theirs.parameters())
    ours = LSTM(
        theirs.input_size,
        theirs.hidden_size,
        cell=_cell(theirs),
        num_layers=theirs.num_layers,
        bidirectional=theirs.bidirectional,
        projection_size=theirs.proj_size or None,
        device=like.device,
        dtype=like.dtype,
    )
    for number, layer in enumerate(ours.directions()):
        depth, reverse = divmod(number, 2 if theirs.bidirectional else 1)
        given = _named(theirs, f"l{depth}{'_reverse' * reverse}")
        for name, value in layer.named().items():
            value.copy_(given[name]) if name in given else value.zero_()
    return ours.eval()


def _cell(theirs: nn.RNNBase) -> Cell:
    if theirs.proj_size:
        return Cell(text=PROJECTED, name="lstm with projection")
    if theirs.mode == "RNN_RELU":
        return Cell(text="h = relu(W @ x + U @ h[-1] + b)", name="relu")
    return find({"LSTM": "lstm", "GRU": "gru"}.get(theirs.mode, "elman"))


def _named(theirs: nn.RNNBase, suffix: str) -> dict[str, Tensor]:
    """Parameters of one direction by the names that they have in the cell's text."""
    gates = [f"_{gate}" for gate in GATES.get(theirs.mode, "")] or [""]

    def parts(name: str) -> list[tuple[str, Tensor]]:
        stacked: Tensor = getattr(theirs, f"{name}_{suffix}")
        return list(zip(gates, stacked.chunk(len(gates)), strict=True))

    found = {f"W{gate}": part for gate, part in parts("weight_ih")}
    found |= {f"U{gate}": part for gate, part in parts("weight_hh")}
    if theirs.proj_size:
        found["P"] = getattr(theirs, f"weight_hr_{suffix}")
    if theirs.bias:
        found |= {f"b{gate}": part for gate, part in parts("bias_ih")}
        for gate, part in parts("bias_hh"):
            # the GRU multiplies its second bias with a gate, all others add the two up
            name = "d_n" if (theirs.mode, gate) == ("GRU", "_n") else f"b{gate}"
            found[name] = found[name] + part if name in found else part
    return found


def _through(
    theirs: nn.RNNBase, ours: LSTM, given: Any, hx: Tensor | Sequence[Tensor] | None = None
) -> Any:
    """Runs the twin on torch's arguments, and returns what torch would."""
    packed = isinstance(given, PackedSequence)
    alone = not packed and given.dim() == 2
    states = (hx,) if isinstance(hx, Tensor) else hx
    lengths = None
    if packed:
        x, lengths = pad_packed_sequence(given, batch_first=True)
    elif alone:
        x, states = given[None], None if states is None else [part[:, None] for part in states]
    else:
        x = given if theirs.batch_first else given.transpose(0, 1)
    kind = state_type(("h", "c") if theirs.mode == "LSTM" else ("h",))
    state = None if states is None else kind(*(tuple(part.unbind(0)) for part in states))
    y, final = ours(x, state, lengths=None if lengths is None else lengths.to(x.device))
    last = tuple(torch.stack(getattr(final, name)) for name in kind._fields)
    if alone:
        y, last = y[0], tuple(part[:, 0] for part in last)
    elif lengths is not None:
        y = pack_padded_sequence(y, lengths, batch_first=True, enforce_sorted=False)
    elif not theirs.batch_first:
        y = y.transpose(0, 1)
    return y, (last if theirs.mode == "LSTM" else last[0])
