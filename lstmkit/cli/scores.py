"""The table of a model beside its baselines, and what a run leaves behind."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lstmkit.tasks.report.drawing import number
from lstmkit.tasks.report.verdict import METRICS, best_of, headline, spoken

Scores = Mapping[str, Mapping[str, float | None]]


def print_scores(scores: Scores, title: str = "test part") -> None:
    """Prints a table of models by metric to stdout, with a star at the best of each metric.

    Args:
        scores: Value by model or baseline, and metric.
        title: What they were judged on.
    """
    found = dict.fromkeys(metric for values in scores.values() for metric in values)
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column(title)
    for metric in found:
        # the blank stands above the star
        table.add_column(f"{METRICS.get(metric, metric)} ", justify="right")
    best = {metric: _best(scores, metric) for metric in found}
    for name, values in scores.items():
        cells = (_cell(values.get(metric), best[metric]) for metric in found)
        table.add_row(Text(spoken(name)), *cells)
    # as wide as it needs: a file has no terminal whose width could matter
    Console(width=None if typer.get_text_stream("stdout").isatty() else 120).print(table)


def print_run(
    metrics: Mapping[str, Any], folder: Path, *, as_json: bool, quiet: bool = False
) -> None:
    """Prints what a run found and where it lies.

    Args:
        metrics: What metrics.json holds.
        folder: Folder of the run.
        as_json: Print the metrics alone, as JSON.
        quiet: Leave out the notes on the data, which go to stderr.
    """
    if as_json:
        typer.echo(json.dumps(metrics, indent=2, allow_nan=False))
        return
    if not quiet:
        for notice in metrics["notices"]:
            typer.echo(f"Note: {notice}", err=True)
    print_scores(metrics["overall"])
    typer.echo(f"\n{metrics.get('headline') or headline(metrics['overall'])}")
    typer.echo(f"\nReport: {folder / 'report.html'}\nModel:  {folder / 'model.safetensors'}")


def _best(scores: Scores, metric: str) -> float | None:
    known = [v for values in scores.values() if (v := values.get(metric)) is not None]
    return best_of(known, metric)


def _cell(value: float | None, best: float | None) -> Text:
    if value is None:
        return Text("- ")
    return Text(f"{number(value)}*", style="bold") if value == best else Text(f"{number(value)} ")
