"""The reader: what it takes, and how it refuses what it does not."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmkit.engine import read
from lstmkit.engine.tree import Binary, Call, Name, Negative, Number, Previous, Product
from lstmkit.errors import CellError

GOOD = "h = tanh(W @ x + U @ h[-1] + b)"


def test_a_line_becomes_a_tree() -> None:
    (line,) = read("h = -tanh(W @ x) * 2 - h[-1] / 4").lines
    assert line.expression == Binary(
        "-",
        Binary("*", Negative(Call("tanh", (Product("W", Name("x")),))), Number(2.0)),
        Binary("/", Previous("h"), Number(4.0)),
    )


def test_comments_indentation_and_line_ends_do_not_matter() -> None:
    indented = (
        "\r\n  # a simple cell\r\n  h = tanh(W @ x  # with ünïcode\r\n    + U @ h[-1] + b)\r\n"
    )
    assert read(indented).signature == read(GOOD).signature


def test_constants_are_folded() -> None:
    assert read("h = (1/2 - -2*3 + 1e-1) * x + h[-1]").lines[0].expression == Binary(
        "+", Binary("*", Number(6.6), Name("x")), Previous("h")
    )


REFUSED = [
    ("", "empty text"),
    ("# nothing", "empty text"),
    ("c = tanh(W @ x + U @ c[-1])", "no line defines h"),
    ("h = tanh(U @ h[-1] + b)", "the input x is never read"),
    ("h = tanh(W @ x)", "nothing is read with \\[-1\\]"),
    ("q = W @ x\nh = tanh(V @ x + h[-1])", "q is defined but never reaches h"),
    ("h = tanh(W @ x + q[-1])", "no line defines q"),
    ("h = tanh(W @ x + cc[-1])\nc = h", "Did you mean 'c'"),
    ("h = c + h[-1]\nc = W @ x", "c is read before line 2 defines it"),
    ("h = h + W @ x", "h is read before line 1 defines it"),
    ("h = W @ x + W + h[-1]", "W is a vector here and a map on line 1"),
    ("h = b + h[-1]\nh2 = b @ x", "b is a map here and a vector on line 1"),
    ("h = x @ h[-1]", "x is a quantity"),
    ("c = W @ x\nh = c @ h[-1]", "c is a quantity"),
    ("h = r * U @ h[-1] + x", "Put the product in brackets"),
    ("h = A @ B @ x + h[-1]", "Put the product in brackets"),
    ("h = W @ 1 + x + h[-1]", "something that never changes"),
    ("h = tahn(W @ x + h[-1])", "Did you mean 'tanh'"),
    ("h = tanh(W @ x, h[-1])", "tanh takes 1 argument, got 2"),
    ("h = max(h[-1]) + x", "max takes 2 arguments, got 1"),
    ("h = tanh(a=x) + h[-1]", "tanh takes 1 argument"),
    ("h = tanh(1) + x + h[-1]", "this is a constant"),
    ("i = 1\nh = i * x + h[-1]", "i is a constant"),
    ("h = tanh + x + h[-1]", "tanh is a function"),
    ("tanh = x\nh = x + h[-1]", "tanh is a function"),
    ("x = h[-1]\nh = x", "x is the input"),
    ("h = x + h[-1]\nh = x", "already defined on line 1"),
    ("h = x + h[-2]", "Only the step before"),
    ("h = x + h[1]", "Only the step before"),
    ("h = x + h[-1.0]", "Only the step before"),
    ("h = x + (x + h)[-1]", "Only the step before"),
    ("h[-1] = x", "left side must be one plain name"),
    ("h, c = x, x", "left side must be one plain name"),
    ("a = h = x + h[-1]", "not an equation"),
    ("h += x", "not an equation"),
    ("h", "not an equation"),
    ("h = x ** 2 + h[-1]", "not part of the notation"),
    ("h = x // 2 + h[-1]", "not part of the notation"),
    ("h = +x + h[-1]", "not part of the notation"),
    ("h = x if x else h[-1]", "not part of the notation"),
    ("h = x + True * h[-1]", "not a number"),
    ("h = x + 1j * h[-1]", "not part of the notation"),
    ("h = x + 1e999 * h[-1]", "too large"),
    ("h = x / 0 + h[-1]", "divides by zero"),
    ("h = x / (1 - 1) + h[-1]", "divides by zero"),
    ("h = 1e308 * 1e308 * x + h[-1]", "too large"),
    ("h = x + + ) h[-1]", "cannot be read as an equation"),
    ("  h = x\n+ h[-1]", "cannot be read as an equation"),
    ("h_very_long_name_that_goes_on_and_on = x\nh = x + h[-1]", "cannot name a quantity"),
    ("a__b = x\nh = a__b + h[-1]", "cannot name a quantity"),
    ("_a = x\nh = _a + h[-1]", "cannot name a quantity"),
    ("h = x + " + "1 + " * 300 + "h[-1]", "at most 200 are read"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_a_wrong_text_is_refused_in_a_sentence(text: str, message: str) -> None:
    with pytest.raises(CellError, match=message):
        read(text)


HARMFUL = [
    "import os\nh = x + h[-1]",
    "h = __import__('os').system('true') + x + h[-1]",
    "h = x.__class__.__bases__ + h[-1]",
    "h = x.data + h[-1]",
    "h = (lambda: x)() + h[-1]",
    "h = [x for x in x] + h[-1]",
    "h = x + h[-1]; import os",
    "h = f'{x}' + h[-1]",
    "h = (y := x) + h[-1]",
    "h = eval(x) + h[-1]",
    "h = tanh(*x) + h[-1]",
    "h = x + h[-1] \\\n",
    "h = x + h[-1]\x00",
    "h = x + \u0127[-1]",
    "def f(): pass",
    "class_ = x\nh = exec(class_) + h[-1]",
    '"); system("true"); ("\nh = x + h[-1]',
    "h = x + a/*b*/c[-1]",
    "#include <stdlib.h>\nint_ = x\nh = sizeof(int_) + h[-1]",
]


@pytest.mark.parametrize("text", HARMFUL)
def test_a_text_built_to_do_harm_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "h = " + "(" * 500_000 + "x" + ")" * 500_000,
        "h = " + "(" * 9_000 + "x" + ")" * 9_000,
        "h = x + h[-1]" + " " * 30_000,
        "h = " + "-" * 19_000 + "x",
        "h = " + "tanh(" * 39 + "x + h[-1]" + ")" * 39 + "+ x" * 100,
    ],
)
def test_a_huge_or_deeply_nested_text_is_refused_at_once(text: str) -> None:
    with pytest.raises(CellError):
        read(text)


def test_an_error_shows_the_line_a_caret_and_the_remedy() -> None:
    text = "f = sigmoid(W @ x)\nh = f * cc[-1] + tanh(x)"
    with pytest.raises(CellError) as caught:
        read(text, "mine.txt")
    assert str(caught.value) == (
        "mine.txt, line 2: cc[-1] is read, but no line defines cc.\n"
        "  2 | h = f * cc[-1] + tanh(x)\n"
        "    |         ^^^^^^\n"
        "The quantities of this cell are f, h."
    )


@pytest.mark.compile
def test_something_that_is_no_text_is_refused() -> None:
    with pytest.raises(CellError, match="expected a text of equations, got bytes"):
        read(b"h = x")


@given(st.text(max_size=60))
def test_any_text_at_all_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(CellError):
        read(text)


@given(st.text(alphabet="hxcWU[-1]()@*/+= \n.,tanh", max_size=60))
def test_any_text_that_looks_like_equations_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(CellError):
        read(text)
