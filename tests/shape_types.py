"""The type checker that the shape hook calls for every function of the package."""

from collections.abc import Callable
from typing import Any, Self

from beartype import BeartypeConf, FrozenDict, beartype

RULES = BeartypeConf(
    # an int may stand where a float is wanted, as PEP 484 says and mypy agrees
    is_pep484_tower=True,
    # methods are checked one by one, where Self has no class to mean
    hint_overrides=FrozenDict({Self: object}),
)


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Checks the types of arguments and results at every call."""
    return beartype(conf=RULES)(function)
