"""The checker of the tests refuses wrong types everywhere, wrong shapes wherever there are any."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import pytest
import torch
from beartype.roar import BeartypeCallHintViolation
from jaxtyping import Float, TypeCheckError
from shape_types import checked, jaxtyped
from torch import Tensor

from lstmkit.nn.tolerance import error

Row = Float[Tensor, " n"]


@jaxtyped(typechecker=checked)
def added(x: Row, y: Row) -> Row:
    return torch.cat([x + y, x]) if x.sum() < 0 else x + y


@jaxtyped(typechecker=checked)
def every(rows: dict[str, list[Row]], number: int = 0) -> None:
    del rows, number


@jaxtyped(typechecker=checked)
def half(number: float, name: "str | None" = None) -> int:
    return int(number / 2) if name is None else name


@jaxtyped(typechecker=checked)
def counted(to: int) -> Iterator[int]:
    yield from range(to)


@jaxtyped(typechecker=checked)
@dataclass
class Point:
    x: int
    row: Row | None = None

    @jaxtyped(typechecker=checked)
    def moved(self, by: "Elsewhere") -> Self:  # noqa: F821 - as where an import is for mypy alone
        return type(self)(self.x + by)


@jaxtyped(typechecker=checked)
@dataclass
class Plain:
    x: int


def test_sizes_must_agree_between_arguments_and_with_the_result() -> None:
    assert added(torch.ones(3), torch.ones(3)).shape == (3,)
    for x, y in ((torch.ones(3), torch.ones(2)), (-torch.ones(3), torch.ones(3))):
        with pytest.raises(TypeCheckError):
            added(x, y)
    every({"a": [torch.ones(2)]})
    with pytest.raises(TypeCheckError):
        every({"a": [torch.ones(2, 2)]})


def test_types_are_checked_where_there_are_no_shapes() -> None:
    assert half(5) == 2
    for arguments in (("5",), (5, 3), (5, "a result of another type")):
        with pytest.raises(BeartypeCallHintViolation):
            half(*arguments)
    assert list(counted(2)) == [0, 1]
    with pytest.raises(BeartypeCallHintViolation):
        list(counted("2"))


@pytest.mark.parametrize(
    ("kind", "wrong"), [(Point, TypeCheckError), (Plain, BeartypeCallHintViolation)]
)
def test_what_a_class_is_made_of_is_checked(kind: Any, wrong: type[Exception]) -> None:
    assert kind(1).x == 1
    with pytest.raises(wrong):
        kind("1")


def test_names_that_only_mypy_knows_are_anything() -> None:
    assert Point(1).moved(2).x == 3


def test_the_package_is_checked_where_that_was_asked_for(request: pytest.FixtureRequest) -> None:
    asked = request.config.getoption("--jaxtyping-packages")
    assert hasattr(error, "__wrapped__") == bool(asked)
