"""One sequence followed step by step: state carried, kept in a file, gone on from."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from lstmkit.data.sequences import to_sequences
from lstmkit.errors import DataError, ModelFileError
from lstmkit.nn import LSTM
from lstmkit.nn.state import state_type
from lstmkit.tasks.model_mark import model_mark
from lstmkit.tasks.model_parts import complete
from lstmkit.tasks.sequence.fed import fed_numbers, fed_steps, fed_times
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.pooling import Pooled
from lstmkit.tasks.sequence.preparation import Carry
from lstmkit.train.model_file import read_file, write_file

if TYPE_CHECKING:
    from lstmkit.tasks.sequence.sequence_task import SequenceTask

KIND = "stream"


class SequenceStream:
    """Feeds the steps of one sequence to a task as they arrive; made by `task.stream()`.

    Args:
        task: A fitted task that is `online`.
        static: Numbers of the sequence (S,).
        path: A file that `save` wrote, to go on from.

    Attributes:
        steps: Steps fed so far.

    Raises:
        DataError: Static numbers of another size.
        ModelFileError: A file that is not of a stream of this task.
    """

    def __init__(self, task: "SequenceTask", *, static: Any = None, path: Path | None) -> None:
        self.task, self.steps = task, 0
        self._carry: Carry | None = None
        self._state: Any = None
        self._pooled: Pooled | None = None
        given = np.zeros(0) if static is None else fed_numbers(static, "static numbers")
        numbers = np.atleast_2d(given)
        known = task.prepared_.num_numbers
        if path is None and numbers.shape != (1, known):
            raise DataError(
                f"stream: expected {known} static numbers as in the data learnt from, got shape "
                f"{numbers.shape[1:]}. Give them with static=...."
            )
        self._static = numbers
        if path is not None:
            self._restore(path)

    @torch.no_grad()
    def feed(self, steps: Any, times: Any = None) -> Any:
        """Takes one step or several.

        Args:
            steps: Values (C,) of one step or (T, C) of several, NaN where missing; (T,) where there
                is one channel.
            times: Times of the steps (T,), where the task learnt from steps with times.

        Returns:
            What the task answers after the last of them: what `predict` gives for one sequence;
            from a tagger the labels of these steps (T,), of several outputs (T, outputs).

        Raises:
            DataError: Another number of channels, what is no number or infinite, times that fall,
                are missing or not wanted.
        """
        answered = self.task.answer(self._outputs(steps, times))
        return answered if self.task.every_step else answered[0]

    @torch.no_grad()
    def feed_proba(self, steps: Any, times: Any = None) -> Any:
        """Takes steps and returns probabilities (K,) after the last of them.

        A tagger gives them at each of these steps (T, K); of several outputs there is a list.
        """
        found = self.task.probabilities(self._outputs(steps, times))
        if self.task.every_step:
            return found
        return [one[0] for one in found] if isinstance(found, list) else found[0]

    @torch.no_grad()
    def table(self, steps: Any, times: Any = None) -> pl.DataFrame:
        """Takes one step or several and tells the answers as a table.

        Args:
            steps: As for `feed`.
            times: As for `feed`.

        Returns:
            A row for each of these steps from a task that answers at every step, otherwise one for
            all steps so far: "step", its number from 1, and the answer as `predict` of the command
            line gives it.
        """
        outputs = self._outputs(steps, times)
        rows = len(outputs)
        alone = to_sequences([np.zeros((rows, 1))])
        told = self.task.table(Given(alone, None, None), outputs)
        told = told.drop("sequence", "step", strict=False)
        step = pl.Series("step", np.arange(self.steps - rows + 1, self.steps + 1))
        return told.insert_column(0, step)

    def _outputs(self, steps: Any, times: Any) -> np.ndarray:
        values = self._values(steps)
        when = self._times(times, len(values))
        prepared = self.task.prepared_
        inputs, self._carry = prepared.steps(values, when, self._carry)
        static = prepared.static_inputs(self._static)
        batch = {
            "steps": torch.from_numpy(inputs.astype(np.float32))[None],
            "lengths": torch.tensor([len(values)]),
            "static": torch.from_numpy(static.astype(np.float32)),
        }
        found, self._state, self._pooled = self.task.network_.eval().running(
            batch, self._state, self._pooled
        )
        self.steps += len(values)
        outputs: np.ndarray = (found[0] if self.task.every_step else found[:, -1]).double().numpy()
        return outputs

    def _values(self, steps: Any) -> np.ndarray:
        return fed_steps(steps, self.task.prepared_.channels)

    @property
    def latest(self) -> float | None:
        """Time of the last step; None before the first, or where steps have no times."""
        return self._carry.time if self.task.prepared_.timed and self._carry else None

    def _times(self, times: Any, number: int) -> np.ndarray:
        timed = self.task.prepared_.timed
        if timed != (times is not None):
            raise DataError(
                f"stream: expected {'times of the steps' if timed else 'no times'} as in the data "
                f"learnt from, got {'none' if timed else 'some'}."
            )
        if not timed:
            return np.arange(self.steps, self.steps + number, dtype=np.float64)
        return fed_times(times, number, self.latest)

    def save(self, path: str | Path) -> Path:
        """Writes where the sequence stands, to go on by `task.stream(path=...)`.

        Args:
            path: The file.

        Returns:
            Its path.

        Raises:
            ModelFileError: It cannot be written.
        """
        tensors: dict[str, Tensor] = {"static": torch.from_numpy(self._static)}
        if self._carry is not None:
            tensors |= self._kept(self._carry)
        write_file(Path(path), tensors, {"task": KIND, "steps": self.steps, "model": self._mark})
        return Path(path)

    @cached_property
    def _mark(self) -> str:
        task = self.task
        return model_mark(task.network_, task.kind, task.prepared_.to_dict(), task.learnt())

    def _restore(self, path: Path) -> None:
        tensors, metadata = read_file(path)
        if metadata.get("task") != KIND:
            raise ModelFileError(
                f"stream: {path} holds {metadata.get('task', 'no task')!r}, expected a {KIND}. "
                "Give a file that save of a stream wrote."
            )
        if metadata.get("model") != self._mark:
            raise ModelFileError(
                f"stream: {path} was not written by a stream of this {self.task.kind}, but of "
                "another model, or before a state told its model. Go on with the model that wrote "
                "it, or begin anew without the file."
            )
        with complete(path, KIND):
            self.steps, self._static = metadata["steps"], tensors["static"].numpy()
            if self.steps:
                self._take({name: value for name, value in tensors.items() if name != "static"})

    def _kept(self, carry: Carry) -> dict[str, Tensor]:
        """What stands in the file beside the static numbers, once a step was fed."""
        pooled = {} if self._pooled is None else self._pooled._asdict()
        return {
            **{f"carry.{name}": as_tensor(value) for name, value in carry._asdict().items()},
            **{f"pooled.{name}": value for name, value in pooled.items()},
            **kept_state(self._state),
        }

    def _take(self, tensors: Mapping[str, Tensor]) -> None:
        """Takes back what `_kept` told."""
        part = {name: tensors[f"carry.{name}"].numpy() for name in Carry._fields}
        self._carry = Carry(part["last"], part["seen"], float(part["time"]))
        if "pooled.total" in tensors:
            self._pooled = Pooled(*(tensors[f"pooled.{name}"] for name in Pooled._fields))
        self._state = taken_state(tensors, self.task.network_.lstm, self.task.num_layers)


def kept_state(state: Any) -> dict[str, Tensor]:
    """The state of an LSTM by names of its own."""
    return {
        f"state.{name}.{layer}": part
        for name, parts in state._asdict().items()
        for layer, part in enumerate(parts)
    }


def taken_state(tensors: Mapping[str, Tensor], lstm: LSTM, layers: int) -> Any:
    """The state that `kept_state` told of an `lstm` of so many layers."""
    names = lstm.cell.equations.states
    kept = (tuple(tensors[f"state.{name}.{layer}"] for layer in range(layers)) for name in names)
    return state_type(names)(*kept)


def as_tensor(value: Any) -> Tensor:
    """Numbers as a tensor for a file."""
    return torch.as_tensor(np.asarray(value, np.float64))
