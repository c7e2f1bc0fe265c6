"""Brackets: a text that Python reads back has the value of the tree it was written from."""

from fractions import Fraction

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lstmkit.engine.printer import Level, Printer
from lstmkit.engine.tree import Binary, Call, Name, Negative, Node, Number, Previous, Product

TREES = st.recursive(
    st.one_of(
        st.sampled_from([Name("a"), Name("b"), Previous("c")]),
        st.sampled_from([0.25, 1.0, 3.0, -2.0, 1e-15, -2e20]).map(Number),
    ),
    lambda inner: st.one_of(
        st.builds(Binary, st.sampled_from("+-*/"), inner, inner),
        st.builds(Negative, inner),
        st.builds(Product, st.sampled_from(["W", "U"]), inner),
        st.builds(lambda one, two: Call("maximum", (one, two)), inner, inner),
    ),
    max_leaves=12,
)
F = Fraction
VALUES = {
    "a": np.array([F(3, 7), F(-5, 3)]),
    "b": np.array([F(11, 2), F(13, 5)]),
    "c": np.array([F(-17, 9), F(19, 23)]),
    "W": np.array([[F(1, 3), F(2, 5)], [F(7, 2), F(-1, 9)]]),
    "U": np.array([[F(4, 11), F(-6)], [F(1, 8), F(5, 13)]]),
}


class Python(Printer):
    """The notation of Python, so that Python's own precedence is the judge."""

    times = "*"
    number_times = "*"
    minus = "-"

    def name(self, name: str) -> str:
        return name

    def previous(self, name: str) -> str:
        return name

    adjoint = arriving = gradient = summed = transposed = name

    def mapped(self, map_: str, operand: str) -> str:
        return f"{map_} @ {operand}"

    def square(self, text: str) -> str:
        return f"{text} ** 2"

    def power_of_ten(self, exponent: int) -> str:
        return f"ten({exponent})"

    def number(self, value: float) -> tuple[str, Level]:
        text, level = super().number(value)
        if "ten" in text:
            return text, level
        return (f"-exact({-value})" if value < 0 else f"exact({value})"), level


def worth(node: Node) -> np.ndarray:
    match node:
        case Number(value):
            return exact(value)
        case Name(name) | Previous(name):
            return VALUES[name]
        case Product(name, operand):
            return VALUES[name] @ worth(operand)
        case Negative(operand):
            return -worth(operand)
        case Call(_, (one, two)):
            return np.maximum(worth(one), worth(two))
        case Binary(operator, left, right):
            one, two = worth(left), worth(right)
            return {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}[operator](
                one, two
            )
    raise AssertionError(node)


def exact(value: float) -> np.ndarray:
    return np.array([F(str(value))] * 2)


def ten(exponent: int) -> np.ndarray:
    return np.array([F(10) ** exponent] * 2)


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_a_text_has_the_value_of_its_tree(tree: Node) -> None:
    try:
        meant = worth(tree)
    except ZeroDivisionError:
        assume(False)
    text = Python().text(tree)
    scope = VALUES | {"exact": exact, "ten": ten, "maximum": np.maximum}
    assert (eval(text, {}, scope) == meant).all()
