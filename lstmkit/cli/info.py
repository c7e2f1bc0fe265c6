"""`lstmkit info`: what a model file holds."""

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lstmkit.tasks import Forecaster
    from lstmkit.tasks.sequence.sequence_task import SequenceTask


def info(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show what a model file holds.

    Its task, columns, cell with equations, settings, training, and how good it was.
    """
    facts = describe(model)
    if as_json:
        typer.echo(json.dumps(facts, indent=2, allow_nan=False))
        return
    metrics = facts.pop("metrics")
    for name, value in facts.items():
        typer.echo(_line(name.replace("_", " "), value))
    if metrics:
        from lstmkit.cli.scores import print_scores

        typer.echo()
        print_scores(metrics["overall"])


def describe(path: Path) -> dict[str, Any]:
    """Describes a model file in plain values.

    Args:
        path: The file.

    Returns:
        What it answers, from which columns, by which cell and settings, how it was trained and,
        from metrics.json beside it, how good it was.

    Raises:
        ModelFileError: Not a model file, damaged, or from a newer version.
    """
    from dataclasses import asdict

    from lstmkit.cells import find
    from lstmkit.engine.unicode import to_unicode
    from lstmkit.tasks import load
    from lstmkit.train import read_file

    model = load(path)
    metadata = read_file(path)[1]
    cell, history = find(model.cell), model.history_
    settings = model.get_params() | {"cell": cell.name}
    columns = {} if model.columns_ is None else asdict(model.columns_)
    return {
        "file": str(path),
        "made_by": f"lstmkit {metadata['version']}",
        "task": _task(model),
        "columns": {name: part for name, part in columns.items() if part},
        **_about(model),
        "parameters": model.num_parameters_,
        "cell": f"{cell.name}: {cell.title}",
        "equations": to_unicode(cell.equations.lines),
        "settings": {name: value for name, value in settings.items() if value is not None},
        "training": {
            "epochs": history.num_epochs,
            "best_epoch": history.best_epoch,
            f"best_{'valid' if history.held_out else 'train'}_loss": history.best_valid_loss,
            "seconds": sum(history.seconds),
            "stopped": history.stopped,
        },
        "metrics": _metrics(path),
    }


def _task(model: "Forecaster | SequenceTask") -> str:
    from lstmkit.tasks import Forecaster

    if isinstance(model, Forecaster):
        return f"forecast {model.horizon} steps of {model.frequency_.label}"
    return f"{model.verb} sequences of {len(model.prepared_.channels)} channels"


def _about(model: "Forecaster | SequenceTask") -> dict[str, Any]:
    from lstmkit.tasks import Forecaster

    if isinstance(model, Forecaster):
        return {
            "season": model.season_,
            "lookback": model.lookback_,
            "notices": list(model.notices_),
        }
    return {"channels": list(model.prepared_.channels), **model.about()}


def _metrics(path: Path) -> dict[str, Any] | None:
    """What the run measured on its test part, where the file still lies in the run's folder."""
    beside = path.with_name("metrics.json")
    if not beside.is_file():
        return None
    try:
        metrics = json.loads(beside.read_text(encoding="utf-8"))
        judged = "sequences" if "sequences" in metrics else "test_origins"
        return {name: metrics[name] for name in ("overall", judged, "seconds")}
    except (ValueError, KeyError, TypeError):
        return None  # a file of the same name that some other program wrote


def _line(name: str, value: Any) -> str:
    if isinstance(value, dict):
        value = "\n".join(f"{key} = {_short(one)}" for key, one in value.items())
    if isinstance(value, list):
        value = "\n".join(value) or "none"
    text = str("none" if value is None else value)
    if "\n" in text:
        text = "\n" + textwrap.indent(text, "  ")
    return f"{name}:{'' if text.startswith(chr(10)) else ' '}{text}"


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_short, value))
    return str(value)
