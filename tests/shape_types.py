"""The type checker that the shape hook calls for every function of the package."""

import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, Self, get_args, get_type_hints

import jaxtyping
from beartype import BeartypeConf, FrozenDict, beartype

RULES = BeartypeConf(
    # an int may stand where a float is wanted, as PEP 484 says and mypy agrees
    is_pep484_tower=True,
    # methods are checked one by one, where Self has no class to mean
    hint_overrides=FrozenDict({Self: object}),
)
shaped = jaxtyping.jaxtyped


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Checks the types of arguments and results at every call."""
    return beartype(conf=RULES)(function)


def jaxtyped(function: Any = None, *, typechecker: Callable[..., Any]) -> Any:
    """Checks shapes and types at every call of a function that speaks of shapes, else types.

    Binding the sizes of a call takes `jaxtyping` fifty times as long as checking its types, and
    was half the time of all tests; where no argument and no result has a shape there are none.
    """
    if function is None:
        return partial(jaxtyped, typechecker=typechecker)
    if inspect.isclass(function):
        if is_dataclass(function) and "__init__" in vars(function):
            function.__init__ = jaxtyped(function.__init__, typechecker=typechecker)
        return function
    hints = resolved(function)
    if any(map(has_shape, hints.values())):
        return shaped(function, typechecker=typechecker)
    if not hints:
        return function
    function.__annotations__ = hints
    return typechecker(function)


def resolved(function: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of a function, Any for those that only mypy can resolve."""
    hints = {}
    for name, hint in function.__annotations__.items():
        told = SimpleNamespace(__annotations__={name: hint})
        try:
            hints |= get_type_hints(told, function.__globals__, include_extras=True)
        except NameError:
            hints[name] = Any
    return hints


def has_shape(hint: Any) -> bool:
    """Whether a hint, or a part of it, is one of the arrays of jaxtyping."""
    if isinstance(hint, type) and issubclass(hint, jaxtyping.AbstractArray):
        return True
    return any(map(has_shape, hint if isinstance(hint, list) else get_args(hint)))


# the hook puts before every function what stands here when its module is imported
jaxtyping.jaxtyped = jaxtyped
