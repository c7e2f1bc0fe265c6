"""Everything there is to say about one cell, as plain values, as text and as LaTeX."""

import textwrap
from typing import Any

from lstmkit.cells import CATALOGUE
from lstmkit.cells.comparison import differences
from lstmkit.cells.limiting_case import limiting_case
from lstmkit.cells.parameters import LETTERS, SIZES, count, parameters
from lstmkit.engine import Backward, Cell, Equations, derive
from lstmkit.engine.latex import to_latex
from lstmkit.engine.tree import Line
from lstmkit.engine.unicode import to_unicode

WIDTH = 88
LEGEND = (
    "δq is the gradient of the loss with respect to q, δ⁺q what arrives from the step after (at "
    "h also from the loss), ⊙ multiplies unit by unit, ⊗ is the outer product, [·] is 1 where it "
    "holds and else 0."
)


def describe(cell: Cell) -> dict[str, Any]:
    """Describes a cell in plain values.

    Args:
        cell: Of the catalogue, or one's own.

    Returns:
        What `lstmkit cells NAME --json` prints.
    """
    equations = cell.equations
    backward = derive(equations)
    return {
        "name": cell.name,
        "title": cell.title,
        "year": cell.year,
        "summary": cell.summary,
        "text": cell.text,
        "equations": to_unicode(equations.lines),
        "latex": to_latex(equations.lines),
        "state": list(equations.states),
        "parameters": {
            name: list(group.shape) for group in parameters(equations) for name in group.names
        },
        "stored_as": {
            name: group.stored or name for group in parameters(equations) for name in group.names
        },
        "parameter_count": count(equations),
        "differs_from_lstm": _difference(cell),
        "differs_from_paper": cell.differs_paper,
        "limiting_case": limiting_case(cell.limit) if cell.limit else "",
        "backward": {
            "forward": to_unicode(backward.forward),
            "adjoints": to_unicode(backward.lines, "adjoints"),
            "carries": to_unicode(backward.carries, "carries"),
            "gradients": to_unicode(backward.gradients, "gradients"),
        },
        "reference": cell.reference,
        "link": cell.link,
    }


def as_text(cell: Cell) -> str:
    """Writes everything about a cell for a terminal.

    Args:
        cell: Of the catalogue, or one's own.

    Returns:
        Headings at the margin, what they head indented.
    """
    equations = cell.equations
    backward = derive(equations)
    year = f" ({cell.year})" if cell.year else ""
    steps = [
        to_unicode(backward.lines, "adjoints"),
        "to the step before:\n" + to_unicode(backward.carries, "carries"),
        "to the parameters:\n" + to_unicode(backward.gradients, "gradients"),
        _filled(LEGEND),
    ]
    between = _between(equations, backward)
    if between:
        steps.insert(0, "with\n" + to_unicode(between))
    sections = {
        "Equations": to_unicode(equations.lines),
        "State": _state(equations),
        "Parameters": _parameters(equations),
        "Differs from the plain LSTM": _filled(_difference(cell)),
        "Differs from the paper": _filled(cell.differs_paper),
        "Limiting case": _filled(limiting_case(cell.limit)) if cell.limit else "",
        "Backward, derived from the equations": "\n\n".join(steps),
        "Reference": "\n".join(part for part in (_filled(cell.reference), cell.link) if part),
    }
    head = f"{cell.name}: {cell.title}{year}" if cell.year else f"{cell.name}"
    parts = ["\n".join(part for part in (head, _filled(cell.summary)) if part)]
    parts += [f"{title}\n{textwrap.indent(body, '  ')}" for title, body in sections.items() if body]
    return "\n\n".join(parts)


def as_latex(cell: Cell) -> str:
    """Writes the equations and the derived backward pass of a cell as LaTeX.

    Args:
        cell: Of the catalogue, or one's own.

    Returns:
        Displays with a comment above each.
    """
    displays = formulas(cell)
    return "\n".join(f"% {title}\n\\[\n{latex}\n\\]" for title, latex in displays.items())


def formulas(cell: Cell) -> dict[str, str]:
    """Writes the equations and the derived backward pass of a cell, each as one environment.

    Args:
        cell: Of the catalogue, or one's own.

    Returns:
        LaTeX by title, the equations first.
    """
    backward = derive(cell.equations)
    known = [line.name for line in backward.forward]
    between = _between(cell.equations, backward)
    return {
        "equations": to_latex(cell.equations.lines),
        **({"backward, with": to_latex(between, quantities=known)} if between else {}),
        "adjoints": to_latex(backward.lines, "adjoints", known),
        "to the step before": to_latex(backward.carries, "carries", known),
        "to the parameters": to_latex(backward.gradients, "gradients", known),
    }


def _between(equations: Equations, backward: Backward) -> list[Line]:
    """The intermediate values that the derivation names and the text does not."""
    return [line for line in backward.forward if line.name not in equations.sizes]


def _state(equations: Equations) -> str:
    width = max(map(len, equations.states))
    return "\n".join(
        f"{name:{width}}  {LETTERS[equations.sizes[name]]}" for name in equations.states
    )


def _parameters(equations: Equations) -> str:
    rows = []
    for group in parameters(equations):
        applied = ""
        if group.operand is not None:
            applied = "applied to " + to_unicode([Line("", group.operand)]).removeprefix(" = ")
            if group.names != (group.stored,):
                applied += f", stored as {group.stored}"
        rows.append((" ".join(group.names), " x ".join(group.shape), applied))
    rows.append(("in all", count(equations), ""))
    letters = {letter for _, shape, _ in rows for letter in shape if letter in SIZES}
    meaning = ", ".join(f"{letter} {SIZES[letter]}" for letter in SIZES if letter in letters)
    first = max(len(names) for names, _, _ in rows)
    second = max(len(shape) for _, shape, _ in rows[:-1])
    lines = [f"{names:{first}}  {shape:{second}}  {to}".rstrip() for names, shape, to in rows]
    return "\n".join([*lines, meaning])


def _difference(cell: Cell) -> str:
    if cell.differs_lstm:
        return cell.differs_lstm
    plain = CATALOGUE["lstm"].equations
    found = differences(cell.equations, plain)
    said = {
        "new": "new: {}",
        "changed": "changed: {}",
        "same": "as there: {}",
        "missing": "not here: {}",
    }
    parts = [text.format(", ".join(found[key])) for key, text in said.items() if found[key]]
    return "; ".join(parts)


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH)
