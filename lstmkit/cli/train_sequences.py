"""How every task on sequences is trained from the command line."""

import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import typer

from lstmkit.cli.cells import cell_text
from lstmkit.cli.folder import MODEL, claim, default_folder
from lstmkit.errors import SettingsError


class SequenceRun(NamedTuple):
    """Where a run reads and writes, and what it says.

    Attributes:
        data: Long table or archive file.
        config: Settings file.
        out: Folder of the run.
        test: File to judge by.
        test_share: Share of the data to judge by.
        resume: Go on with a run that was broken off.
        overwrite: Replace what the folder holds.
        watch_gradients: Say when gradients explode or vanish.
        as_json: Print the metrics as JSON.
        quiet: Results only.
    """

    data: Path
    config: Path | None
    out: Path | None
    test: Path | None
    test_share: float | None
    resume: bool
    overwrite: bool
    watch_gradients: bool
    as_json: bool
    quiet: bool


def judged_by(test: Path | None, share: float | None) -> list[Any]:
    """The options that say what a run is judged by, as its report repeats them.

    Args:
        test: File to judge by.
        share: Share of the data to judge by.

    Raises:
        SettingsError: Both.
    """
    if test is not None and share is not None:
        raise SettingsError(
            "train: expected --test or --test-share, got both. The first judges by a file of its "
            "own, the second by a share of DATA; leave one out."
        )
    if test is not None:
        return ["--test", test]
    return [] if share is None else ["--test-share", share]


def train_sequences(task: str, options: dict[str, Any]) -> None:
    """Trains a task and prints how good it is.

    Args:
        task: Name of the task's class.
        options: Everything the command takes, by name: what `SequenceRun` holds, the columns of
            `SequenceColumns`, and settings of the task. What was not given is None or empty.

    Raises:
        LstmkitError: What `run_sequences` raises, or a folder that holds a run.
    """
    from lstmkit import tasks
    from lstmkit.cli.scores import print_run
    from lstmkit.data import SequenceColumns
    from lstmkit.tasks.sequence.run_sequences import run_sequences
    from lstmkit.tasks.settings_file import read_settings
    from lstmkit.train.processes import is_first

    kind = getattr(tasks, task)
    run = SequenceRun(**{name: options[name] for name in SequenceRun._fields})
    told_columns = [field.name for field in fields(SequenceColumns)]
    columns = {name: options[name] for name in told_columns if options[name]}
    settings = {
        name: value
        for name, value in options.items()
        if value is not None and name not in (*SequenceRun._fields, *told_columns)
    }
    if "cell" in settings:
        settings["cell"] = cell_text(settings["cell"])
    if run.config is not None:
        told = read_settings(run.config, kind.verb, kind, SequenceColumns)
        settings, columns = told.settings | settings, told.columns | columns
    folder = run.out or default_folder(run.data, columns.get("target", []))
    judged = judged_by(run.test, run.test_share)
    claim(folder, resume=run.resume, overwrite=run.overwrite)
    again = ["lstmkit", "train", kind.verb, run.data, "--config", folder / "settings.toml"]
    if "group" in columns:
        columns["groups"] = columns.pop("group")
    result = run_sequences(
        kind(**settings),
        run.data,
        folder=folder,
        test=run.test,
        test_share=run.test_share,
        resume=run.resume,
        progress=not run.quiet,
        watch_gradients=run.watch_gradients,
        again=[shlex.join(map(str, [*again, *judged]))],
        **columns,
    )
    if not is_first():
        return
    print_run(result, folder, as_json=run.as_json, quiet=run.quiet)
    if not run.quiet:
        model = shlex.quote(str(folder / MODEL))
        typer.echo(
            f"\nWhat comes next:      lstmkit predict {model} NEW_DATA\n"
            f"How good on new data: lstmkit evaluate {model} NEW_DATA",
            err=True,
        )
