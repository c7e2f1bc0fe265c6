"""`torch.nn.LSTM` with the compiled engine inside: same constructor, state-dict, numbers."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from lstmkit.engine import Scan, read, run
from lstmkit.engine.cpu.path import refuse_cpu
from lstmkit.engine.layout import Layout, Sizes, layout

GATES = ("i", "f", "g", "o")  # the order in which torch stacks them
States = tuple[Tensor, Tensor]


@lru_cache(maxsize=4)
def torch_layout(*, bias: bool, projected: bool) -> Layout:
    """Returns torch's LSTM as equations, stored as torch stores it."""
    squash = {"g": "tanh"}
    lines = [
        f"{gate} = {squash.get(gate, 'sigmoid')}"
        f"(W_{gate} @ x + U_{gate} @ h[-1]{f' + b_{gate}' if bias else ''})"
        for gate in GATES
    ]
    output = "P @ (o * tanh(c))" if projected else "o * tanh(c)"
    return layout(read("\n".join([*lines, "c = f * c[-1] + i * g", f"h = {output}"])))


class LSTM(nn.LSTM):
    """`torch.nn.LSTM` in every respect, computed by lstmkit's engine where that can.

    What the engine cannot do goes to torch itself: other types than float32, other devices than
    the processor, `torch.compile`, `vmap`, empty input, and whatever torch would refuse, so that
    its own message comes. Arguments, shapes and the order of gates are those of `torch.nn.LSTM`.

    Example:
        >>> layer = LSTM(3, 5, num_layers=2, bidirectional=True)
        >>> output, (h, c) = layer(torch.zeros(7, 4, 3))
        >>> output.shape, h.shape
        (torch.Size([7, 4, 10]), torch.Size([4, 4, 5]))
    """

    def forward(self, input: Any, hx: States | None = None) -> Any:
        """Runs the stack; arguments and results as in `torch.nn.LSTM.forward`."""
        if why_not(self, input, hx) is not None:
            return super().forward(input, hx)
        if isinstance(input, PackedSequence):
            padded, lengths = pad_packed_sequence(input, batch_first=True)
            y, state = _run(self, padded, hx, lengths)
            return _packed_like(input, y, lengths), state
        if input.dim() == 2:
            hx = None if hx is None else (hx[0][:, None], hx[1][:, None])
            y, (h, c) = _run(self, input[None], hx, None)
            return y[0], (h[:, 0], c[:, 0])
        y, state = _run(self, input if self.batch_first else input.transpose(0, 1), hx, None)
        return (y if self.batch_first else y.transpose(0, 1)), state


def why_not(layer: nn.LSTM, input: Any, hx: States | None = None) -> str | None:
    """Says why a call goes to torch, or None where the engine takes it.

    Args:
        layer: The layer.
        input: Its input, as `torch.nn.LSTM` takes it.
        hx: Its initial state, if any.

    Returns:
        The reason.
    """
    if torch.compiler.is_compiling() or torch._C._get_tracing_state() is not None:
        return "a compiler is looking on"
    data = input.data if isinstance(input, PackedSequence) else input
    if not isinstance(data, Tensor) or data.dtype is not torch.float32 or not data.is_cpu:
        return "the engine computes float32 on the processor"
    if torch.is_autocast_enabled("cpu"):
        return "autocast chooses types of its own"
    if not _fits(layer, input, hx):
        return "torch says what is wrong with the input"
    if not data.numel():
        return "the engine takes no empty batch and no zero steps"
    if torch._C._functorch.peek_interpreter_stack() is not None:
        return "the engine cannot be vmapped"
    if any(not p.is_cpu or p.dtype is not torch.float32 for p in layer.parameters()):
        return "the engine computes float32 on the processor"
    return _not_ready(
        torch_layout(bias=layer.bias, projected=bool(layer.proj_size)),
        Sizes(layer.input_size, layer.hidden_size, layer.proj_size or layer.hidden_size),
    )


