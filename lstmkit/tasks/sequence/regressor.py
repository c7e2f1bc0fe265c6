"""The regressor: one number, or several, for a whole sequence."""

from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float
from torch import Tensor

from lstmkit.data import Scaler
from lstmkit.engine import Cell
from lstmkit.errors import DataError
from lstmkit.tasks.sequence.answer_columns import require_own_names, truth_column
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.judgeable import about_test, require_known
from lstmkit.tasks.sequence.manners import tags
from lstmkit.tasks.sequence.mean_scores import mean_scores
from lstmkit.tasks.sequence.network import Batch
from lstmkit.tasks.sequence.number_scores import number_scores
from lstmkit.tasks.sequence.sequence_task import SequenceTask
from lstmkit.tasks.sequence.story import Story


class Regressor(SequenceTask):
    """Predicts numbers for whole sequences of one or many channels, of any lengths.

    The network is that of the `Classifier`, trained by the squared error of the targets scaled to
    mean 0 and standard deviation 1. A target that is missing (NaN) does not count, so that of
    several outputs some may be unknown.

    Args:
        cell: A name of the catalogue, a `Cell`, or a text of equations.
        hidden_size: Units of a layer and direction; None takes 64.
        num_layers: Layers.
        dropout: Dropout between layers and before the output.
        online: Answers at a step depend on no later step; needed for `stream`.
        replication: Share of the loss that the answers at every step have, for `online`.
        validation: Share of the sequences held out to stop by; None takes a fifth, or none below
            100 sequences.
        epochs: Passes over the training sequences, at most; None chooses by their number.
        batch_size: Sequences a step; None chooses by their number.
        learning_rate: Peak of the schedule; None takes 2e-3.
        seed: Source of all randomness.
        device: "auto", "cpu", "cuda", ....

    Attributes:
        scaler_: Scale of the targets.
        prepared_: Scales and what else stands between sequences and network.
        network_: The trained network.
        history_: Losses by epoch.

    Example:
        >>> import numpy as np
        >>> X = np.random.default_rng(0).normal(size=(20, 12))
        >>> model = Regressor(epochs=2).fit(X, np.stack([X.mean(1), X.max(1)], axis=1))
        >>> model.predict(X[:3]).shape
        (3, 2)
    """

    kind, verb = "regressor", "regress"

    def __init__(
        self,
        *,
        cell: str | Cell = "lstm",
        hidden_size: int | None = None,
        num_layers: int = 1,
        dropout: float = 0.3,
        online: bool = False,
        replication: float = 0.0,
        validation: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        seed: int = 0,
        device: str = "auto",
    ) -> None:
        self.cell, self.hidden_size, self.num_layers = cell, hidden_size, num_layers
        self.dropout, self.online, self.replication = dropout, online, replication
        self.validation, self.epochs, self.batch_size = validation, epochs, batch_size
        self.learning_rate, self.seed, self.device = learning_rate, seed, device

    def score(self, data: Any, y: Any = None, *, static: Any = None) -> float:
        """Returns the share of the targets' variance that is explained, R².

        Args:
            data: As for `predict`.
            y: True numbers; None where the file or the table holds them.
            static: As for `predict`.
        """
        scores = self.evaluate(data, y, static=static)["overall"]["lstmkit"]
        return float("nan") if scores["r2"] is None else float(scores["r2"])

    def judge(self, given: Given, outputs: np.ndarray) -> dict[str, Any]:
        """Measures answers on sequences whose numbers are known.

        Args:
            given: Sequences with their numbers.
            outputs: Outputs of the network for them (N, K).

        Returns:
            "overall": mean over the outputs of the scores of "lstmkit" and "mean", which always
            answers the mean of the training targets (`number_scores`); "by_target", the same for
            each output; "sequences", their number.

        Raises:
            DataError: Another number of targets than learnt from.
        """
        truth, answered = self._truth(given), self.scaler_.unscale(outputs)
        always = np.broadcast_to(self.scaler_.mean, answered.shape)
        scored = {
            name: [
                number_scores(each[:, place], truth[:, place]) for place in range(truth.shape[1])
            ]
            for name, each in {"lstmkit": answered, "mean": always}.items()
        }
        return {
            "overall": {name: mean_scores(each) for name, each in scored.items()},
            "by_target": {
                target: {name: each[place] for name, each in scored.items()}
                for place, target in enumerate(self.names())
            },
            "sequences": len(truth),
        }

    def check_truth(self, learnt: Given, judged: Given) -> None:
        """Refuses `judged` with another number of targets than `learnt`, or none that are known.

        Raises:
            DataError: Such targets.
        """
        task = self.taught(learnt)
        with about_test():
            known = np.isfinite(task._truth(judged)).any(axis=1)
            require_known(known, "Regressor", what="numbers", at="sequence")

    def _truth(self, given: Given) -> Float[np.ndarray, "rows outputs"]:
        truth = self.checked(given.labels())
        if truth.shape[1] != self.num_outputs:
            raise DataError(
                f"Regressor: expected {self.num_outputs} targets for each sequence as in the data "
                f"learnt from, got {truth.shape[1]}. Give {', '.join(self.names())}."
            )
        return truth

    def names(self) -> list[str]:
        """Names of the outputs."""
        return self.target_names(self.num_outputs)

    def table(self, given: Given, outputs: np.ndarray) -> pl.DataFrame:
        """Tells `outputs` for `given`: name, and of each target the true number and the answer."""
        answered = self.scaler_.unscale(outputs)
        columns: dict[str, Any] = {"sequence": given.sequences.names}
        truth = None if given.target is None else self.checked(given.target)
        for place, name in enumerate(self.names()):
            if truth is not None:
                columns[truth_column(name)] = truth[:, place]
            columns[name] = answered[:, place]
        return pl.DataFrame(columns)

    def story(self, result: dict[str, Any], judged: Given, outputs: np.ndarray) -> Story:
        """Tells of `result` and the `outputs` for `judged`: truth against answer."""
        from lstmkit.tasks.report.number_story import number_story

        truth, answered = self.checked(judged.labels()), self.scaler_.unscale(outputs)
        return number_story(result, answered, truth, self.history_.to_dict())

    @property
    def num_outputs(self) -> int:
        """One for each target."""
        return int(self.scaler_.mean.shape[1])

    def checked(self, target: np.ndarray) -> Float[np.ndarray, "rows outputs"]:
        """Targets as numbers (N, K), NaN where missing.

        Raises:
            DataError: Something else.
        """
        try:
            numbers = np.asarray(target, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(
                f"Regressor: expected numbers as targets, got something else ({error}). Convert "
                "them, or train a Classifier."
            ) from error
        numbers = numbers[:, None] if numbers.ndim == 1 else numbers
        if np.isinf(numbers).any():
            place = int(np.argwhere(np.isinf(numbers))[0, 0])
            raise DataError(
                f"Regressor: expected finite targets, got an infinite one for sequence {place} "
                "(counted from 0). Give NaN where it is missing."
            )
        return numbers

    def learn_target(self, target: np.ndarray, train: np.ndarray) -> None:
        """Learns the scale of each output from the rows `train` of `target`.

        Raises:
            DataError: Fewer than two known numbers.
            SettingsError: Targets by which two columns of the answers are called alike.
        """
        known = np.isfinite(target[train]).sum(0)
        if (known < 2).any():
            raise DataError(
                f"Regressor: expected at least 2 known targets to learn from, got {known.min()}. "
                "Give more sequences."
            )
        self.scaler_ = Scaler.fit([target[train]], shared=True)
        columns = [one for name in self.names() for one in (name, truth_column(name))]
        require_own_names("Regressor", self.names(), columns, self.row_columns)

    def encode(self, target: np.ndarray) -> dict[str, np.ndarray]:
        """Scaled targets, and which are known."""
        scaled = self.scaler_.scale(target)
        return {"target": np.nan_to_num(scaled), "weight": np.isfinite(scaled).astype(np.float64)}

    def loss(self, outputs: Float[Tensor, "rows outputs"], batch: Batch) -> Float[Tensor, ""]:
        """Mean squared error of `outputs` for the known targets of a `batch`, scaled."""
        missed = (outputs - batch["target"]) ** 2 * batch["weight"]
        return missed.sum() / batch["weight"].sum().clamp(min=1)

    def counts(self, batch: Batch) -> Float[Tensor, ""]:
        """The known targets of a `batch`."""
        return batch["weight"].sum()

    def answer(self, outputs: np.ndarray) -> np.ndarray:
        """The numbers, (N, K), or (N,) where there is one output."""
        answered = self.scaler_.unscale(outputs)
        return answered[:, 0] if self.num_outputs == 1 else answered

    def learnt(self) -> dict[str, Any]:
        """The scale of the targets."""
        return {"scaler": self.scaler_.to_dict()}

    def restore(self, learnt: dict[str, Any]) -> None:
        """Takes it back."""
        self.scaler_ = Scaler.from_dict(learnt["scaler"])

    def __sklearn_tags__(self) -> Any:
        return tags("regressor")
