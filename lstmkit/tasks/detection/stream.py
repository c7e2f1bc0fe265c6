"""One series followed step by step by a detector."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from lstmkit.tasks.detection.detection import Detection
from lstmkit.tasks.detection.errors import Late
from lstmkit.tasks.detection.follow import Before, beginning
from lstmkit.tasks.sequence.preparation import Carry
from lstmkit.tasks.sequence.stream import SequenceStream, as_tensor, kept_state, taken_state

if TYPE_CHECKING:
    from lstmkit.tasks.detection.detection_task import DetectionTask


class DetectorStream(SequenceStream):
    """Feeds the steps of one series to a detector as they arrive; made by `Detector.stream()`.

    Args:
        task: A fitted detector.
        static: Numbers of the series (S,).
        path: A file that `save` wrote, to go on from.

    Attributes:
        steps: Steps fed so far.

    Raises:
        DataError: Static numbers of another size.
        ModelFileError: A file that is not of a stream.
    """

    task: "DetectionTask"

    def __init__(self, task: "DetectionTask", *, static: Any = None, path: Path | None) -> None:
        self._before = beginning(task.prepared_)
        self._late: Late | None = None
        super().__init__(task, static=static, path=path)

    def detect(self, steps: Any, times: Any = None) -> Detection:
        """Takes one step or several and returns all that is found in them.

        Args:
            steps: Values (C,) of one step or (T, C) of several, NaN where missing; (T,) where there
                is one channel.
            times: Times of the steps (T,), where the task learnt from steps with times.

        Returns:
            What `Detector.detect` finds in these steps.

        Raises:
            DataError: Another number of channels, times that are missing or not wanted.
        """
        return self.task.detection(self._outputs(steps, times))

    def _outputs(self, steps: Any, times: Any) -> np.ndarray:
        values = self._values(steps)
        when = self._times(times, len(values))
        errors, self._before = self.task.follow_errors(values, when, self._static, self._before)
        # the base class asks for the time of the last step
        self._carry = self._before.carry
        found, self._late = self.task.errors_.follow(errors.own, self._late)
        self.steps += len(values)
        return found

    def _kept(self, carry: Carry) -> dict[str, Tensor]:
        before, late = self._before, self._late
        more = {"ahead": before.ahead, "last": before.last, "recent": before.recent}
        more |= (
            {} if late is None else {f"late.{name}": one for name, one in late._asdict().items()}
        )
        return {
            **{f"carry.{name}": as_tensor(value) for name, value in carry._asdict().items()},
            **{name: as_tensor(value) for name, value in more.items()},
            **({} if before.state is None else kept_state(before.state)),
        }

    def _take(self, tensors: Mapping[str, Tensor]) -> None:
        told = {name: value.numpy() for name, value in tensors.items()}
        carry = Carry(told["carry.last"], told["carry.seen"], float(told["carry.time"]))
        network = self.task.network_.forecast
        layers = self.task.num_layers
        state = None if network is None else taken_state(tensors, network.lstm, layers)
        self._before = Before(carry, told["ahead"], told["last"], told["recent"], state)
        self._carry, self._late = (
            carry,
            Late(told["late.scale"], told["late.smooth"], float(told["late.level"])),
        )
