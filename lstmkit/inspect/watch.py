"""Watches gradients while a model trains, and says when they begin to explode or vanish."""

from collections.abc import Mapping
from functools import partial
from types import TracebackType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lstmkit.errors import SettingsError
from lstmkit.inspect.alarm import Alarm, alarms
from lstmkit.inspect.by_lag import by_lag, steepness
from lstmkit.inspect.measured import Measured
from lstmkit.inspect.overheard import Given, overhear_input, overhear_output
from lstmkit.inspect.standing_in import called, require_module, stacks


class GradientWatch:
    r"""Measures, at every training step, the gradients of each recurrent layer of a model.

    Two numbers a layer: the norm of the gradient of its parameters, before any clipping, and the
    factor by which error changes from one step of the sequence to the one before. The factor is the
    slope, by least squares over the lags k, of

    .. math:: \log \frac{\left\lVert \partial L / \partial x_{T-1-k} \right\rVert}
        {\sum_{j \le k} \left\lVert \partial L / \partial y_{T-1-j} \right\rVert}

    where x is the layer's input and y its output, so that nothing has to be kept of what happens
    inside: what arrives, beside all that has entered on the way. Where only the last step is read
    this is the slope of what arrives. Where the loss reads every step the factor stays near 1,
    whatever the memory is, unless error explodes.

    Inside the `with` block the layers' inputs take part in the backward pass; training gives the
    same weights.

    Args:
        model: A model with one or more `LSTM` or `ConvLSTM` in it, or layers of torch. A stack of
            torch's is watched as a whole.

    Raises:
        SettingsError: There is no recurrent layer in the model.

    Example:
        >>> from lstmkit.nn import LSTM
        >>> layer = LSTM(2, 3)
        >>> with GradientWatch(layer) as watch:
        ...     layer(torch.randn(4, 9, 2))[0][:, -1].square().mean().backward()
        ...     watch.step()
        []
        >>> watch.layers["layer 1"].steps
        9
    """

    def __init__(self, model: nn.Module) -> None:
        require_module(model)
        self._watched: dict[str, nn.Module] = {}
        for path, lstm in stacks(model):
            for number, layer in enumerate(lstm.directions()):
                self._watched[called(path, lstm, number, [])] = layer
        for path, part in model.named_modules():
            if isinstance(part, nn.RNNBase):
                self._watched[path or type(part).__name__] = part
        if not self._watched:
            raise SettingsError(
                "GradientWatch: expected a model with an lstmkit.LSTM in it, or a recurrent layer "
                f"of torch, got a {type(model).__name__} without one. Watch the model that holds "
                "the layers."
            )
        self.layers = {name: Measured() for name in self._watched}
        self._squares: dict[str, dict[str, Tensor]] = {name: {} for name in self.layers}
        self._arrived: dict[str, tuple[Tensor, Tensor]] = {}
        self._entered: dict[str, tuple[Tensor, Tensor]] = {}
        self._told: dict[tuple[str, str], int] = {}
        self._steps = 0
        self._handles: list[Any] = []

    def __enter__(self) -> "GradientWatch":
        """Begins to listen."""
        for name, layer in self._watched.items():
            before, after = partial(self._hear_input, name), partial(self._hear_output, name)
            self._handles.append(layer.register_forward_pre_hook(before, with_kwargs=True))
            self._handles.append(layer.register_forward_hook(after, with_kwargs=True))
            for own, parameter in layer.named_parameters():
                hook = partial(self._hear_parameter, name, own)
                self._handles.append(parameter.register_post_accumulate_grad_hook(hook))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leaves the model as it was."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _hear_parameter(self, name: str, own: str, parameter: Tensor) -> None:
        if parameter.grad is not None:
            self._squares[name][own] = parameter.grad.detach().double().square().sum()

    def _hear_input(
        self, name: str, layer: nn.Module, given: tuple[Any, ...], options: Mapping[str, Any]
    ) -> Given | None:
        if not torch.is_grad_enabled():
            return None

        def heard(squares: Tensor, ends: Tensor) -> None:
            self._arrived[name] = squares, ends

        return overhear_input(layer, (given, options), heard)

    def _hear_output(
        self,
        name: str,
        layer: nn.Module,
        given: tuple[Any, ...],
        options: Mapping[str, Any],
        output: Any,
    ) -> None:
        def heard(squares: Tensor, ends: Tensor) -> None:
            self._entered[name] = squares, ends

        if torch.is_grad_enabled():
            overhear_output(layer, (given, options), output, heard)

    def step(self) -> list[Alarm]:
        """Takes note of the gradients of the step, after `backward` and before `zero_grad`.

        Returns:
            What has just begun to go wrong, each layer and kind once until it is over.
        """
        self._steps += 1
        begun = []
        for name, measured in self.layers.items():
            norm = sum(self._squares[name].values(), torch.zeros(())).sqrt().item()
            self._squares[name].clear()
            self._note(name, measured, norm)
            for alarm in alarms(name, self._steps, measured):
                last = self._told.get((name, alarm.kind))
                if last is None or self._steps - last > Measured.RECENT:
                    begun.append(alarm)
                self._told[name, alarm.kind] = self._steps
        return begun

    def _note(self, name: str, measured: Measured, norm: float) -> None:
        arrived, entered = self._arrived.pop(name, None), self._entered.pop(name, None)
        if arrived is None:
            measured.add(norm, float("nan"), 0)
            return
        reverse = getattr(self._watched[name], "reverse", False)
        passed = by_lag(*arrived, reverse=reverse)
        if entered is not None:
            so_far = np.cumsum(by_lag(*entered, reverse=reverse))
            passed = np.divide(passed, so_far, out=np.zeros_like(passed), where=so_far > 0)
        measured.add(norm, steepness(passed), int(np.count_nonzero(passed)))

    def line(self) -> str:
        """Says in one line what the last steps were like, layer by layer."""
        return "gradients: " + ", ".join(
            f"{name} {measured.usual_norm:.3g}{measured.told_factor}"
            for name, measured in self.layers.items()
        )
