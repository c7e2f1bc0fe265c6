"""How the layers of a model are watched: another forward stands in for theirs during a run."""

from collections.abc import Callable, Iterator, Sequence, Sized
from contextlib import contextmanager
from functools import partial
from typing import Any

from torch import nn

from lstmkit.errors import SettingsError
from lstmkit.nn import LSTM, ConvLSTM, Layer
from lstmkit.nn.conv.layer import ConvLayer

Stack = LSTM | ConvLSTM
AnyLayer = Layer | ConvLayer


def stacks(module: nn.Module) -> list[tuple[str, Stack]]:
    """Returns every `LSTM` and `ConvLSTM` in a model with its path."""
    return [(path, part) for path, part in module.named_modules() if isinstance(part, Stack)]


def directions(stack: Stack) -> Sequence[AnyLayer]:
    """Returns the layers of a stack in the order in which its state lists them."""
    return stack.directions()


def own_forward(module: nn.Module) -> Callable[..., Any]:
    """Returns the forward that a module's class gives it, whatever stands in for it."""
    return partial(type(module).forward, module)


@contextmanager
def standing_in(module: nn.Module, forward: Callable[..., Any]) -> Iterator[None]:
    """Lets `forward` run where the module is called."""
    own = vars(module)
    before = own.get("forward")
    own["forward"] = forward
    try:
        yield
    finally:
        if before is None:
            del own["forward"]
        else:
            own["forward"] = before


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Puts a model into evaluation mode, and each part back into its own mode afterwards."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


def called(path: str, lstm: Stack, number: int, taken: Sequence[str]) -> str:
    """Names a layer: path, number in the stack, direction, and number of the call if not the first.

    Args:
        path: Of the stack.
        lstm: The stack.
        number: Place of the layer in `lstm.directions()`.
        taken: Names that were given in this run.
    """
    layer = lstm.directions()[number]
    place = number // (2 if lstm.bidirectional else 1) + 1
    name = f"{path + ' ' if path else ''}layer {place}{' reverse' if layer.reverse else ''}"
    before = sum(one == name or one.startswith(f"{name}, call ") for one in taken)
    return f"{name}, call {before + 1}" if before else name


def require_module(module: object) -> None:
    """Refuses what is no model.

    Raises:
        SettingsError: It is no module of torch.
    """
    if not isinstance(module, nn.Module):
        raise SettingsError(
            f"inspect: expected a model, a torch.nn.Module, got {type(module).__name__}. Give the "
            "model that holds the layers; of an estimator that is its network_."
        )


def require(found: Sized, who: str) -> None:
    """Refuses a run in which no layer was called.

    Raises:
        SettingsError: Nothing was found.
    """
    if not len(found):
        raise SettingsError(
            f"{who}: expected a run that calls an LSTM of the model, got one that calls none. Give "
            "the model itself, with an lstmkit.LSTM or a layer of torch in it, and a function that "
            "runs it on some input."
        )
