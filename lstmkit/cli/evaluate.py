"""`lstmkit evaluate`: a saved model beside the baselines."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lstmkit.errors import SettingsError


def evaluate(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    data: Annotated[Path, typer.Argument(help="Table with the columns of the training data.")],
    stride: Annotated[int | None, typer.Option(help="Steps between two forecasts.", min=1)] = None,
    target: Annotated[
        str | None,
        typer.Option(
            help="Column of anomalous steps, for a detector trained without.", metavar="COLUMN"
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all that was measured as JSON.")
    ] = False,
) -> None:
    """Compare a model with the baselines, on every row or sequence of a table.

    What the model was trained on flatters it: give rows that came after, or other sequences.
    """
    from lstmkit.cli.scores import print_scores

    metrics = _measured(model, data, stride, target)
    if as_json:
        typer.echo(json.dumps(metrics, indent=2, allow_nan=False))
    else:
        print_scores(metrics["overall"], data.name)


def _measured(path: Path, data: Path, stride: int | None, target: str | None) -> Mapping[str, Any]:
    from lstmkit.tasks import Detector, Forecaster, load

    model = load(path)
    if target is not None and not isinstance(model, Detector):
        raise SettingsError(
            "evaluate: only a detector is judged by a column that it has not learnt from. Leave "
            "--target out."
        )
    if isinstance(model, Forecaster):
        return model.evaluate(data, stride=stride or 1)
    if stride is not None:
        raise SettingsError(f"evaluate: a {model.kind} has no --stride. Leave it out.")
    if isinstance(model, Detector):
        return model.evaluate(data, target=target)
    return model.evaluate(data)
