"""Truncated back-propagation through time: the state goes on, the gradient does not."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar, runtime_checkable

from jaxtyping import Bool, Int
from torch import Tensor

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
        windows: Parts of the stream in order, all of one batch size.

    Yields:
        Each window and the outputs over it, of a layer (batch, time, output_size).

    Example:
        >>> from lstmkit.data.stream import Stream
        >>> import torch
        >>> from lstmkit.nn import LSTM
        >>> layer = LSTM(1, 4)
        >>> for window, y in carried(layer, Stream([torch.ones(9, 1)], batch=1, window=4)):
        ...     y[window.real].square().mean().backward()
    """
    state = None
    for window in windows:
        y, state = layer(window.x, state, lengths=window.lengths, reset=window.reset)
        yield window, y
        state = detach(state)
