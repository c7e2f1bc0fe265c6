"""`lstmkit tune`: settings searched by the validation loss, then a run with the best."""

import shlex
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from lstmkit.cli import forecast_options as told
from lstmkit.cli import options as option
from lstmkit.cli.folder import claim_search, default_folder
from lstmkit.cli.numbers import read_parts
from lstmkit.cli.sequence_command import sequence_command
from lstmkit.cli.train_sequences import judged_by
from lstmkit.errors import SettingsError

tune = typer.Typer(
    help="Search settings, then train with the best.", no_args_is_help=True, rich_markup_mode=None
)

Trials = Annotated[int, typer.Option(help="How many in all.", metavar="N", min=1)]
Epochs = Annotated[
    int | None, typer.Option(help="Passes over the data in a trial, at most.", metavar="N", min=1)
]
Config = Annotated[
    Path | None,
    typer.Option(help="Settings file; what it gives is not searched.", metavar="FILE.toml"),
]
# what is searched, or read from a settings file
FIXED = (
    *("cell", "hidden_size", "num_layers", "dropout", "online", "replication", "validation"),
    *("batch_size", "learning_rate", "watch_gradients"),
)
SEQUENCES = {
    "classify": ("Classifier", "a label for whole sequences"),
    "regress": ("Regressor", "numbers for whole sequences"),
    "tag": ("Tagger", "a label for every step"),
    "detect": ("Detector", "what is anomalous in series"),
}


@tune.callback()
def _tune() -> None:
    """Search settings, then train with the best.

    Units, layers, dropout and learning rate vary (and the look-back of a forecaster), unless a
    settings file gives them. The validation loss alone chooses; the test part judges the best once.
    """


def _sequence_command(task: str) -> Callable[..., None]:
    @sequence_command(without=FIXED)
    def command(
        *, trials: Trials = 30, epochs: Epochs = None, config: Config = None, **options: Any
    ) -> None:
        from lstmkit import tasks
        from lstmkit.data import SequenceColumns

        kind = getattr(tasks, task)
        given = {"epochs": epochs, "seed": options["seed"], "device": options["device"]}
        columns = {field.name: options[field.name] for field in fields(SequenceColumns)}
        settings, named = _merged(config, kind, SequenceColumns, given, columns)
        if "group" in named:
            named["groups"] = named.pop("group")
        data, test, share = (options[name] for name in ("data", "test", "test_share"))
        judged = judged_by(test, share)
        _search(
            kind(**settings),
            [data],
            named | {"test": test, "test_share": share},
            options["out"] or default_folder(data, named.get("target", [])),
            again=["lstmkit", "train", kind.verb, data, *judged],
            how={"trials": trials} | {name: options[name] for name in ("resume", "overwrite")},
            said={name: options[name] for name in ("as_json", "quiet")},
        )

    return command


for _verb, (_task, _what) in SEQUENCES.items():
    tune.command(
        _verb,
        help=f"Search settings for {_what}, and leave the run of the best in a folder.\n\n"
        f"Example: lstmkit tune {_verb} steps.csv --series walk --target y --trials 30",
    )(_sequence_command(_task))


@tune.command()
def forecast(
    data: told.Data,
    target: told.Target = None,
    horizon: told.Horizon = None,
    time: told.Time = None,
    series: told.Series = None,
    past: told.Past = None,
    known: told.Known = None,
    static: told.Static = None,
    category: told.Category = None,
    split: told.Split = None,
    trials: Trials = 30,
    epochs: Epochs = None,
    seed: option.Seed = None,
    device: option.Device = None,
    config: Config = None,
    out: option.Out = None,
    resume: option.Resume = False,
    overwrite: option.Overwrite = False,
    as_json: option.AsJson = False,
    quiet: option.Quiet = False,
) -> None:
    """Search settings for a forecaster, and leave the run of the best in a folder.

    Example: lstmkit tune forecast sales.csv --target units --time day --horizon 28 --trials 30
    """
    from lstmkit.data import Columns
    from lstmkit.tasks import Forecaster

    given: dict[str, Any] = {"horizon": horizon, "split": read_parts(split)}
    given |= {"epochs": epochs, "seed": seed, "device": device}
    columns: dict[str, Any] = {"target": target, "time": time, "series": series}
    columns |= {"past": past, "known": known, "static": static, "category": category}
    settings, named = _merged(config, Forecaster, Columns, given, columns)
    for name, found in (("target", named), ("horizon", settings)):
        if name not in found:
            raise SettingsError(
                f"tune forecast: expected --{name}, got none. Give it as an option or in a "
                "settings file."
            )
    folder = out or default_folder(data, named["target"])
    _search(
        Forecaster(**settings),
        [data, named.pop("target")],
        named,
        folder,
        again=["lstmkit", "train", "forecast", data],
        how={"trials": trials, "resume": resume, "overwrite": overwrite},
        said={"as_json": as_json, "quiet": quiet},
    )


def _merged(
    config: Path | None, task: Any, kind: Any, settings: dict[str, Any], columns: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings and columns that were given, as options or else in a file."""
    from lstmkit.tasks.settings_file import read_settings

    settings = {name: value for name, value in settings.items() if value is not None}
    columns = {name: value for name, value in columns.items() if value}
    if config is None:
        return settings, columns
    read = read_settings(config, getattr(task, "verb", "forecast"), task, kind)
    return read.settings | settings, read.columns | columns


def _search(
    task: Any,
    data: list[Any],
    columns: dict[str, Any],
    folder: Path,
    *,
    again: list[Any],
    how: dict[str, Any],
    said: dict[str, Any],
) -> None:
    from lstmkit.cli.scores import print_run
    from lstmkit.tasks import tune as tuned
    from lstmkit.tasks.tuning.leave import PAGE, search_headline

    claim_search(folder, resume=how["resume"], overwrite=how.pop("overwrite"))
    found = tuned(
        task,
        data[0],
        *data[1:],
        folder=folder,
        progress=not said["quiet"],
        again=[shlex.join(map(str, [*again, "--config", folder / "settings.toml"]))],
        **how,
        **columns,
    )
    if not said["quiet"]:
        typer.echo(f"{search_headline(found.trials)}\nSearch: {folder / PAGE}\n", err=True)
    print_run(found.result, folder, **said)
