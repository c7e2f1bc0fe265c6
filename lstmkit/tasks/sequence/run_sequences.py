"""A whole run of a sequence task: fit, judge on sequences never seen, and leave a folder."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lstmkit.cells import find
from lstmkit.errors import SettingsError
from lstmkit.tasks.report.page import Page, counted, duration, write_page
from lstmkit.tasks.run_files import kept_in, write_run
from lstmkit.tasks.sequence.alike import require_alike
from lstmkit.tasks.sequence.defaults import LEARNING_RATE
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.sequence_task import SequenceTask
from lstmkit.tasks.sequence.story import Story
from lstmkit.train import CHECKPOINT
from lstmkit.train.processes import is_first

TEST_SHARE = 0.2


def run_sequences(
    task: SequenceTask,
    data: Any,
    y: Any = None,
    *,
    folder: str | Path,
    test: Any = None,
    test_share: float | None = None,
    resume: bool = False,
    progress: bool = True,
    watch_gradients: bool = False,
    title: str | None = None,
    again: Sequence[str] = (),
    **columns: Any,
) -> dict[str, Any]:
    """Fits a task, judges it beside its baseline and writes the run's folder.

    What it is judged on was not learnt from: the sequences of `test`, or a share of those given,
    drawn by the seed, class by class or group by group. The folder holds model.safetensors,
    settings.toml, metrics.json, predictions.parquet (every answer for the test part beside the
    truth), report.html and the figures as PNG; while training also checkpoint.safetensors.

    Args:
        task: The task, not yet fitted.
        data: Sequences, as `fit` takes them.
        y: Their targets; None where the file or the table holds them.
        folder: Folder of the run; made where it is missing.
        test: A file or table like `data`, to judge by.
        test_share: Share of `data` to judge by where there is no `test`; None takes a fifth.
        resume: Go on from the checkpoint in the folder.
        progress: Show progress on stderr.
        watch_gradients: Say on stderr how large the gradients are.
        title: Heading of the report.
        again: Commands that repeat the run, for the report.
        columns: `series`, `target`, `time`, `static`, `values` and `groups`, as `fit` takes them.

    Returns:
        What metrics.json holds: the scores and what the run was. Of several processes (torchrun)
        each gets it, and the first writes the folder.

    Raises:
        DataError: What cannot be learnt from or judged by.
        SettingsError: A setting that does not fit.
        ModelFileError: A file cannot be written.
        Interrupted: Ctrl-C; the checkpoint is written.
    """
    learnt, judged = parted(task, data, y, test=test, test_share=test_share, **columns)
    folder, start = Path(folder), time.monotonic()
    task.learn(
        learnt,
        folder=folder,
        resume=resume,
        progress=progress,
        watch_gradients=watch_gradients,
        data_mark=learnt.mark(),
    )
    seconds = time.monotonic() - start
    outputs = task.outputs(judged.sequences)
    result = {
        "title": title or task.title(),
        **task.judge(judged, outputs),
        "seconds": round(seconds, 1),
        "num_parameters": task.num_parameters_,
        "train_sequences": len(learnt.sequences),
        "settings": plain_settings(task),
        "notices": notices(learnt),
    }
    story = task.story(result, judged, outputs)
    result["headline"] = story.headline
    if not is_first():
        return result
    with kept_in(folder):
        write_run(folder, task, result, task.table(judged, outputs))
        write_page(folder, _page(task, result, story, judged.sequences.lengths, again))
    (folder / CHECKPOINT).unlink(missing_ok=True)
    return result


def parted(
    task: SequenceTask,
    data: Any,
    y: Any = None,
    *,
    test: Any = None,
    test_share: float | None = None,
    **columns: Any,
) -> tuple[Given, Given]:
    """Reads what is to be learnt from, and keeps back what is to be judged by.

    Args:
        task: The task; its seed draws.
        data: As `run_sequences` takes it, like all that follows.
        y: Targets.
        test: Sequences to judge by.
        test_share: Share to judge by where there are none; None takes a fifth.
        columns: Columns of a table.

    Returns:
        Sequences to learn from and sequences to judge by.

    Raises:
        DataError: Too few sequences, what cannot be learnt from, or what cannot be judged by.
        SettingsError: Both sequences and a share to judge by.
    """
    if test is not None and test_share is not None:
        raise SettingsError(
            "test: expected sequences to judge by or a share of the data, got both. Leave out test "
            "or test_share (command line: --test, --test-share)."
        )
    given = task.given(data, y, **columns)
    if test is None:
        learnt, judged = task.parted(given, TEST_SHARE if test_share is None else test_share)
    else:
        learnt, judged = given, task.to_judge(task.given(test, **columns))
    found = learnt.sequences
    require_alike(
        judged.sequences,
        found.channels,
        timed=found.times is not None,
        numbers=found.static.shape[1],
    )
    task.check_truth(learnt, judged)
    return learnt, judged


def plain_settings(task: SequenceTask) -> dict[str, Any]:
    """Settings as they took effect, in plain values."""
    chosen = task.chosen_
    return task.get_params() | {
        "cell": find(task.cell).name,
        "hidden_size": task.hidden_size or chosen.hidden_size,
        "epochs": task.epochs or chosen.epochs,
        "batch_size": chosen.batch_size,
        "learning_rate": task.learning_rate or LEARNING_RATE,
        "patch": chosen.patch,
    }


def notices(given: Given) -> list[str]:
    """What the data lack, and what was done about it."""
    sequences = given.sequences
    found = []
    missing = np.mean([np.isnan(one).mean() for part in sequences.parts() for one in part])
    if missing:
        found.append(
            f"{missing:.1%} of the values are missing. They were carried forward, and the network "
            "sees which they are and how long ago the last one was."
        )
    if np.isnan(sequences.static).any():
        found.append(
            "Some numbers of whole sequences are missing. They were set to the mean, and the "
            "network sees which they are."
        )
    return found


def _page(
    task: SequenceTask,
    result: dict[str, Any],
    story: Story,
    lengths: np.ndarray,
    again: Sequence[str],
) -> Page:
    history = task.history_
    return Page(
        title=result["title"],
        headline=story.headline,
        scores=story.scores,
        facts={
            "Sequences to learn from": f"{result['train_sequences']:,}",
            "Sequences to judge by": f"{result['sequences']:,}",
            "Channels": f"{len(task.prepared_.channels):,}",
            "Steps of a sequence": _span(int(lengths.min()), int(lengths.max())),
            **story.facts,
            "Training": f"{counted(history.num_epochs, 'epoch')} in "
            f"{duration(sum(history.seconds))}",
        },
        sections=story.sections,
        settings={key: value for key, value in result["settings"].items() if value is not None},
        notices=result["notices"],
        again=again,
    )


def _span(least: int, most: int) -> str:
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"
