"""Equations as text for terminals."""

import pytest

from lstmkit.cells import CATALOGUE
from lstmkit.engine import derive
from lstmkit.engine.tree import (
    Adjoint,
    Binary,
    Call,
    Line,
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
from lstmkit.engine.unicode import to_unicode

X, Y, Z = Name("y_1"), Name("y_2"), Previous("y_3")


def written(node: Node) -> str:
    return to_unicode([Line("q", node)]).removeprefix("q = ")


def test_the_peephole_cell_is_written_as_in_its_paper() -> None:
    assert to_unicode(CATALOGUE["peephole"].equations.lines) == (
        "i = σ(W_i xₜ + U_i hₜ₋₁ + p_i ⊙ cₜ₋₁ + b_i)\n"
        "f = σ(W_f xₜ + U_f hₜ₋₁ + p_f ⊙ cₜ₋₁ + b_f)\n"
        "g = tanh(W_g xₜ + U_g hₜ₋₁ + b_g)\n"
        "c = f ⊙ cₜ₋₁ + i ⊙ g\n"
        "o = σ(W_o xₜ + U_o hₜ₋₁ + p_o ⊙ c + b_o)\n"
        "h = o ⊙ tanh(c)"
    )


def test_equals_signs_stand_below_one_another() -> None:
    assert to_unicode(CATALOGUE["slstm"].equations.lines) == (
        "i_log = W_i xₜ + U_i hₜ₋₁ + b_i\n"
        "f_log = log σ(W_f xₜ + U_f hₜ₋₁ + b_f)\n"
        "m     = max(f_log + mₜ₋₁, i_log)\n"
        "i     = exp(i_log − m)\n"
        "f     = exp(f_log + mₜ₋₁ − m)\n"
        "z     = tanh(W_z xₜ + U_z hₜ₋₁ + b_z)\n"
        "c     = f ⊙ cₜ₋₁ + i ⊙ z\n"
        "n     = f ⊙ nₜ₋₁ + i\n"
        "o     = σ(W_o xₜ + U_o hₜ₋₁ + b_o)\n"
        "h     = o ⊙ c / max(n, 10⁻¹⁵)"
    )


def test_the_backward_pass_of_the_simplest_cell() -> None:
    backward = derive(CATALOGUE["elman"].equations)
    assert to_unicode(backward.lines, "adjoints") == "δh   = δ⁺h\nδa_h = δh ⊙ (1 − h²)"
    assert to_unicode(backward.carries, "carries") == "δ⁺hₜ₋₁ = Uᵀ δa_h"
    assert to_unicode(backward.gradients, "gradients") == (
        "∂W = Σₜ δa_h ⊗ xₜ\n∂U = Σₜ δa_h ⊗ hₜ₋₁\n∂b = Σₜ δa_h"
    )


def test_no_equations_are_no_text() -> None:
    assert to_unicode([]) == ""


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (Binary("*", Product("W", X), Product("U", Z)), "(W y_1) ⊙ (U y_3ₜ₋₁)"),
        (Product("P", Binary("*", X, Y)), "P (y_1 ⊙ y_2)"),
        (Product("A", Product("B", X)), "A B y_1"),
        (Transposed("U_f", Adjoint("f")), "U_fᵀ δf"),
        (Outer(Binary("+", X, Y), Next("c")), "(y_1 + y_2) ⊗ δ⁺c"),
        (Binary("-", X, Binary("-", Y, Z)), "y_1 − (y_2 − y_3ₜ₋₁)"),
        (Binary("+", X, Binary("-", Y, Z)), "y_1 + y_2 − y_3ₜ₋₁"),
        (Binary("+", X, Negative(Y)), "y_1 + (−y_2)"),
        (Binary("*", X, Binary("+", Y, Z)), "y_1 ⊙ (y_2 + y_3ₜ₋₁)"),
        (Binary("/", X, Binary("*", Y, Z)), "y_1 / (y_2 ⊙ y_3ₜ₋₁)"),
        (Negative(Binary("*", X, Y)), "−y_1 ⊙ y_2"),
        (Negative(Binary("+", X, Y)), "−(y_1 + y_2)"),
        (Binary("*", X, X), "y_1²"),
        (Binary("*", Number(2.0), X), "2·y_1"),
        (Binary("*", Number(-0.5), X), "(−0.5)·y_1"),
        (Binary("/", X, Number(2.5e-7)), "y_1 / (2.5·10⁻⁷)"),
        (Number(-1e-15), "−10⁻¹⁵"),
        (Call("abs", (Binary("-", X, Y),)), "|y_1 − y_2|"),
        (Call("step", (X,)), "[y_1 > 0]"),
        (Call("at_least", (X, Number(0.0))), "[y_1 ≥ 0]"),
        (Call("max", (X, Binary("+", Y, Z))), "max(y_1, y_2 + y_3ₜ₋₁)"),
    ],
)
def test_brackets_stand_where_precedence_needs_them(node: Node, text: str) -> None:
    assert written(node) == text
