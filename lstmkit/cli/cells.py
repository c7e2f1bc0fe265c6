"""`lstmkit cells`: the catalogue, and one cell from its equations to its gradients."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lstmkit.engine import Cell


def cells(
    cell: Annotated[
        str | None, typer.Argument(help="Name of a cell, or a file of equations.")
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="Print the equations as LaTeX.")] = False,
    draw: Annotated[
        Path | None, typer.Option(help="Write a drawing: .png, .svg or .pdf.", metavar="FILE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the cells of the catalogue, or show one: equations, parameters, gradients.

    A cell of your own is a text file with one equation a line, as in: lstmkit cells my_cell.txt
    """
    from lstmkit.errors import SettingsError

    if cell is None:
        if latex or draw:
            option = "--latex" if latex else "--draw"
            raise SettingsError(
                f"cells: expected the name of a cell with {option}, got none. "
                f"Write for instance: lstmkit cells peephole {option}"
            )
        _list(as_json=as_json)
        return
    if latex and as_json:
        raise SettingsError("cells: expected --latex or --json, got both. The JSON has the LaTeX.")
    from lstmkit.cli.cell_sheet import as_latex, as_text, describe

    found = find_cell(cell)
    if draw is not None:
        _draw(found, draw)
    if as_json:
        typer.echo(json.dumps(describe(found), indent=2, ensure_ascii=False))
    else:
        typer.echo(as_latex(found) if latex else as_text(found))


def find_cell(name: str) -> "Cell":
    """Finds what the command line calls a cell.

    Args:
        name: A name in the catalogue, or the path of a file of equations. A file is taken for
            one if it exists, or if its name has a suffix or a folder.

    Returns:
        The cell.

    Raises:
        CellError: No such name, an unreadable file, or a text that is not a cell.
    """
    from lstmkit.cells import find

    path = Path(name)
    return find(path if path.suffix or len(path.parts) > 1 or path.is_file() else name)


def cell_text(name: str) -> str:
    """The name of a cell of the catalogue as it is, or the equations in a file.

    Args:
        name: As for `find_cell`.
    """
    from lstmkit.cells import CATALOGUE

    found = find_cell(name)
    return found.name if CATALOGUE.get(found.name) == found else found.text


def _list(*, as_json: bool) -> None:
    from lstmkit.cells import CATALOGUE

    if as_json:
        rows = [
            {"name": cell.name, "year": cell.year, "title": cell.title, "summary": cell.summary}
            for cell in CATALOGUE.values()
        ]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif typer.get_text_stream("stdout").isatty():
        _table(list(CATALOGUE.values()))
    else:
        width = max(map(len, CATALOGUE))
        for cell in CATALOGUE.values():
            typer.echo(f"{cell.name:{width}}  {cell.year}  {cell.summary}")
    typer.echo("\nMore of one: lstmkit cells peephole", err=True)


def _table(rows: "list[Cell]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("cell", style="bold", no_wrap=True)
    table.add_column("year")
    table.add_column("what it is")
    for cell in rows:
        table.add_row(cell.name, str(cell.year), cell.summary)
    Console().print(table)


def _draw(cell: "Cell", path: Path) -> None:
    from lstmkit.engine.drawing import draw
    from lstmkit.errors import SettingsError

    figure = draw(cell.equations)
    known: dict[str, Any] = figure.canvas.get_supported_filetypes()
    if path.suffix.removeprefix(".").lower() not in known:
        raise SettingsError(
            f"cells: expected --draw to end with one of .{', .'.join(sorted(known))}, "
            f"got {path}. Write for instance: --draw cell.png"
        )
    try:
        figure.savefig(path)
    except OSError as error:
        raise SettingsError(
            f"cells: the drawing {path} cannot be written: {error.strerror}. "
            "Give a path in a folder that exists and can be written to."
        ) from None
    typer.echo(f"Drawing: {path}", err=True)
