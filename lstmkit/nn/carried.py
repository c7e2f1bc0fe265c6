"""Truncated back-propagation through time: the state goes on, the gradient does not."""

from collections.abc import Callable, Iterable, Iterator
from inspect import signature
from typing import Any, Protocol, TypeVar, runtime_checkable

from jaxtyping import Bool, Int
from torch import Tensor, nn

from lstmkit.errors import SettingsError
from lstmkit.nn.conv.conv_lstm import ConvLSTM
from lstmkit.nn.lstm import LSTM
from lstmkit.nn.state import detach


@runtime_checkable
class Window(Protocol):
    """A part of a stream, as `lstmkit.data.Stream` gives it."""

    @property
    def x(self) -> Tensor:
        """Input (batch, time, ...)."""

    @property
    def reset(self) -> Bool[Tensor, "batch time"]:
        """Steps at which a sequence begins."""

    @property
    def lengths(self) -> Int[Tensor, " batch"]:
        """Real steps of each row."""


W = TypeVar("W", bound=Window)


def carried(layer: Callable[..., Any], windows: Iterable[W]) -> Iterator[tuple[W, Any]]:
    """Runs a layer or a model over a stream window by window, its state carried and detached.

    Values are those of the whole stream; the gradient reaches back to the beginning of a window
    and not past a reset (Williams and Peng 1990: truncated back-propagation through time). A
    sequence that lies within one window gets its full gradient.

    Args:
        layer: An `LSTM`, a `ConvLSTM`, or a model that is called like them:
            `layer(x, state, lengths=..., reset=...)`, state None at first, gives outputs and state.
            No part of it may be bidirectional, since a window does not hold the future. A model
            with a part that reads something else in both directions, such as the letters of a
            step's word, is given as a function that calls it.
        windows: Parts of the stream in order, all of one batch size.

    Returns:
        Each window and the outputs over it, of a layer (batch, time, output_size).

    Raises:
        SettingsError: A layer that is bidirectional, holds one that is, or is called otherwise;
            once iterated, something else than windows, or than outputs and state.

    Example:
        >>> from lstmkit.data.stream import Stream
        >>> import torch
        >>> from lstmkit.nn import LSTM
        >>> layer = LSTM(1, 4)
        >>> for window, y in carried(layer, Stream([torch.ones(9, 1)], batch=1, window=4)):
        ...     y[window.real].square().mean().backward()
    """
    _check_call(layer)
    if isinstance(layer, nn.Module):
        _check_directions(layer)
    return _outputs(layer, windows)


def _outputs(layer: Callable[..., Any], windows: Iterable[W]) -> Iterator[tuple[W, Any]]:
    state = None
    for window in windows:
        if not isinstance(window, Window):
            raise SettingsError(
                "carried: expected windows with x, reset and lengths, got "
                f"{type(window).__name__}. lstmkit.data.Stream cuts sequences into them."
            )
        found = layer(window.x, state, lengths=window.lengths, reset=window.reset)
        if not isinstance(found, tuple | list) or len(found) != 2:
            raise SettingsError(
                "carried: expected the layer to return outputs and state, got "
                f"{type(found).__name__}. Return (y, state) from its forward."
            )
        y, state = found
        yield window, y
        state = detach(state)


def _check_call(layer: Callable[..., Any]) -> None:
    called = layer.forward if isinstance(layer, nn.Module) else layer
    try:
        signature(called).bind(None, None, lengths=None, reset=None)
    except TypeError as error:
        raise SettingsError(
            "carried: expected an lstmkit.nn.LSTM, a ConvLSTM or a model called like them, "
            f"layer(x, state, lengths=..., reset=...), got {_kind(layer)}, which cannot be: "
            f"{error}. Build lstmkit.nn.LSTM in place of a layer of torch."
        ) from None
    except ValueError:
        # some callables written in C tell nothing of their arguments
        return


def _check_directions(layer: nn.Module) -> None:
    for name, part in layer.named_modules():
        if isinstance(part, LSTM | ConvLSTM | nn.RNNBase) and part.bidirectional:
            raise SettingsError(
                "carried: expected layers in one direction, got bidirectional=True of "
                f"{f'{_kind(part)} {name!r} in ' if name else ''}{_kind(layer)}: its outputs "
                "depend on what comes after the window. Build it with bidirectional=False, or "
                "call it on whole sequences."
            )


def _kind(layer: object) -> str:
    kind = type(layer)
    package = kind.__module__.partition(".")[0]
    return kind.__name__ if package == "builtins" else f"{package}'s {kind.__name__}"
