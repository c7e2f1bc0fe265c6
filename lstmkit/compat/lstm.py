"""`torch.nn.LSTM` with the compiled engine inside."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from lstmkit.compat.gates import named, torch_scan
from lstmkit.compat.kept import Kept
from lstmkit.compat.reasons import (
    EMPTY,
    TYPES,
    WRONG,
    differentiated,
    not_ready,
    plain,
    surroundings,
)
from lstmkit.engine import Sizes

States = tuple[Tensor, Tensor]
_kept: WeakKeyDictionary[nn.LSTM, dict[int, Kept]] = WeakKeyDictionary()


class LSTM(nn.LSTM):
    """`torch.nn.LSTM` in every respect, computed by lstmkit's engine where that can.

    What the engine cannot do goes to torch itself: other types than float32, other devices than
    the processor, `torch.compile`, `vmap`, empty input, and whatever torch would refuse, so that
    its own message comes.
    Arguments, shapes and the order of gates are those of `torch.nn.LSTM`.

    Example:
        >>> layer = LSTM(3, 5, num_layers=2, bidirectional=True)
        >>> output, (h, c) = layer(torch.zeros(7, 4, 3))
        >>> output.shape, h.shape
        (torch.Size([7, 4, 10]), torch.Size([4, 4, 5]))
    """

    def forward(self, input: Any, hx: Sequence[Tensor] | None = None) -> Any:
        """Runs the stack; arguments and results as in `torch.nn.LSTM.forward`."""
        if why_not_lstm(self, input, hx) is not None:
            # torch says what it cannot take
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
    weights = _weights(layer)
    if _are_kept(layer, weights):
        return None
    if not all(plain(weight) for weight in weights):
        return TYPES
    return not_ready(
        bias=layer.bias,
        projected=bool(layer.proj_size),
        sizes=Sizes(layer.input_size, layer.hidden_size, layer.proj_size or layer.hidden_size),
    )


def _weights(layer: nn.LSTM) -> list[Tensor]:
    names, own = layer._flat_weights_names, cast(dict[str, Tensor], layer._parameters)
    try:
        return [own[name] for name in names]
    except KeyError:
        # with weight_norm and the like, forward uses what the layer does not store
        return [getattr(layer, name) for name in names]


def _are_kept(layer: nn.LSTM, weights: Sequence[Tensor]) -> bool:
    kept = _kept.get(layer)
    many = layer.num_layers * (2 if layer.bidirectional else 1)
    if kept is None or len(kept) != many:
        return False
    each = len(weights) // many
    return all(kept[k].holds(weights[k * each : (k + 1) * each]) for k in range(many))


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
    directions = 2 if layer.bidirectional else 1
    many = layer.num_layers * directions
    weights = _weights(layer)
    each = len(weights) // many
    training = differentiated(x, *(hx or ()), *weights)
    last_h, last_c = [], []
    for number in range(layer.num_layers):
        if number and layer.dropout:
            x = nn.functional.dropout(x, layer.dropout, layer.training)
        outputs = []
        for direction in range(directions):
            k = number * directions + direction
            given = (None, None) if hx is None else (hx[0][k], hx[1][k])
            way = _way(layer, k, weights[k * each : (k + 1) * each], training=training)
            y, h, c = way(x.transpose(0, 1), given, lengths, reverse=direction > 0)
            # the engine rounds rows up to whole blocks; torch's outputs can be viewed flat
            outputs.append(y.transpose(0, 1).contiguous())
            last_h.append(h)
            last_c.append(c)
        x = outputs[0] if directions == 1 else torch.cat(outputs, -1)
    if many == 1:
        return x, (last_h[0][None], last_c[0][None])
    return x, (torch.stack(last_h), torch.stack(last_c))


def _way(
    layer: nn.LSTM, k: int, weights: Sequence[Tensor], *, training: bool
) -> Callable[..., tuple[Tensor, Tensor, Tensor]]:
    """Returns what runs the k-th direction: with what is kept, where the weights stay."""
    lasting = all(isinstance(weight, nn.Parameter) for weight in weights)
    if (training and not lasting) or not all(weight.is_contiguous() for weight in weights):
        total = weights[2] + weights[3] if len(weights) > 3 else None
        return partial(torch_scan, named(weights, total))
    known = _kept.setdefault(layer, {})
    kept = known.get(k)
    if kept is None or not kept.holds(weights):
        kept = known[k] = Kept(weights)
    return kept.differentiated if training else kept.run


def _packed_like(given: PackedSequence, y: Tensor, lengths: Tensor) -> PackedSequence:
    if given.sorted_indices is not None:
        y = y.index_select(1, given.sorted_indices)
        lengths = lengths[given.sorted_indices]
    packed = pack_padded_sequence(y, lengths)
    return PackedSequence(
        packed.data, packed.batch_sizes, given.sorted_indices, given.unsorted_indices
    )
