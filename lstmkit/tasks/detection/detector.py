"""The detector: which steps of series are anomalous, learnt from clean series alone."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lstmkit.engine import Cell
from lstmkit.tasks.detection.detection import Detection
from lstmkit.tasks.detection.detection_task import DetectionTask
from lstmkit.tasks.detection.network import Method
from lstmkit.tasks.detection.stream import DetectorStream
from lstmkit.tasks.sequence.manners import tags


class Detector(DetectionTask):
    r"""Finds anomalous steps in series of one or many channels, of any lengths.

    It learns from clean series what the next step should be (Malhotra et al. 2015), or windows
    that it can give back (EncDec-AD, Malhotra et al. 2016), or both, and how far it is from the
    truth on a part that it has not learnt from. A step is scored by how seldom errors so large are
    there (`ErrorModel`):

    .. math::
        \text{score}_t = -\log_{10} P(\text{a clean step is as unusual as step } t) , \qquad
        \text{alarm}_t = [\, \text{score}_t \ge -\log_{10} \text{false\_alarms} \,]

    The score of a step depends on no later step, so that a series can be followed by `stream`.

    Args:
        judged: Name or names of the channels to be judged (`channel_0`, ... in arrays); None for
            all. The others are read as context: commands, settings, the weather.
        method: "forecast" errors of the next step, "reconstruction" errors of the last `window`
            steps, or "both".
        false_alarms: Share of clean steps that may raise an alarm; it sets `threshold_`, and can
            be changed after `fit`.
        window: Steps of the windows of "reconstruction".
        smoothing: Steps over which errors are smoothed, beside the sudden ones.
        memory: Steps after which errors of late are forgotten, against which new ones are held;
            None holds them against the clean data alone.
        cell: A name of the catalogue, a `Cell`, or a text of equations.
        hidden_size: Units of a layer; None takes 32.
        num_layers: Layers.
        dropout: Dropout of the forecast, between layers and before its outputs.
        validation: Share of the clean steps held out to stop by and to set the threshold by: the
            last of each series, or whole series where there are 10 or more.
        epochs: Passes over the training windows, at most; None chooses by their number.
        batch_size: Windows a step; None chooses by their number.
        learning_rate: Peak of the schedule; None takes 2e-3.
        seed: Source of all randomness.
        device: "auto", "cpu", "cuda", ....

    Attributes:
        errors_: What errors are like on clean data.
        prepared_: Scales and what else stands between series and network.
        network_: The trained network.
        history_: Losses by epoch.

    Example:
        >>> import numpy as np
        >>> rhythm = np.sin(np.arange(600) / 5)
        >>> model = Detector(epochs=20).fit([rhythm[:500]])
        >>> rhythm[550] = 3.0
        >>> bool(model.predict([rhythm[500:]])[0][50])
        True
    """

    kind, verb = "detector", "detect"

    def __init__(
        self,
        *,
        judged: str | Sequence[str] | None = None,
        method: Method = "forecast",
        false_alarms: float = 0.001,
        window: int = 16,
        smoothing: int = 10,
        memory: int | None = 500,
        cell: str | Cell = "lstm",
        hidden_size: int | None = None,
        num_layers: int = 1,
        dropout: float = 0.1,
        validation: float = 0.3,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        seed: int = 0,
        device: str = "auto",
    ) -> None:
        self.judged, self.method, self.false_alarms = judged, method, false_alarms
        self.window, self.smoothing, self.memory = window, smoothing, memory
        self.cell, self.hidden_size, self.num_layers = cell, hidden_size, num_layers
        self.dropout, self.validation, self.learning_rate = dropout, validation, learning_rate
        self.epochs, self.batch_size, self.seed, self.device = epochs, batch_size, seed, device

    def predict(self, data: Any, *, static: Any = None) -> list[np.ndarray]:
        """Returns where there are alarms.

        Args:
            data: Series, as `fit` takes them; a table by the columns of `fit`.
            static: Numbers of each series (N, S), for arrays.

        Returns:
            For each series True where its score has reached the threshold, (T,): where
            scikit-learn's detectors say -1.
        """
        return [one.alarm for one in self._each(data, static)]

    def detect(self, data: Any, *, static: Any = None) -> list[Detection]:
        """Returns all that is found in each series.

        Args:
            data: As for `predict`.
            static: As for `predict`.

        Returns:
            For each series its scores, alarms, and what each channel has to do with them.
        """
        return list(self._each(data, static))

    def score_samples(self, data: Any, *, static: Any = None) -> list[np.ndarray]:
        """Returns how usual each step is: minus the score, as scikit-learn's detectors have it.

        Args:
            data: As for `predict`.
            static: As for `predict`.

        Returns:
            For each series (T,); the lower, the more unusual.
        """
        return [-one.score for one in self._each(data, static)]

    def _each(self, data: Any, static: Any) -> Iterator[Detection]:
        """What is found in one series after another."""
        given = self.read(data, static=static, labelled=False)
        return map(self.detection, self.found(given.sequences))

    def score(self, data: Any, y: Any = None) -> float:
        """Returns how good the detector is, for searches over settings; more is better.

        Args:
            data: As for `predict`.
            y: For each series 1 at anomalous steps and 0 at clean ones (T,); None for clean data.

        Returns:
            With labels the area under the precision-recall curve of the scores. Without, minus the
            mean absolute error on clean data in standard deviations, by which settings can be
            chosen where nobody knows an anomaly.

        Raises:
            DataError: Labels of one kind only.
        """
        found = self.evaluate(data, y)["overall"]["lstmkit"]
        return float(-found["error"] if found.get("auprc") is None else found["auprc"])

    def stream(self, *, static: Any = None, path: str | Path | None = None) -> DetectorStream:
        """Begins to follow one series step by step.

        Args:
            static: Numbers of the series (S,).
            path: A file that `DetectorStream.save` wrote, to go on from.

        Returns:
            A stream; what it answers for a step is what `predict` answers for it.

        Raises:
            SettingsError: Not fitted yet.
            ModelFileError: A file that is not of a stream.
        """
        self.require_fitted()
        return DetectorStream(self, static=static, path=None if path is None else Path(path))

    def __sklearn_tags__(self) -> Any:
        return tags("outlier_detector")
