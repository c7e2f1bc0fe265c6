"""How the detector answers, and how its answers are judged and told."""

from collections.abc import Sequence
from math import log10
from typing import Any

import numpy as np
import polars as pl

from lstmkit.data.stored_steps import StoredSteps
from lstmkit.tasks.detection.clean_parts import parted
from lstmkit.tasks.detection.detection import Detection
from lstmkit.tasks.detection.detection_learner import DetectionLearner
from lstmkit.tasks.detection.judge import judged, judged_in_files
from lstmkit.tasks.detection.marks import marks
from lstmkit.tasks.detection.stored_judging import parted_files, to_judge
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.step_labels import step_columns
from lstmkit.tasks.sequence.story import Story


class DetectionTask(DetectionLearner):
    """A detector but for its settings.

    Attributes:
        threshold_: The score from which on there is an alarm.
    """

    @property
    def threshold_(self) -> float:
        """The score from which on there is an alarm."""
        return -log10(self.false_alarms)

    def evaluate(
        self,
        data: Any,
        y: Any = None,
        *,
        static: Any = None,
        target: str | Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Measures scores and alarms, beside those by errors of the last value.

        Args:
            data: Series, as `predict` takes them.
            y: For each series 1 at anomalous steps, 0 at clean ones, None where unknown (T,).
            static: Numbers of each series (N, S), for arrays.
            target: Column of labels in a table; None for that of `fit`, () for none.

        Returns:
            "overall": of "lstmkit" and "last value" the mean absolute "error" in standard
            deviations and the share of "alarms" or, with labels, auroc, auprc, f1, precision,
            recall and false_alarms over single steps; "sequences", "steps", "alarms", "threshold",
            and with labels "events" and "events_found".

        Raises:
            DataError: Series or labels that do not fit.
            MissingExtraError: With labels, scikit-learn is not installed.
        """
        self.require_fitted()
        given = self.read(data, y, static, labelled=True, target=target)
        if isinstance(given.sequences, StoredSteps):
            return judged_in_files(self, given.sequences)
        return self.judge(given, self.outputs(given.sequences))

    def parted(self, given: Given, share: float) -> tuple[Given, Given]:
        """Parts `given` into what to learn from and a `share` to judge by: steps, or series."""
        if isinstance(given.sequences, StoredSteps):
            return parted_files(given, given.sequences, share, seed=self.seed)
        return parted(given, share, seed=self.seed)

    def to_judge(self, given: Given) -> Given:
        """What a run is judged by of `given`: some of it, where it is in files."""
        steps = given.sequences
        if not isinstance(steps, StoredSteps):
            return given
        return to_judge(given, steps, np.zeros(len(steps), np.int64))

    def answer(self, outputs: np.ndarray) -> np.ndarray:
        """Where there are alarms."""
        alarm: np.ndarray = outputs[:, 0] >= self.threshold_
        return alarm

    def detection(self, outputs: np.ndarray) -> Detection:
        """What the rows `outputs` of one series mean."""
        return Detection(
            outputs[:, 0], self.answer(outputs), outputs[:, 1:], self.prepared_.channels
        )

    def judge(self, given: Given, outputs: np.ndarray) -> dict[str, Any]:
        """Scores `outputs` for `given` beside the errors of the last value."""
        return judged(self, given, outputs)

    def about(self) -> dict[str, Any]:
        """Its threshold, and on how much it stands."""
        return {
            "threshold": f"{self.threshold_:.2f}, for {self.false_alarms:g} false alarms a step"
        }

    def title(self) -> str:
        """Heading of a report."""
        names = self.prepared_.channels
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        return f"Anomalies in {shown}"

    def table(self, given: Given, outputs: np.ndarray) -> pl.DataFrame:
        """Tells `outputs` for `given`, a row a step: time if known, score, alarm, cause, blame."""
        found, columns = self.detection(outputs), step_columns(given.sequences)
        if given.target is not None:
            truth = np.concatenate(marks(given.target))
            columns["truth"] = pl.Series([None if one < 0 else bool(one) for one in truth])
        # of a stream's first step alone no cause is known, and the column is of text all the same
        cause = pl.Series(found.cause, dtype=pl.String)
        columns |= {"score": found.score, "alarm": found.alarm, "cause": cause}
        blame = {f"s_{name}": found.blame[:, place] for place, name in enumerate(found.channels)}
        return pl.DataFrame(columns | blame)

    def story(self, result: dict[str, Any], judged: Given, outputs: np.ndarray) -> Story:
        """Tells of `result` and the `outputs` for `judged`: anomalies, curves, honesty."""
        from lstmkit.tasks.report.detect_story import detect_story

        told = None if judged.target is None else marks(judged.target)
        parts = np.split(outputs, np.cumsum(judged.sequences.lengths)[:-1])
        found = [self.detection(one) for one in parts]
        return detect_story(result, judged.sequences, found, told, self.history_.to_dict())
