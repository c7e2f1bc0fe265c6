"""torch's recurrent modules with the compiled engine inside: same constructor, state-dict, numbers.

Example:
    >>> import torch
    >>> why_not(LSTM(3, 64), torch.zeros(100, 8, 3)) is None
    True
    >>> why_not(LSTM(3, 64), torch.zeros(100, 8, 3).double())
    'the engine computes dense float32 on the processor'
"""

from typing import Any

from torch import nn

from lstmkit.compat.cell import LSTMCell, why_not_cell
from lstmkit.compat.lstm import LSTM, why_not_lstm

__all__ = ["LSTM", "LSTMCell", "why_not"]


def why_not(layer: nn.LSTM | nn.LSTMCell, input: Any, hx: Any = None) -> str | None:
    """Says why a call goes to torch, or None where the engine takes it.

    Args:
        layer: The layer.
        input: Its input, as torch takes it.
        hx: Its initial state, if any.

    Returns:
        The reason.
    """
    if isinstance(layer, nn.LSTMCell):
        return why_not_cell(layer, input, hx)
    return why_not_lstm(layer, input, hx)
