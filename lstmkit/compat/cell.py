"""`torch.nn.LSTMCell` with the compiled engine inside."""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from torch import Tensor, nn

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

NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
# rows times units from which on a step pays for the way to the engine; measured
WORTH = 2048
States = tuple[Tensor, Tensor]
_kept: WeakKeyDictionary[nn.LSTMCell, Kept] = WeakKeyDictionary()


class LSTMCell(nn.LSTMCell):
    """`torch.nn.LSTMCell` in every respect, computed by lstmkit's engine where that is faster.

    That is a step of a batch without gradient, in float32 on the processor. All else goes to torch
    itself: a step to be differentiated or of few numbers, which torch gets under way sooner, other
    types and devices, `torch.compile`, `vmap`, an empty batch, and whatever torch would refuse, so
    that its own message comes. For streams of one row there is `lstmkit.LSTM.step`.

    Example:
        >>> import torch
        >>> cell, state = LSTMCell(3, 5), None
        >>> with torch.no_grad():
        ...     for x in torch.zeros(4, 2, 3):
        ...         state = cell(x, state)
        >>> state[0].shape
        torch.Size([2, 5])
    """

    def forward(self, input: Tensor, hx: Sequence[Tensor] | None = None) -> States:
        """Runs one step; arguments and results as in `torch.nn.LSTMCell.forward`."""
        if why_not_cell(self, input, hx) is not None:
            # torch says what it cannot take
            return super().forward(input, hx)  # type: ignore[arg-type]
        if input.dim() == 2:
            return _step(self, input, hx)
        h, c = _step(self, input[None], None if hx is None else (hx[0][None], hx[1][None]))
        return h[0], c[0]


def why_not_cell(cell: nn.LSTMCell, input: Any, hx: Any = None) -> str | None:
    """Says why a step goes to torch, or None where the engine takes it."""
    reason = surroundings()
    if reason is not None:
        return reason
    if not plain(input):
        return TYPES
    if not _fits(cell, input, hx):
        return WRONG
    if not input.numel():
        return EMPTY
    if input.numel() // cell.input_size * cell.hidden_size < WORTH:
        return "torch gets so small a step under way sooner"
    own = [cell._parameters.get(name) for name in NAMES if cell.bias or name in NAMES[:2]]
    weights = [weight for weight in own if weight is not None]
    if len(weights) != len(own):
        return "some of the parameters are computed"
    if differentiated(input, *(hx or ()), *weights):
        return "torch differentiates a single step faster"
    kept = _kept.get(cell)
    if kept is not None and kept.holds(weights):
        return None
    if not all(plain(weight) and weight.is_contiguous() for weight in weights):
        return TYPES
    made = Kept(weights)
    reason = not_ready(bias=cell.bias, projected=False, sizes=made.sizes)
    if reason is None:
        _kept[cell] = made
    return reason


def _fits(cell: nn.LSTMCell, input: Tensor, hx: Any) -> bool:
    shape = input.shape
    if len(shape) not in {1, 2} or shape[-1] != cell.input_size:
        return False
    if hx is None:
        return True
    if not isinstance(hx, tuple | list) or len(hx) != 2:
        return False
    wanted = (*shape[:-1], cell.hidden_size)
    return all(plain(part) and part.shape == wanted for part in hx)


def _step(cell: nn.LSTMCell, x: Tensor, hx: Sequence[Tensor] | None) -> States:
    _, h, c = _kept[cell].run(x[:, None], hx or (None, None))
    return h, c
