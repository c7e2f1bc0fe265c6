"""Looks into a trained task on sequences while it answers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lstmkit.data.parquet_table import stored_table
from lstmkit.data.sequence_table import read_sequence_table
from lstmkit.data.sequences import Sequences
from lstmkit.data.table import read_table
from lstmkit.errors import DataError, SettingsError
from lstmkit.inspect import Axis, Inspection, examine
from lstmkit.tasks.detection.detector import Detector
from lstmkit.tasks.forecast_settings import require_whole
from lstmkit.tasks.inspect_detector import inspect_detector
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.sequence_task import SequenceTask
from lstmkit.tasks.sequence.tag_network import TagNetwork
from lstmkit.tasks.shown_sequence import drawn, place_of

# sequences over which everything is measured, spread evenly over those given
NUMBER = 16

Text = str | Sequence[Any]


def inspect_sequences(
    task: SequenceTask,
    data: Any,
    y: Any = None,
    *,
    static: Any = None,
    number: int = NUMBER,
    show: str | None = None,
    text: Text | None = None,
) -> Inspection:
    """Looks into a classifier, regressor, tagger or detector.

    The numbers are over sequences spread evenly over those given; the page shows one of them. The
    gradient followed is that of the loss of training or, where the data hold no truth, of the mean
    square of the outputs. The memory measured is that of the LSTM in the outputs. Where there are
    outputs at every step, both are about those of the last one, from where lags are counted.

    A detector is seen in windows spread evenly, and the last one is shown: of 128 steps for the
    LSTM that forecasts, as in training, and of the detector's own for the one that reads what is to
    be given back. Its loss is the absolute error, of the forecast of the step after a window, or of
    all that was given back, whose mean over the channels is remembered for.

    Args:
        task: Fitted.
        data: Sequences, as `predict` takes them; of files, those chosen must fit into memory.
        y: Their targets, for arrays; a table or an archive's file holds them.
        static: Numbers of each sequence (N, S), for arrays.
        number: How many sequences to measure, at most.
        show: Name of the sequence to show; None shows the first, and of a detector's
            the longest.
        text: What is written along the axis, token by token: the name of a column of a table, or
            for each sequence its tokens. None draws the channels.

    Returns:
        The inspection; `.write("inspect.html")` makes the page.

    Raises:
        DataError: Sequences of other channels, a column or a sequence that is not there.
        SettingsError: Not fitted, `number` is no whole number above 0, or a text for a detector.

    Example:
        >>> from lstmkit import Tagger
        >>> X = [np.random.default_rng(n).normal(size=(8, 1)) for n in range(6)]
        >>> y = [np.where(one[:, 0] > 0, "up", "down") for one in X]
        >>> model = Tagger(epochs=1, hidden_size=4).fit(X, y)
        >>> [section.trace.name for section in inspect_sequences(model, X, y).sections]
        ['lstm layer 1', 'lstm layer 1 reverse']
    """
    require_whole("number", number)
    task.require_fitted()
    if isinstance(task, Detector):
        if text is not None:
            raise SettingsError("inspect: a detector follows numbers over time. Leave text out.")
        return inspect_detector(task, data, static=static, number=number, show=show)
    given = task.read(data, y, static=static, labelled=_has_targets(task, data, y))
    tokens = None if text is None else _tokens(task, data, text, given.sequences)
    chosen, row = _chosen(given.sequences, number, show)
    part = given.take(chosen)
    target = None if part.target is None else task.checked(part.target)
    batch = task.rows(part.sequences, target).batch(np.arange(len(chosen)))
    run, outcome, loss = _asked(task, batch, known=target is not None)
    own = None if tokens is None else tokens[int(chosen[row])]
    return examine(
        task.network_.eval(),
        run,
        loss=loss,
        outcome=outcome,
        axes={"lstm": _axis(task, part, row, own)},
        row=row,
        title=f"Inside a {task.kind}{_of_what(task)}: sequence {part.sequences.names[row]}",
    )


def _chosen(sequences: Sequences, number: int, show: str | None) -> tuple[np.ndarray, int]:
    """Places of sequences to measure, spread evenly, and which of these is the one to show."""
    total = len(sequences)
    places = np.linspace(0, total - 1, min(number, total)).round().astype(np.int64)
    if show is None:
        return places, 0
    place = place_of(show, sequences, "sequence")
    places[0] = place
    places = np.unique(places)
    return places, int(np.flatnonzero(places == place)[0])


def _has_targets(task: SequenceTask, data: Any, y: Any) -> bool:
    """Whether the truth is there beside the sequences."""
    if y is not None or isinstance(data, np.ndarray | Tensor | list | tuple | Sequences):
        return y is not None
    if task.columns_ is None:
        return True
    files = stored_table(data)
    there = read_table(data, "data").columns if files is None else files.columns
    return set(task.columns_.target) <= set(there)


Tensors = dict[str, Tensor]
Function = Callable[[Tensor], Tensor]


def _asked(
    task: SequenceTask, batch: Tensors, *, known: bool
) -> tuple[Callable[[], Tensor], Function | None, Function | None]:
    """How the network runs, which of its outputs are to be remembered for, and its loss."""
    network = task.network_
    if not isinstance(network, TagNetwork):
        return lambda: network(batch), None, (lambda y: task.loss(y, batch)) if known else None

    def last(values: Tensor) -> Tensor:
        return values[torch.arange(len(values)), batch["lengths"] - 1]

    def loss(outputs: Tensor) -> Tensor:
        if not (known and last(batch["weight"]).any()):
            return last(outputs).square().mean()
        return task.loss(last(outputs), {name: last(batch[name]) for name in ("target", "weight")})

    return lambda: network.running(batch)[0], last, loss


def _of_what(task: SequenceTask) -> str:
    return f" of {', '.join(task.columns_.target)}" if task.columns_ else ""


def _axis(task: SequenceTask, part: Given, row: int, tokens: Sequence[str] | None) -> Axis:
    """Times and channels of a sequence, or its text; of each patch of steps the last."""
    values, patch = part.sequences.values[row], task.chosen_.patch
    rows = np.minimum(np.arange(patch - 1, len(values) + patch - 1, patch), len(values) - 1)
    series = drawn(part.sequences, row, rows)
    if tokens is not None:
        return Axis([tokens[at] for at in rows], series, text=True)
    called = part.sequences.called_steps(row)
    labels = [called[at] for at in rows]
    if task.every_step and part.target is not None:
        said = [one[row] for one in np.atleast_2d(part.target.T)]
        told = [" ".join(str(one[at]) for one in said) for at in rows]
        labels = [f"{label} {each}" for label, each in zip(labels, told, strict=True)]
    return Axis(labels, series)


def _tokens(task: SequenceTask, data: Any, text: Text, sequences: Sequences) -> list[list[str]]:
    """What is written along each sequence."""
    if not isinstance(text, str):
        lengths = [len(one) for one in text]
        if lengths != sequences.lengths.tolist():
            raise DataError(
                f"inspect: expected a token for each step of the {len(sequences)} sequences, got "
                f"{lengths[:3]} ... for {sequences.lengths[:3].tolist()} .... Give one for each."
            )
        return [[str(token) for token in one] for one in text]
    if task.columns_ is None:
        raise DataError(
            f"inspect: expected a table for its column of text {text!r}, got {type(data).__name__}."
            " Give the tokens of each sequence."
        )
    columns = replace(task.columns_, target=(text,), group=None)
    table = read_sequence_table(data, columns)
    found = dict(zip(table.sequences.names, table.target, strict=True))
    return [["" if one is None else str(one) for one in found[name][0]] for name in sequences.names]
