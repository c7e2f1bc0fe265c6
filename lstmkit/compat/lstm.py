"""`torch.nn.LSTM` with the compiled engine inside."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from lstmkit.compat.gates import GATES, torch_layout, torch_scan
from lstmkit.compat.kept import Kept
from lstmkit.compat.reasons import EMPTY, TYPES, WRONG, not_ready, plain, surroundings
from lstmkit.engine import Sizes

States = tuple[Tensor, Tensor]
NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
_kept: WeakKeyDictionary[nn.LSTM, dict[int, Kept]] = WeakKeyDictionary()


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

    def forward(self, input: Any, hx: Sequence[Tensor] | None = None) -> Any:
        """Runs the stack; arguments and results as in `torch.nn.LSTM.forward`."""
        if why_not_lstm(self, input, hx) is not None:
            return super().forward(input, hx)  # type: ignore[arg-type]
        if isinstance(input, PackedSequence):
            padded, lengths = pad_packed_sequence(input)
            y, state = _run(self, padded, hx, lengths)
            return _packed_like(input, y, lengths), state
        if input.dim() == 2:
            hx = None if hx is None else (hx[0][:, None], hx[1][:, None])
            y, (h, c) = _run(self, input[:, None], hx, None)
            return y[:, 0], (h[:, 0], c[:, 0])
        y, state = _run(self, input.transpose(0, 1) if self.batch_first else input, hx, None)
        return (y.transpose(0, 1) if self.batch_first else y), state


def why_not_lstm(layer: nn.LSTM, input: Any, hx: Any = None) -> str | None:
    """Says why a call goes to torch, or None where the engine takes it."""
    reason = surroundings()
    if reason is not None:
        return reason
    data = input.data if isinstance(input, PackedSequence) else input
    if not plain(data):
        return TYPES
    if not _fits(layer, input, hx):
        return WRONG
    if not data.numel():
        return EMPTY
    if not all(plain(parameter) for parameter in _parameters(layer)):
        return TYPES
    return not_ready(
        torch_layout(bias=layer.bias, projected=bool(layer.proj_size)),
        Sizes(layer.input_size, layer.hidden_size, layer.proj_size or layer.hidden_size),
    )


def _parameters(layer: nn.LSTM) -> Sequence[Tensor]:
    # what forward uses: with weight_norm and the like, not what the layer stores
    return [getattr(layer, name) for name in layer._flat_weights_names]


def _fits(layer: nn.LSTM, input: Any, hx: Any) -> bool:
    packed = isinstance(input, PackedSequence)
    shape = input.data.shape if packed else input.shape
    if len(shape) not in ({2} if packed else {2, 3}) or shape[-1] != layer.input_size:
        return False
    if hx is None:
        return True
    if not isinstance(hx, tuple | list) or len(hx) != 2:
        return False
    if packed:
        batch: tuple[int, ...] = (int(input.batch_sizes[0]),)
    else:
        batch = () if len(shape) == 2 else (shape[0 if layer.batch_first else 1],)
    many = layer.num_layers * (2 if layer.bidirectional else 1)
    widths = (layer.proj_size or layer.hidden_size, layer.hidden_size)
    return all(
        plain(part) and part.shape == (many, *batch, width)
        for part, width in zip(hx, widths, strict=True)
    )


def _run(
    layer: nn.LSTM, x: Tensor, hx: Sequence[Tensor] | None, lengths: Tensor | None
) -> tuple[Tensor, States]:
    """Runs all layers and directions over (time, batch, feature)."""
    suffixes = ("", "_reverse") if layer.bidirectional else ("",)
    tensors = [x, *(hx or ()), *_parameters(layer)]
    training = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)
    last_h, last_c = [], []
    for number in range(layer.num_layers):
        if number:
            x = nn.functional.dropout(x, layer.dropout, layer.training)
        outputs = []
        for direction, suffix in enumerate(suffixes):
            k = number * len(suffixes) + direction
            given = (None, None) if hx is None else (hx[0][k], hx[1][k])
            own = {name: getattr(layer, name + f"_l{number}{suffix}", None) for name in NAMES}
            kept = None if training else _remembered(layer, k, own)
            way = _differentiated(own) if kept is None else kept.run
            y, h, c = way(x.transpose(0, 1), given, lengths, reverse=direction > 0)
            # the engine rounds rows up to whole blocks; torch's outputs can be viewed flat
            outputs.append(y.transpose(0, 1).contiguous())
            last_h.append(h)
            last_c.append(c)
        x = outputs[0] if len(outputs) == 1 else torch.cat(outputs, -1)
    return x, (torch.stack(last_h), torch.stack(last_c))


def _remembered(layer: nn.LSTM, k: int, own: dict[str, Tensor | None]) -> Kept | None:
    """Returns what the layer keeps for inference in its k-th direction, if it can."""
    known = _kept.setdefault(layer, {})
    if k not in known or not known[k].holds(own):
        if not Kept.takes(own):
            return None
        known[k] = Kept(own)
    return known[k]


def _differentiated(own: dict[str, Tensor | None]) -> Callable[..., tuple[Tensor, Tensor, Tensor]]:
    stored = {"W": own["weight_ih"], "U": own["weight_hh"], "P": own["weight_hr"]}
    one, other = own["bias_ih"], own["bias_hh"]
    if one is not None and other is not None:
        parts = zip(GATES, (one + other).chunk(4), strict=True)
        stored |= {f"b_{gate}": part for gate, part in parts}
    return partial(torch_scan, {name: p for name, p in stored.items() if p is not None})


def _packed_like(given: PackedSequence, y: Tensor, lengths: Tensor) -> PackedSequence:
    if given.sorted_indices is not None:
        y = y.index_select(1, given.sorted_indices)
        lengths = lengths[given.sorted_indices]
    packed = pack_padded_sequence(y, lengths)
    return PackedSequence(
        packed.data, packed.batch_sizes, given.sorted_indices, given.unsorted_indices
    )
