"""The command line: one file a verb, each thin over a Python function.

Results go to stdout, talk and progress to stderr. Exit codes: 0 done, 1 failed, 2 wrong use.
Nothing heavy is imported before a verb needs it.
"""

import errno
import sys

import typer

from lstmkit.cli.demo import demo
from lstmkit.cli.evaluate import evaluate
from lstmkit.cli.info import info
from lstmkit.cli.predict import predict
from lstmkit.cli.train import train
from lstmkit.errors import LstmkitError, SettingsError

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
for verb in (predict, evaluate, info):
    app.command()(verb)


@app.callback(invoke_without_command=True)
def _options(
    version: bool = typer.Option(False, "--version", help="Show the version and stop."),
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
        SystemExit: Always: 0 done, 1 failed, 2 wrong use.
    """
    try:
        app(arguments, prog_name="lstmkit")
    except LstmkitError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(2 if isinstance(error, SettingsError) else 1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        typer.echo("Error: the disk is full. Free some space and try again.", err=True)
        sys.exit(1)
