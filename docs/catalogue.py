"""Writes the documentation's page of every cell, from the cell's own data."""

from pathlib import Path

from lstmkit.cells import CATALOGUE
from lstmkit.cli.cell_sheet import LEGEND, describe, formulas
from lstmkit.engine import Cell
from lstmkit.engine.drawing import draw


def write_pages(folder: Path) -> None:
    """Writes `index.md`, and for each cell a page and a drawing, into a folder.

    Args:
        folder: Made if it is missing; what lies there under the same names is replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("index.md").write_text(index())
    for cell in CATALOGUE.values():
        draw(cell.equations).savefig(folder / f"{cell.name}.svg")
        folder.joinpath(f"{cell.name}.md").write_text(page(cell))


def index() -> str:
    """The table of all cells, and their order in the menu."""
    rows = [
        f"| [`{cell.name}`]({cell.name}.md) | {cell.year} | {cell.summary} |"
        for cell in CATALOGUE.values()
    ]
    return "\n".join(
        [
            "# The catalogue of cells",
            "",
            'Each of these is a name for `cell=`: `LSTM(64, 128, cell="peephole")`. A cell that is',
            "not here is [a text of your own](../own-cells.md).",
            "",
            "| cell | year | what it is |",
            "|---|---|---|",
            *rows,
            "",
            "```{toctree}",
            ":hidden:",
            "",
            *CATALOGUE,
            "```",
            "",
        ]
    )


def page(cell: Cell) -> str:
    """Everything about one cell: equations, drawing, parameters, differences, gradients."""
    facts = describe(cell)
    backward = formulas(cell)
    equations = backward.pop("equations")
    parameters = [
        f"| `{name}` | {' x '.join(map(str, shape))} |"
        for name, shape in facts["parameters"].items()
    ]
    parts = [
        f"# {cell.name}: {cell.title} ({cell.year})",
        facts["summary"][:1].upper() + facts["summary"][1:] + ".",
        "## Equations",
        display(equations),
        "as the text that the library reads:",
        f"```cell\n{facts['text']}\n```",
        f"![The flow of signals through one step of {cell.name}]({cell.name}.svg)",
        "## State and parameters",
        f"The state is {listed(facts['state'])}. Of I inputs and H units there are "
        f"{facts['parameter_count']} learned numbers:",
        "\n".join(["| parameter | shape |", "|---|---|", *parameters]),
        "## What differs",
        f"From the plain LSTM: {facts['differs_from_lstm']}",
        f"From the paper: {facts['differs_from_paper']}",
        f"Limiting case: {facts['limiting_case']}. A test holds the two to that.",
        "## Gradients, derived from the equations",
        LEGEND,
        *(f"{title.capitalize()}:\n\n{display(formula)}" for title, formula in backward.items()),
        "## Reference",
        f"{cell.reference}. <{cell.link}>",
    ]
    return "\n\n".join(parts) + "\n"


def display(formula: str) -> str:
    """A displayed formula in Markdown."""
    return f"$$\n{formula}\n$$"


def listed(names: list[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)
