"""Writes the C++ that driver.cpp links: functions and descriptions of cells, for any sizes.

    python tests/engine/native/generate.py cells.cpp

A size stands in a description as a number below -1, which the driver replaces by the size that it
draws, so that it needs no Python while it runs.
"""

import sys
from pathlib import Path

from lstmkit.cells import CATALOGUE
from lstmkit.engine import Equations, read
from lstmkit.engine.cpu.description import describe
from lstmkit.engine.lower.emit import emit
from lstmkit.engine.lower.schedule import schedule
from lstmkit.engine.ruled import givens, ruled
from lstmkit.engine.sizing import Size

# as in cells.h
SIZES: dict[Size, int] = {"input": -2, "hidden": -3, "projection": -4, "block": -5}
FUNCTION = -1000
PATTERNS = ("learned", "identity", "repeat", "block_sum")
# cells that a layer's rules are written into as well
UNDER_RULES = ("lstm", "projected", "layer_norm", "gru")
# what the catalogue has not: x by the unit, several functions, a map of a map, no state in a map
OWN = {
    "own": """
        z = sigmoid(W_z @ x + U_z @ h[-1] + p * c[-1])
        s = softplus(W_s @ x) * relu(U_s @ (z * h[-1]) + x)
        c = z * c[-1] + (1 - z) * s / (1 + abs(s))
        h = tanh(V @ (c * z) + x)
    """,
    "unit": "h = a * h[-1] + (1 - a) * tanh(W @ x)",
}


class _Symbols:
    """Stands in for `Sizes`."""

    @staticmethod
    def of(size: Size) -> int:
        return SIZES[size]


def _numbers(values: list[int]) -> str:
    return "{" + ", ".join(map(str, values)) + "}"


def _entry(name: str, equations: Equations, given: tuple[str, ...], positive: set[str]) -> str:
    plan = schedule(equations)
    functions = emit(equations).functions
    description = describe(
        equations,
        _Symbols(),
        [FUNCTION - k for k in range(len(functions))],
    )
    constants = plan.normal.constants
    patterns = [
        PATTERNS.index(constants[m].pattern if m in constants else "learned")
        for m in plan.equations.maps
    ]
    states = [int(state in positive) for state in plan.equations.states]
    kinds = ", ".join(f'"{kind}"' for kind in given)
    table = ", ".join(f"lstmkit::{name}::{function}" for function in functions)
    shared = int("block" in _sizes(equations))
    return (
        f'    {{"{name}", {_numbers(description)},\n     {{{table}}},\n'
        f"     {_numbers(patterns)}, {_numbers(states)}, {{{kinds}}}, "
        f"{int(plan.equations.sizes['h'] == 'projection')}, {shared}, "
        f"{int(equations.reads_x_by_unit)}}},\n"
    )


def _sizes(equations: Equations) -> set[str]:
    plan = schedule(equations)
    maps = plan.equations.maps.values()
    found = {*plan.equations.sizes.values(), *plan.equations.vectors.values()}
    return {str(s) for s in found | {m.rows for m in maps} | {m.columns for m in maps}}


def generate() -> str:
    """Returns the source."""
    texts, entries = [], []

    def add(name: str, equations: Equations, given: tuple[str, ...], positive: set[str]) -> None:
        texts.append(f"namespace {name} {{\n\n{emit(equations).text}\n}}  // namespace {name}\n")
        entries.append(_entry(name, equations, given, positive))

    for name, cell in CATALOGUE.items():
        positive = {"n"} & set(cell.joint)
        add(name, cell.equations, (), positive)
        if name in UNDER_RULES:
            kinds = tuple(given.kind for given in givens(cell.equations))
            add(f"{name}_ruled", ruled(cell.equations), kinds, positive)
    for name, text in OWN.items():
        add(name, read(text), (), set())
    return (
        "// Written by generate.py.\n"
        '#include "cells.h"\n\n#include "vector.h"\n\nnamespace lstmkit {\n\n'
        + "\n".join(texts)
        + "\n}  // namespace lstmkit\n\nconst std::vector<Cell> CELLS = {\n"
        + "".join(entries)
        + "};\n"
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(generate(), encoding="utf-8")
