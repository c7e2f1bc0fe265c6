"""`lstmkit demo`: the whole way once, on data that comes with the package."""

from pathlib import Path
from typing import Annotated

import typer

HORIZON = 48  # a day of half hours


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("lstmkit-demo"),
    seed: Annotated[int, typer.Option(help="Source of all randomness.")] = 0,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, mps or xpu.", metavar="NAME")
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the metrics as JSON.")] = False,
) -> None:
    """Train on the taxi demand of New York and show what came out.

    The data come with the package; it takes about a minute.
    """
    from lstmkit.cli.scores import print_run
    from lstmkit.data.datasets import DATASETS, nyc_taxi_path
    from lstmkit.tasks import Forecaster
    from lstmkit.tasks.run_folder import run_forecast

    taxi = DATASETS["nyc_taxi"]
    typer.echo(f"{taxi.about} Forecast: one day, from every half hour.", err=True)
    metrics = run_forecast(
        Forecaster(horizon=HORIZON, seed=seed, device=device),
        nyc_taxi_path(),
        "value",
        time="timestamp",
        folder=out,
        title="New York taxi demand, one day ahead",
        again=[f"lstmkit demo --seed {seed}"],
    )
    print_run(metrics, out, as_json=as_json)
    typer.echo(
        "\nOn your own data (a .csv or .parquet file with a row for each step):\n"
        "  lstmkit train forecast sales.csv --target units --time day --horizon 28\n"
        "  lstmkit predict runs/sales/model.safetensors",
        err=as_json,
    )
