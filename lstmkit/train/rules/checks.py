"""What the rules of single steps can run, and the errors that say so."""

from collections.abc import Mapping
from numbers import Integral

import torch
from torch import Tensor

from lstmkit.engine import Equations
from lstmkit.engine.tree import Call, Name, Product, walk
from lstmkit.errors import CellError, SettingsError
from lstmkit.nn import LSTM
from lstmkit.nn.drop import Drop


def check_online(layer: LSTM, batch: int) -> None:
    """Refuses a layer that the truncated gradient does not step through.

    Args:
        layer: The layer.
        batch: Rows that run side by side.

    Raises:
        SettingsError: With what of the layer is in the way.
    """
    who = "OnlineGradient"
    _check_kind(who, layer, batch)
    _refuse(
        f"{who}: expected one layer in one direction with gradient='truncated', without dropout "
        "and learned state",
        {
            f"num_layers={len(layer.layers)}": len(layer.layers) != 1,
            "bidirectional=True": layer.bidirectional,
            f"gradient={layer.gradient!r}": layer.gradient != "truncated",
            "dropout": layer.drop != Drop(),
            "learned_state=True": layer.directions()[0].learns_state,
        },
        "Build the layer so, or use RealTimeRecurrentLearning, which takes stacks, the full "
        "gradient and learned states.",
    )


def check_real_time(layer: LSTM, batch: int) -> None:
    """Refuses a stack that real-time recurrent learning does not step through.

    Args:
        layer: The stack.
        batch: Rows that run side by side.

    Raises:
        SettingsError: With what of the stack is in the way.
    """
    who = "RealTimeRecurrentLearning"
    _check_kind(who, layer, batch)
    every = layer.directions()[0].checkpoint_every
    _refuse(
        f"{who}: expected a stack in one direction, without dropout and checkpoints",
        {
            "bidirectional=True, which needs the future of a sequence": layer.bidirectional,
            "dropout, which layer.eval() switches off": layer.training and layer.drop != Drop(),
            f"checkpoint_every={every}": every is not None,
        },
        "Build the layer without.",
    )
    if not any(parameter.requires_grad for parameter in layer.parameters()):
        raise SettingsError(
            f"{who}: expected parameters that learn, got a layer whose parameters are all frozen. "
            "Let them learn with layer.requires_grad_()."
        )


def _check_kind(who: str, layer: object, batch: object) -> None:
    if not isinstance(layer, LSTM):
        raise SettingsError(
            f"{who}: expected a layer of lstmkit.nn.LSTM, got {told(layer)}. "
            "Build one with lstmkit.nn.LSTM(input_size, hidden_size)."
        )
    if not isinstance(batch, Integral) or batch < 1:
        raise SettingsError(
            f"{who}: expected batch as a whole number of at least 1, got {batch!r}. "
            "It is the number of rows that run side by side."
        )


def _refuse(expected: str, reasons: Mapping[str, bool], mend: str) -> None:
    found = [reason for reason, holds in reasons.items() if holds]
    if found:
        raise SettingsError(f"{expected}, got {'; '.join(found)}. {mend}")


def check_cell(equations: Equations, projection: Product | None) -> None:
    """Refuses a cell whose units see one another within a step.

    Args:
        equations: The cell.
        projection: The map of the output, which may read quantities of the step.

    Raises:
        CellError: With the line or the map.
    """
    for line in equations.lines:
        for part in walk(line.expression):
            match part:
                case Call("layer_norm", _):
                    raise CellError(
                        f"OnlineGradient: line {line.name!r} normalises over the units, so that "
                        "every unit depends on all. Use RealTimeRecurrentLearning."
                    )
                case Product(name, operand) if part != projection:
                    inner = {leaf.name for leaf in walk(operand) if isinstance(leaf, Name)} - {"x"}
                    if inner or any(isinstance(leaf, Product) for leaf in walk(operand)):
                        raise CellError(
                            f"OnlineGradient: the map {name} reads quantities of the same step, so "
                            "that its units depend on one another. Use RealTimeRecurrentLearning."
                        )


def check_step(
    who: str, learned: Tensor, shape: tuple[int, int], x: Tensor, reset: Tensor | None
) -> None:
    """Refuses the input of a step; values are not looked into.

    Args:
        who: What errors call the rule.
        learned: A parameter of the layer.
        shape: Rows and features of a step.
        x: Input of the step.
        reset: Rows that start afresh before it.

    Raises:
        SettingsError: With what was expected and what came.
    """
    _check_like(f"{who}.step", "input (batch, input)", x, learned, shape)
    rows = shape[:1]
    if reset is None or (
        isinstance(reset, Tensor) and reset.shape == rows and reset.dtype == torch.bool
    ):
        return
    raise SettingsError(
        f"{who}.step: expected reset as a bool tensor {rows}, a value for each row, got "
        f"{told(reset)}."
    )


def check_slopes(who: str, output: Tensor | None, d_h: Tensor) -> None:
    """Refuses derivatives that do not belong to the last output.

    Args:
        who: What errors call the rule.
        output: The last output.
        d_h: A loss's derivative with respect to it.

    Raises:
        SettingsError: With what was expected and what came.
    """
    if output is None:
        raise SettingsError(
            f"{who}.gradients: expected at least one step, got none. Call step first; the gradient "
            "is that of a loss of its output."
        )
    _check_like(f"{who}.gradients", "d_h (batch, output)", d_h, output, tuple(output.shape))


def _check_like(who: str, what: str, given: Tensor, like: Tensor, shape: tuple[int, ...]) -> None:
    if not isinstance(given, Tensor) or given.shape != shape:
        raise SettingsError(
            f"{who}: expected {what} = {shape}, got {told(given)}. The sizes were set when layer "
            "and rule were built."
        )
    if given.dtype != like.dtype or given.device != like.device:
        raise SettingsError(
            f"{who}: expected {what} of {like.dtype} on {like.device} like the layer, got "
            f"{given.dtype} on {given.device}. Convert it with "
            f".to({str(like.device)!r}, {like.dtype})."
        )


def told(given: object) -> str:
    """Says what came in place of a tensor that was expected.

    Args:
        given: What came.

    Returns:
        Type, shape and device of a tensor, or what else it is.
    """
    if isinstance(given, Tensor):
        return f"{given.dtype} {tuple(given.shape)} on {given.device}"
    kind = type(given)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
