"""`lstmkit train`: a model from a table."""

import shlex
from pathlib import Path
from shlex import quote
from typing import Annotated, Any, Literal

import typer

from lstmkit.cli import forecast_options as told
from lstmkit.cli import options as option
from lstmkit.cli.cells import cell_text
from lstmkit.cli.classify import classify
from lstmkit.cli.detect import detect
from lstmkit.cli.folder import MODEL, claim, default_folder
from lstmkit.cli.numbers import read_parts, read_quantiles, read_season
from lstmkit.cli.regress import regress
from lstmkit.cli.tag import tag
from lstmkit.errors import SettingsError

train = typer.Typer(help="Train a model from a table.", no_args_is_help=True, rich_markup_mode=None)


@train.callback()
def _train() -> None:
    """Train a model from a table."""


train.command()(classify)
train.command()(regress)
train.command()(tag)
train.command()(detect)


@train.command()
def forecast(
    data: told.Data,
    target: told.Target = None,
    horizon: told.Horizon = None,
    preset: Annotated[
        Literal["steps", "segments", "smoothing", "counts"] | None,
        typer.Option(
            help="Step by step; segments for long horizons; smoothing for many series; counts for "
            "whole numbers from 0."
        ),
    ] = None,
    time: told.Time = None,
    series: told.Series = None,
    past: told.Past = None,
    known: told.Known = None,
    static: told.Static = None,
    category: told.Category = None,
    gaps: Annotated[
        Literal["error", "fill"] | None,
        typer.Option(help="Refuse missing rows, or fill them with missing values."),
    ] = None,
    split: told.Split = None,
    cell: option.CellName = None,
    lookback: Annotated[
        int | None, typer.Option(help="Steps that the model looks back.", metavar="STEPS")
    ] = None,
    season: Annotated[
        str | None,
        typer.Option(help="Steps of a season, auto, or none.", metavar="STEPS"),
    ] = None,
    hidden_size: Annotated[int | None, typer.Option(help="Units of a layer.", metavar="N")] = None,
    layers: option.Layers = None,
    dropout: option.Dropout = None,
    mode: Annotated[
        Literal["direct", "autoregressive"] | None,
        typer.Option(help="All steps at once, or each from the one before."),
    ] = None,
    quantiles: Annotated[
        str | None, typer.Option(help="Levels, as in 0.1,0.5,0.9.", metavar="LEVELS")
    ] = None,
    epochs: option.Epochs = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Windows of one step.", metavar="N", min=1)
    ] = None,
    learning_rate: option.LearningRate = None,
    seed: option.Seed = None,
    device: option.Device = None,
    config: option.Config = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the run; runs/TABLE-TARGET if not given.", metavar="FOLDER"),
    ] = None,
    resume: option.Resume = False,
    overwrite: option.Overwrite = False,
    watch_gradients: option.WatchGradients = False,
    as_json: option.AsJson = False,
    quiet: option.Quiet = False,
) -> None:
    """Train a forecaster, and judge it beside naive forecasts on the last part of the data.

    It leaves a folder with model.safetensors, report.html, metrics.json, predictions.parquet,
    settings.toml and figures.

    Example: lstmkit train forecast sales.csv --target units --time day --horizon 28
    """
    options = {
        "horizon": horizon,
        "preset": preset,
        "gaps": gaps,
        "split": read_parts(split),
        "cell": None if cell is None else cell_text(cell),
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
        "category": category,
    }
    from lstmkit.cli.scores import print_run
    from lstmkit.train.processes import is_first

    settings, columns = _merged(config, _given(options) | read_season(season), _given(parts))
    folder = out or default_folder(data, columns["target"])
    claim(folder, resume=resume, overwrite=overwrite)
    metrics = _train_in(
        folder,
        data,
        settings,
        columns,
        resume=resume,
        progress=not quiet,
        watch_gradients=watch_gradients,
    )
    if not is_first():
        return
    print_run(metrics, folder, as_json=as_json, quiet=quiet)
    if not quiet:
        model = quote(str(folder / MODEL))
        typer.echo(
            f"\nWhat comes next:      lstmkit predict {model}\n"
            f"How good on new data: lstmkit evaluate {model} NEW_DATA",
            err=True,
        )


def _train_in(
    folder: Path,
    data: Path,
    settings: dict[str, Any],
    columns: dict[str, Any],
    *,
    resume: bool,
    progress: bool,
    watch_gradients: bool,
) -> dict[str, Any]:
    from lstmkit.tasks import Forecaster, run_forecast

    again = ["lstmkit", "train", "forecast", data, "--config", folder / "settings.toml"]
    return run_forecast(
        Forecaster(**settings),
        data,
        columns["target"],
        folder=folder,
        resume=resume,
        progress=progress,
        watch_gradients=watch_gradients,
        again=[shlex.join(map(str, again))],
        **{part: columns[part] for part in columns if part != "target"},
    )


def _merged(
    config: Path | None, options: dict[str, Any], columns: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Puts options over the settings file; two things have no default."""
    if config is not None:
        from lstmkit.tasks.settings_file import read_settings

        read = read_settings(config)
        options, columns = read.settings | options, read.columns | columns
    for name, found in (("target", columns), ("horizon", options)):
        if name not in found:
            raise SettingsError(
                f"train forecast: expected --{name}, got none. Give it as an option or in a "
                "settings file, as in: lstmkit train forecast sales.csv --target units --horizon 28"
            )
    return options, columns


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value not in (None, [])}
