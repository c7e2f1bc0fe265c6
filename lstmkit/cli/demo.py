"""`lstmkit demo`: the whole way once, on data that comes with the package."""

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

HORIZON = 48  # a day of half hours
QUICK: dict[str, Any] = {"epochs": 2, "hidden_size": 16}


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the run.", metavar="FOLDER")] = Path(
        "lstmkit-demo"
    ),
    quick: Annotated[
        bool, typer.Option("--quick", help="A smaller model, trained for a few seconds.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Source of all randomness.", metavar="N")] = 0,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, mps or xpu.", metavar="NAME")
    ] = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a broken-off run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the metrics as JSON.")] = False,
) -> None:
    """Train on the taxi demand of New York and show what came out.

    The data come with the package; it takes about a minute.
    """
    from lstmkit.cli.scores import print_run
    from lstmkit.data.datasets import DATASETS, nyc_taxi_path
    from lstmkit.tasks import Forecaster, run_forecast

    typer.echo(f"{DATASETS['nyc_taxi'].about} Forecast: one day, from every half hour.", err=True)
    again = ["lstmkit", "demo", "--seed", str(seed), *(["--quick"] if quick else [])]
    metrics = run_forecast(
        Forecaster(horizon=HORIZON, seed=seed, device=device, **(QUICK if quick else {})),
        nyc_taxi_path(),
        "value",
        time="timestamp",
        folder=out,
        resume=resume,
        title="New York taxi demand, one day ahead",
        again=[shlex.join(again)],
    )
    print_run(metrics, out, as_json=as_json)
    typer.echo(
        "\nOn your own data (a .csv or .parquet file with a row for each step):\n"
        "  lstmkit train forecast sales.csv --target units --time day --horizon 28\n"
        "  lstmkit predict runs/sales-units/model.safetensors",
        err=as_json,
    )
