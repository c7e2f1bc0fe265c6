"""Somebody else's model with the engine inside."""

from torch import nn

from lstmkit.compat.torch import LSTM


def accelerate(model: nn.Module, *, undo: bool = False) -> nn.Module:
    """Lets lstmkit compute every `torch.nn.LSTM` of a model.

    Only the class of these modules changes, in place: parameters, hooks, optimisers and every
    reference to them stay valid, and the state-dict is the same. Subclasses of `torch.nn.LSTM`
    have a `forward` of their own and are left alone.

    Args:
        model: Any module.
        undo: Give the layers back to torch.

    Returns:
        The model.

    Example:
        >>> model = nn.Sequential(nn.LSTM(3, 5))
        >>> type(accelerate(model)[0]).__module__
        'lstmkit.compat.torch'
        >>> type(accelerate(model, undo=True)[0]) is nn.LSTM
        True
    """
    old, new = (LSTM, nn.LSTM) if undo else (nn.LSTM, LSTM)
    for module in model.modules():
        if type(module) is old:
            module.__class__ = new
    return model
