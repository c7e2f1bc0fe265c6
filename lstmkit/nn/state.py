"""The state of a layer: what passes from step to step, with the field names of the cell."""

from collections import namedtuple
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from torch import Tensor

State = tuple[tuple[Tensor, ...], ...]


@lru_cache(maxsize=256)
def state_type(fields: tuple[str, ...]) -> Any:
    """Returns the NamedTuple class with the given field names.

    Args:
        fields: Names of the states of a cell.

    Returns:
        The class; each field holds one tensor (batch, units) per layer and direction.

    Example:
        >>> state_type(("h", "c")).__name__
        'State'
    """
    factory: Any = namedtuple  # of run-time fields, which type checkers refuse
    made = factory("State", fields)
    made.__reduce__ = lambda self: (remake, (fields, tuple(self)))
    return made


def remake(fields: tuple[str, ...], values: Iterable[tuple[Tensor, ...]]) -> Any:
    """Builds a state again from its fields, for copying and sending between processes.

    Args:
        fields: Names of the states.
        values: For each of them the tensors per layer and direction.

    Returns:
        The state.
    """
    return state_type(tuple(fields))(*values)


def detach(state: Any) -> Any:
    """Cuts a state off from its history, for truncated backpropagation through time.

    Args:
        state: State of a layer; or tensors in tuples, lists and mappings, as a model of your own
            may return them. What is no tensor stays as it is.

    Returns:
        A state of the same values without gradient.

    Example:
        >>> import torch
        >>> detach({"h": torch.ones(2, requires_grad=True), "steps": 3})
        {'h': tensor([1., 1.]), 'steps': 3}
    """
    if isinstance(state, Tensor):
        return state.detach()
    if isinstance(state, Mapping):
        return {name: detach(part) for name, part in state.items()}
    if isinstance(state, tuple | list):
        parts = [detach(part) for part in state]
        return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)
    return state
