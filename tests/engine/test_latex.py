"""Equations as LaTeX."""

import pytest
from matplotlib.mathtext import MathTextParser

from lstmkit.cells import CATALOGUE
from lstmkit.engine import derive
from lstmkit.engine.latex import symbol, to_latex
from lstmkit.engine.tree import Adjoint, Binary, Call, Line, Name, Node, Number, Outer, Previous


def written(node: Node) -> str:
    return to_latex([Line("q", node)], quantities=()).split("&= ")[1].split("\n")[0]


def rows(latex: str) -> list[str]:
    first, *inner, last = latex.split("\n")
    assert (first, last) == (r"\begin{aligned}", r"\end{aligned}")
    return [row.removesuffix(r" \\").replace("&", "") for row in inner]


def test_the_plain_lstm_is_written_as_in_papers() -> None:
    assert to_latex(CATALOGUE["lstm"].equations.lines) == "\n".join(
        [
            r"\begin{aligned}",
            r"i_{t} &= \sigma(W_{i} x_{t} + U_{i} h_{t-1} + b_{i}) \\",
            r"f_{t} &= \sigma(W_{f} x_{t} + U_{f} h_{t-1} + b_{f}) \\",
            r"g_{t} &= \tanh(W_{g} x_{t} + U_{g} h_{t-1} + b_{g}) \\",
            r"c_{t} &= f_{t} \odot c_{t-1} + i_{t} \odot g_{t} \\",
            r"o_{t} &= \sigma(W_{o} x_{t} + U_{o} h_{t-1} + b_{o}) \\",
            r"h_{t} &= o_{t} \odot \tanh(c_{t})",
            r"\end{aligned}",
        ]
    )


def test_quotients_are_fractions_and_long_indices_upright() -> None:
    latex = to_latex(CATALOGUE["slstm"].equations.lines)
    assert r"i_{\mathrm{log},t} &= W_{i} x_{t} + U_{i} h_{t-1} + b_{i} \\" in latex
    assert r"h_{t} &= \frac{o_{t} \odot c_{t}}{\max(n_{t}, 10^{-15})}" in latex


def test_the_backward_pass_of_the_simplest_cell() -> None:
    backward = derive(CATALOGUE["elman"].equations)
    known = [line.name for line in backward.forward]
    adjoints = to_latex(backward.lines, "adjoints", known)
    assert rows(adjoints)[1] == r"\delta a_{h,t} = \delta h_{t} \odot (1 - h_{t}^{2})"
    carries = to_latex(backward.carries, "carries", known)
    assert rows(carries) == [r"\delta^{+} h_{t-1} = U^{\top} \delta a_{h,t}"]
    gradients = to_latex(backward.gradients, "gradients", known)
    assert rows(gradients)[0] == r"\partial W = \sum_{t} \delta a_{h,t} \otimes x_{t}"


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("h", "h"),
        ("W_f", "W_{f}"),
        ("R_ii", "R_{ii}"),
        ("W1", "W_{1}"),
        ("alpha", r"\alpha"),
        ("gate", r"\mathrm{gate}"),
        ("a_layer_norm_2", r"a_{\mathrm{layer},\mathrm{norm},2}"),
        ("W_beta", r"W_{\beta}"),
        ("W_", "W"),
    ],
)
def test_names_become_symbols_with_indices(name: str, latex: str) -> None:
    assert symbol(name) == latex


@pytest.mark.parametrize(
    ("node", "latex"),
    [
        (Call("sqrt", (Binary("+", Name("a"), Name("b")),)), r"\sqrt{a + b}"),
        (Call("abs", (Name("a"),)), r"\left|a\right|"),
        (Call("step", (Name("a"),)), r"\left[a > 0\right]"),
        (Call("at_least", (Name("a"), Number(0.0))), r"\left[a \ge 0\right]"),
        (Call("layer_norm", (Name("a"),)), r"\operatorname{layer\_norm}(a)"),
        (Call("tanh", (Binary("/", Name("a"), Name("b")),)), r"\tanh\left(\frac{a}{b}\right)"),
        (Binary("*", Number(2.0), Previous("c")), r"2 \cdot c_{t-1}"),
        (Outer(Adjoint("c"), Name("x")), r"\delta c_{t} \otimes x_{t}"),
    ],
)
def test_functions_and_products(node: Node, latex: str) -> None:
    assert written(node) == latex


@pytest.mark.parametrize("name", ["layer_norm", "slstm"])
def test_a_parser_of_mathematics_reads_every_row(name: str) -> None:
    equations = CATALOGUE[name].equations
    backward = derive(equations)
    known = [line.name for line in backward.forward]
    parser = MathTextParser("path")
    for latex in (
        to_latex(equations.lines),
        to_latex(backward.forward),
        to_latex(backward.lines, "adjoints", known),
        to_latex(backward.carries, "carries", known),
        to_latex(backward.gradients, "gradients", known),
    ):
        for row in rows(latex):
            # the only two commands that matplotlib's subset of TeX has by other names
            plain = row.replace(r"\_", "-").replace(r"\ge", r"\geq")
            assert parser.parse(f"${plain}$").width > 0
