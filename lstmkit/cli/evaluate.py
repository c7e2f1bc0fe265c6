"""`lstmkit evaluate`: a saved model beside the baselines."""

import json
from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    data: Annotated[Path, typer.Argument(help="Table with the columns of the training data.")],
    stride: Annotated[int, typer.Option(help="Steps between two forecasts.", min=1)] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all metrics, by step and target too, as JSON.")
    ] = False,
) -> None:
    """Compare a model with the baselines, from every row of a table.

    Rows that the model was trained on flatter it: give rows that came after.
    """
    from lstmkit.cli.scores import print_scores
    from lstmkit.tasks import load

    metrics = load(model).evaluate(data, stride=stride)
    if as_json:
        typer.echo(json.dumps(metrics, indent=2, allow_nan=False))
    else:
        print_scores(metrics["overall"], data.name)