@lru_cache(maxsize=64)
def _not_ready(kept: Layout, sizes: Sizes) -> str | None:
    """Why the engine has no program for a layer of given sizes, or None if it has."""
    parameters = {
        name: torch.empty(shape, dtype=torch.float32) for name, shape in kept.shapes(sizes).items()
    }
    x = torch.empty(1, 1, sizes.input, dtype=torch.float32)
    scan = Scan(layout=kept, sizes=sizes, parameters=parameters, x=x, state=None, fresh=None)
    return refuse_cpu(scan)


def _fits(layer: nn.LSTM, input: Any, hx: States | None) -> bool:
    if isinstance(input, PackedSequence):
        features, rows = input.data.shape[1:], int(input.batch_sizes[0])
    elif input.dim() in {2, 3}:
        features = input.shape[-1:]
        rows = 1 if input.dim() == 2 else input.shape[0 if layer.batch_first else 1]
    else:
        return False
    if tuple(features) != (layer.input_size,):
        return False
    if hx is None:
        return True
    if not isinstance(hx, tuple) or len(hx) != 2:
        return False
    many = layer.num_layers * (2 if layer.bidirectional else 1)
    batch = () if not isinstance(input, PackedSequence) and input.dim() == 2 else (rows,)
    widths = (layer.proj_size or layer.hidden_size, layer.hidden_size)
    return all(
        isinstance(part, Tensor)
        and part.dtype is torch.float32
        and tuple(part.shape) == (many, *batch, width)
        for part, width in zip(hx, widths, strict=True)
    )


def _scan(
    layer: nn.LSTM,
    suffix: str,
    x: Tensor,
    sizes: Sizes,
    state: dict[str, Tensor] | None,
    lengths: Tensor | None,
    *,
    reverse: bool,
) -> Scan:
    parameters = {
        "W": getattr(layer, f"weight_ih{suffix}"),
        "U": getattr(layer, f"weight_hh{suffix}"),
    }
    if layer.proj_size:
        parameters["P"] = getattr(layer, f"weight_hr{suffix}")
    if layer.bias:
        both = getattr(layer, f"bias_ih{suffix}") + getattr(layer, f"bias_hh{suffix}")
        parameters |= {f"b_{g}": part for g, part in zip(GATES, both.chunk(4), strict=True)}
    return Scan(
        layout=torch_layout(bias=layer.bias, projected=bool(layer.proj_size)),
        sizes=sizes,
        parameters=parameters,
        x=x,
        state=state,
        fresh=None,
        lengths=lengths,
        reverse=reverse,
    )


def _run(
    layer: nn.LSTM, x: Tensor, hx: States | None, lengths: Tensor | None
) -> tuple[Tensor, States]:
    """Runs all layers and directions over (batch, time, feature)."""
    suffixes = ("", "_reverse") if layer.bidirectional else ("",)
    last_h, last_c = [], []
    for number in range(layer.num_layers):
        if number:
            x = nn.functional.dropout(x, layer.dropout, layer.training)
        sizes = Sizes(x.shape[2], layer.hidden_size, layer.proj_size or layer.hidden_size)
        outputs = []
        for direction, suffix in enumerate(suffixes):
            k = number * len(suffixes) + direction
            state = None if hx is None else {"h": hx[0][k], "c": hx[1][k]}
            scanned = run(
                _scan(layer, f"_l{number}{suffix}", x, sizes, state, lengths, reverse=direction > 0)
            )
            outputs.append(scanned.y)
            last_h.append(scanned.state["h"])
            last_c.append(scanned.state["c"])
        x = outputs[0] if len(outputs) == 1 else torch.cat(outputs, -1)
    return x, (torch.stack(last_h), torch.stack(last_c))


def _packed_like(given: PackedSequence, y: Tensor, lengths: Tensor) -> PackedSequence:
    if given.sorted_indices is not None:
        y = y.index_select(0, given.sorted_indices)
        lengths = lengths[given.sorted_indices.to(lengths.device)]
    packed = pack_padded_sequence(y, lengths, batch_first=True)
    return PackedSequence(
        packed.data, packed.batch_sizes, given.sorted_indices, given.unsorted_indices
    )
