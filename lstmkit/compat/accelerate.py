"""Somebody else's model with the engine inside."""

from torch import nn

from lstmkit.compat.torch import LSTM, LSTMCell

SWAPS = {nn.LSTM: LSTM, nn.LSTMCell: LSTMCell}


def accelerate(model: nn.Module, *, undo: bool = False) -> nn.Module:
    """Lets lstmkit compute every `torch.nn.LSTM` and `torch.nn.LSTMCell` of a model.

    Only the class of these modules changes, in place: parameters, hooks, optimisers and every
    reference to them stay valid, and the state-dict is the same. Subclasses of these have a
    `forward` of their own and are left alone.

    Args:
        model: Any module.
        undo: Give the layers back to torch.

    Returns:
        The model.

    Example:
        >>> model = nn.Sequential(nn.LSTM(3, 5))
        >>> type(accelerate(model)[0]).__module__
        'lstmkit.compat.lstm'
        >>> type(accelerate(model, undo=True)[0]) is nn.LSTM
        True
    """
    swaps = {ours: theirs for theirs, ours in SWAPS.items()} if undo else SWAPS
    for module in model.modules():
        if type(module) in swaps:
            module.__class__ = swaps[type(module)]
    return model
