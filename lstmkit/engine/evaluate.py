"""Walks an expression tree over torch tensors: the meaning of every node of the notation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from lstmkit.engine.functions import LAYER_NORM_EPSILON
from lstmkit.engine.tree import (
    Adjoint,
    Binary,
    Call,
    Name,
    Negative,
    Next,
    Node,
    Number,
    Outer,
    Previous,
    Product,
    Transposed,
)

Value = Tensor | float


def _variance(value: Tensor) -> Tensor:
    return (value - value.mean(-1, keepdim=True)).square().mean(-1, keepdim=True)


def _layer_norm(value: Tensor) -> Tensor:
    return (value - value.mean(-1, keepdim=True)) * torch.rsqrt(
        _variance(value) + LAYER_NORM_EPSILON
    )


def _first_where(*, larger: bool) -> Callable[[Value, Value], Tensor]:
    def pick(first: Value, second: Value) -> Tensor:
        a, b = _pair(first, second)
        return torch.where(a >= b if larger else a <= b, a, b)

    return pick


def _pair(first: Value, second: Value) -> tuple[Tensor, Tensor]:
    like = first if isinstance(first, Tensor) else second
    assert isinstance(like, Tensor)
    return torch.as_tensor(first).to(like), torch.as_tensor(second).to(like)


UNARY: Mapping[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "exp": torch.exp,
    "log": torch.log,
    "logsigmoid": functional.logsigmoid,
    "softplus": lambda value: -functional.logsigmoid(-value),
    "relu": torch.relu,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "stop": torch.detach,
    "layer_norm": _layer_norm,
    "step": lambda value: (value > 0).to(value),
    "sign": torch.sign,
    "mean": lambda value: value.mean(-1, keepdim=True),
    "rstd": lambda value: torch.rsqrt(_variance(value) + LAYER_NORM_EPSILON),
}
BINARY: Mapping[str, Callable[[Value, Value], Tensor]] = {
    "max": _first_where(larger=True),
    "min": _first_where(larger=False),
    "at_least": lambda first, second: torch.ge(*(pair := _pair(first, second))).to(pair[0]),
}


@dataclass(slots=True)
class Scope:
    """What the names in an expression stand for at one step.

    Attributes:
        values: The input, quantities of this step and learned vectors, by name.
        previous: States of the step before.
        product: Applies a learned map to an operand.
        block_size: Units that share a gate.
        adjoints: Adjoints of this step's quantities (derived lines only).
        next: Adjoints of states that arrive from the step after (derived lines only).
        transposed: Applies the transpose of a map (derived lines only).
    """

    values: dict[str, Tensor]
    previous: Mapping[str, Tensor]
    product: Callable[[Product], Tensor]
    block_size: int = 1
    adjoints: Mapping[str, Tensor] | None = None
    next: Mapping[str, Tensor] | None = None
    transposed: Callable[[str, Tensor], Tensor] | None = None


def evaluate(node: Node, scope: Scope) -> Value:
    """Computes the value of an expression.

    Args:
        node: The expression.
        scope: What its names stand for.

    Returns:
        A tensor (batch, units), or a float for an expression of numbers alone.
    """
    match node:
        case Number(value):
            return value
        case Name(name):
            return scope.values[name]
        case Previous(name):
            return scope.previous[name]
        case Product():
            return scope.product(node)
        case Negative(operand):
            return -evaluate(operand, scope)
        case Binary(operator, left, right):
            return _arithmetic(operator, evaluate(left, scope), evaluate(right, scope))
        case Call(function, arguments):
            return _call(function, [evaluate(argument, scope) for argument in arguments], scope)
        case _:
            return _derived(node, scope)


def _derived(node: Node, scope: Scope) -> Tensor:
    match node:
        case Adjoint(name):
            assert scope.adjoints is not None
            return scope.adjoints[name]
        case Next(name):
            assert scope.next is not None
            return scope.next[name]
        case Transposed(name, operand):
            assert scope.transposed is not None
            return scope.transposed(name, _tensor(evaluate(operand, scope)))
        case Outer(left, right):
            first, second = _tensor(evaluate(left, scope)), _tensor(evaluate(right, scope))
            return first.mT @ second
    raise AssertionError(node)


def _tensor(value: Value) -> Tensor:
    assert isinstance(value, Tensor)
    return value


def _arithmetic(operator: str, left: Value, right: Value) -> Value:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    return left / right


def _call(function: str, arguments: list[Value], scope: Scope) -> Value:
    if function in BINARY:
        return BINARY[function](arguments[0], arguments[1])
    value = _tensor(arguments[0])
    if function == "repeat":
        return value.repeat_interleave(scope.block_size, -1)
    if function == "block_sum":
        return value.reshape(*value.shape[:-1], -1, scope.block_size).sum(-1)
    return UNARY[function](value)
