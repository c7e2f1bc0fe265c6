"""`lstmkit train`: a model from a table."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from lstmkit.cli.numbers import read_parts, read_quantiles
from lstmkit.errors import SettingsError

train = typer.Typer(help="Train a model from a table.", no_args_is_help=True, rich_markup_mode=None)


@train.callback()
def _train() -> None:
    """Train a model from a table."""


@train.command()
def forecast(
    data: Annotated[Path, typer.Argument(help="Table: .csv, .tsv or .parquet.")],
    target: Annotated[
        list[str] | None, typer.Option(help="Column to forecast; repeat for several.")
    ] = None,
    horizon: Annotated[int | None, typer.Option(help="Steps to forecast.")] = None,
    time: Annotated[str | None, typer.Option(help="Column of times in even steps.")] = None,
    series: Annotated[
        str | None, typer.Option(help="Column that tells several series apart.")
    ] = None,
    past: Annotated[
        list[str] | None, typer.Option(help="Covariate known up to now; repeat for several.")
    ] = None,
    known: Annotated[
        list[str] | None, typer.Option(help="Covariate known ahead; repeat for several.")
    ] = None,
    static: Annotated[
        list[str] | None, typer.Option(help="Category of a whole series; repeat for several.")
    ] = None,
    gaps: Annotated[
        Literal["error", "fill"] | None,
        typer.Option(help="Refuse missing rows, or fill them with missing values."),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="Parts to train, choose and judge by: 0.7,0.1,0.2 or row counts.",
            metavar="A,B,C",
        ),
    ] = None,
    cell: Annotated[
        str | None,
        typer.Option(help="A name from `lstmkit cells`, or a file of equations.", metavar="CELL"),
    ] = None,
    lookback: Annotated[int | None, typer.Option(help="Steps that the model looks back.")] = None,
    season: Annotated[
        str | None,
        typer.Option(help="Steps of a season, auto, or none.", metavar="STEPS"),
    ] = None,
    hidden_size: Annotated[int | None, typer.Option(help="Units of a layer.")] = None,
    layers: Annotated[int | None, typer.Option(help="Layers of the stack.")] = None,
    dropout: Annotated[float | None, typer.Option(help="Share of values left out.")] = None,
    mode: Annotated[
        Literal["direct", "autoregressive"] | None,
        typer.Option(help="All steps at once, or each from the one before."),
    ] = None,
    quantiles: Annotated[
        str | None, typer.Option(help="Levels, as in 0.1,0.5,0.9.", metavar="LEVELS")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data, at most.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Windows of one step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak of the schedule.")] = None,
    seed: Annotated[int | None, typer.Option(help="Source of all randomness.")] = None,
    device: Annotated[
        str | None, typer.Option(help="auto, cpu, cuda, mps or xpu.", metavar="NAME")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="Settings file; options given here win.", metavar="FILE.toml"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; runs/<name of the table> if not given.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a broken-off run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the metrics as JSON.")] = False,
) -> None:
    """Train a forecaster and judge it on the last part of the data.

    It leaves a folder with everything.

    The folder holds model.safetensors, report.html, metrics.json, predictions.parquet,
    settings.toml and figures.

    Example: lstmkit train forecast sales.csv --target units --time day --horizon 28
    """
    options = {
        "horizon": horizon,
        "gaps": gaps,
        "split": read_parts(split),
        "cell": _cell(cell),
        "lookback": lookback,
        "hidden_size": hidden_size,
        "num_layers": layers,
        "dropout": dropout,
        "mode": mode,
        "quantiles": read_quantiles(quantiles),
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
        "device": device,
    }
    parts = {
        "target": target,
        "time": time,
        "series": series,
        "past": past,
        "known": known,
        "static": static,
    }
    given, columns = _merged(config, _given(options) | _season(season), _given(parts))
    _run(data, given, columns, out or Path("runs") / data.name.split(".")[0], resume, as_json)


def _run(
    data: Path,
    options: dict[str, Any],
    columns: dict[str, Any],
    out: Path,
    resume: bool,
    as_json: bool,
) -> None:
    from lstmkit.cli.scores import print_run
    from lstmkit.tasks import Forecaster
    from lstmkit.tasks.run_folder import run_forecast

    model = out / "model.safetensors"
    metrics = run_forecast(
        Forecaster(**options),
        data,
        columns.pop("target"),
        folder=out,
        resume=resume,
        again=[f"lstmkit train forecast {data} --config {out / 'settings.toml'}"],
        **columns,
    )
    print_run(metrics, out, as_json=as_json)
    typer.echo(f"\nForecast on:  lstmkit predict {model}", err=True)


def _merged(
    config: Path | None, options: dict[str, Any], columns: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options over the settings file, with the two things that have no default."""
    if config is not None:
        from lstmkit.cli.settings_file import read_settings

        told = read_settings(config)
        options, columns = told.forecast | options, told.columns | columns
    for name, found in (("target", columns), ("horizon", options)):
        if name not in found:
            raise SettingsError(
                f"train forecast: expected --{name}, got none. Give it as an option or in a "
                "settings file, as in: lstmkit train forecast sales.csv --target units --horizon 28"
            )
    return options, columns


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value not in (None, [])}


def _season(season: str | None) -> dict[str, Any]:
    if season is None:
        return {}
    if season.isdecimal():
        return {"season": int(season)}
    if season not in ("auto", "none"):
        raise SettingsError(
            f"train forecast: expected --season to be a number of steps, auto or none, got "
            f"{season!r}. A week of hourly rows has 168 steps."
        )
    # a season of one step is none, and a settings file can hold it
    return {"season": 1 if season == "none" else season}


def _cell(cell: str | None) -> str | None:
    """A name of the catalogue as it is, or the equations in a file."""
    if cell is None:
        return None
    from lstmkit.cells import find

    path = Path(cell)
    if path.is_file() or path.suffix or len(path.parts) > 1:
        return find(path).text
    return find(cell).name
