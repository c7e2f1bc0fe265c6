"""The derived backward pass equals autograd, for every cell and every option of a scan."""

from typing import Any

import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lstmkit.cells import CATALOGUE
from lstmkit.engine import Scan, Sizes, derive, read, run, use_path
from lstmkit.engine.evaluate import BINARY, UNARY
from lstmkit.engine.layout import layout
from lstmkit.engine.symbolic import FUNCTIONS_OF_SYMPY, Symbols
from lstmkit.engine.tree import Binary, Call, Name, Negative, Next, Number, walk
from lstmkit.nn.tolerance import TOLERANCE, error


def scan(cell: str, batch: int, time: int, sizes: Sizes, **options: Any) -> Scan:
    equations = CATALOGUE[cell].blocks(sizes.block_size)
    made = layout(equations)

    def draw(*shape: int) -> torch.Tensor:
        return (0.5 * torch.randn(*shape, dtype=torch.float64)).requires_grad_()

    states = {n: sizes.of(equations.sizes[n]) for n in equations.states}
    return Scan(
        layout=made,
        sizes=sizes,
        parameters={name: draw(*shape) for name, shape in made.shapes(sizes).items()},
        x=draw(batch, time, sizes.input),
        state={
            n: (draw(batch, width).abs() + 0.1).detach().requires_grad_()
            for n, width in states.items()
        },
        fresh={
            n: (draw(batch, width).abs() + 0.1).detach().requires_grad_()
            for n, width in states.items()
        },
        **options,
    )


def value_and_gradients(path: str, made: Scan, seed: int) -> list[Tensor]:
    with use_path(path):
        scanned = run(made)
    outputs = [scanned.y, *scanned.state.values()]
    generator = torch.Generator().manual_seed(seed)
    total = sum(
        (o * torch.randn(o.shape, generator=generator, dtype=o.dtype)).sum() for o in outputs
    )
    leaves = [made.x, *made.state.values(), *made.fresh.values(), *made.parameters.values()]
    found = torch.autograd.grad(total, leaves, allow_unused=True)
    return outputs + [
        torch.zeros_like(leaf) if g is None else g for leaf, g in zip(leaves, found, strict=True)
    ]


def equal(made: Scan) -> None:
    pairs = zip(
        value_and_gradients("derived", made, 1),
        value_and_gradients("reference", made, 1),
        strict=True,
    )
    for number, (found, expected) in enumerate(pairs):
        assert error(found, expected) < TOLERANCE["path"], number


@pytest.mark.parametrize("cell", CATALOGUE)
def test_the_derived_backward_equals_autograd(cell: str) -> None:
    torch.manual_seed(0)
    sizes = Sizes(3, 5, 2 if cell == "projected" else 5)
    equal(scan(cell, 4, 7, sizes))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("cell", CATALOGUE)
def test_lengths_resets_and_directions_keep_it_equal(cell: str, reverse: bool) -> None:
    torch.manual_seed(0)
    reset = torch.rand(4, 7) < 0.3
    options = {"lengths": torch.tensor([7, 3, 0, 5]), "reset": reset, "reverse": reverse}
    equal(scan(cell, 4, 7, Sizes(3, 5, 5), **options))


@pytest.mark.parametrize("cell", [name for name, cell in CATALOGUE.items() if cell.shared])
def test_memory_blocks_keep_it_equal(cell: str) -> None:
    torch.manual_seed(0)
    # 8 shared gates, because a layer norm over 2 divides by almost nothing
    equal(scan(cell, 3, 5, Sizes(3, 24, 24, block_size=3)))


@settings(max_examples=20, deadline=None)
@given(
    cell=st.sampled_from(sorted(CATALOGUE)),
    batch=st.integers(1, 5),
    time=st.integers(1, 6),
    hidden=st.integers(1, 9),
    seed=st.integers(0, 1000),
    reverse=st.booleans(),
)
def test_odd_sizes_keep_it_equal(
    cell: str, batch: int, time: int, hidden: int, seed: int, reverse: bool
) -> None:
    torch.manual_seed(seed)
    if cell == "layer_norm":
        hidden += 8  # over a few units the norm may divide by almost nothing
    lengths = torch.randint(0, time + 1, (batch,))
    made = scan(cell, batch, time, Sizes(2, hidden, hidden), lengths=lengths, reverse=reverse)
    pairs = zip(
        value_and_gradients("derived", made, 1),
        value_and_gradients("reference", made, 1),
        strict=True,
    )
    for found, expected in pairs:
        assert error(found, expected) < 100 * TOLERANCE["path"]


def test_derivatives_are_written_with_the_functions_own_output() -> None:
    backward = derive(CATALOGUE["lstm"].equations)
    by_name = {line.name: line for line in backward.lines}
    assert [line.name for line in backward.forward][-2:] == ["tanh_c", "h"]
    assert by_name["h"].expression == Next("h")
    (first,) = [p for p in [by_name["a_i"].expression] if isinstance(p, Binary)]
    assert not any(isinstance(node, Call) for node in walk(first)), "no function is called again"


def test_a_shared_subexpression_is_named_once() -> None:
    cell = read("q = tanh(W @ x + h[-1])\nh = tanh(q) * tanh(q) + exp(tanh(q))")
    assert [line.name for line in derive(cell).forward].count("tanh_q") == 1


def test_names_never_clash_with_the_users_own() -> None:
    cell = read("a_h = W @ x\ntanh_a_h = a_h * a_h\nh = tanh(a_h) * tanh(U @ h[-1] + tanh_a_h)")
    names = [line.name for line in derive(cell).forward]
    assert len(names) == len(set(names))


def test_sympy_can_take_a_cell_and_give_it_back() -> None:
    symbols = Symbols()
    c, o = symbols.of(Name("c")), symbols.of(Name("o"))
    formula = symbols.formula(
        read("c = W @ x + c[-1]\no = W @ x\nh = o * tanh(c) - 1/o").lines[2].expression
    )
    assert sympy.simplify(sympy.diff(formula, c) - o * (1 - sympy.tanh(c) ** 2)) == 0
    expression = symbols.tree(-c / o**2 + sympy.Rational(1, 2))
    assert expression == Binary(
        "-", Number(0.5), Binary("/", Name("c"), Binary("*", Name("o"), Name("o")))
    )
    assert symbols.tree(-c) == Negative(Name("c"))
    assert symbols.tree(1 / o) == Binary("/", Number(1.0), Name("o"))


def test_every_function_has_its_real_counterpart_in_sympy() -> None:
    points = torch.linspace(0.2, 2, 7, dtype=torch.float64)
    symbol = sympy.Symbol("s", positive=True)
    for name, function in FUNCTIONS_OF_SYMPY.items():
        if name in BINARY:
            ours = BINARY[name](points, 1.0)
            formula = function(symbol, 1.0)
        else:
            ours, formula = UNARY[name](points), function(symbol)
        exact = [float(formula.subs(symbol, float(point))) for point in points]
        assert error(ours, torch.tensor(exact, dtype=torch.float64)) < 1e-14, name
