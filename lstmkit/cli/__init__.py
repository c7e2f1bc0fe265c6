"""The command line: one file a verb, each thin over a Python function.

Results go to stdout, talk and progress to stderr. Exit codes: 0 done, 1 failed, 2 wrong use, 130
stopped by hand. Nothing heavy is imported before a verb needs it.
"""

import errno
import os
import shlex
import sys
from typing import Annotated

import typer

from lstmkit.cli.cells import cells
from lstmkit.cli.demo import demo
from lstmkit.cli.evaluate import evaluate
from lstmkit.cli.info import info
from lstmkit.cli.inspect import inspect
from lstmkit.cli.predict import predict
from lstmkit.cli.stream import stream
from lstmkit.cli.train import train
from lstmkit.cli.tune import tune
from lstmkit.errors import LstmkitError, SettingsError

FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130

# plain help: rich alone would take longer to import than everything else here
app = typer.Typer(
    name="lstmkit",
    help="Every LSTM, from its equations: trained on your tables, measured, and kept in one file.",
    epilog="Begin with: lstmkit demo",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command()(demo)
app.add_typer(train, name="train")
app.add_typer(tune, name="tune")
app.command()(predict)
app.command()(evaluate)
app.command()(stream)
app.command(short_help="List the cells, or show one with its equations.")(cells)
app.command()(info)
app.command()(inspect)


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False,
) -> None:
    if version:
        from importlib.metadata import PackageNotFoundError
        from importlib.metadata import version as version_of

        try:
            typer.echo(f"lstmkit {version_of('lstmkit')}")
        except PackageNotFoundError:
            typer.echo("lstmkit unreleased")
        raise typer.Exit


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line and ends the process.

    Args:
        arguments: What stands after the program's name; None takes it from the process.

    Raises:
        SystemExit: Always: 0 done, 1 failed, 2 wrong use, 130 stopped by hand.
    """
    # threads that spin at a barrier lose whole time slices as soon as another program wants a core
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        app(arguments, prog_name="lstmkit")
    except LstmkitError as error:
        typer.echo(f"Error: {error}", err=True)
        if _stopped_by_hand(error):
            typer.echo(f"Go on by: {_resumption(arguments)}", err=True)
            sys.exit(INTERRUPTED)
        sys.exit(WRONG_USE if isinstance(error, SettingsError) else FAILED)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        typer.echo("Error: the disk is full. Free some space and try again.", err=True)
        sys.exit(FAILED)


def _stopped_by_hand(error: LstmkitError) -> bool:
    # only training raises it, and has imported the module by then: nothing else needs torch here
    training = sys.modules.get("lstmkit.train")
    return training is not None and isinstance(error, training.Interrupted)


def _resumption(arguments: list[str] | None) -> str:
    given = sys.argv[1:] if arguments is None else arguments
    kept = [one for one in given if one not in ("--resume", "--overwrite")]
    return shlex.join(["lstmkit", *kept, "--resume"])
