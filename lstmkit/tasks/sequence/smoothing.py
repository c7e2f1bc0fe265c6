"""The likeliest labels by what follows what: segments instead of flicker."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True, eq=False)
class Transitions:
    r"""How labels follow each other, counted in training sequences.

    Attributes:
        prior: Share of each label (K,).
        follow: Probability that a label (column) follows another (row), (K, K).
    """

    prior: np.ndarray
    follow: np.ndarray

    @classmethod
    def fit(cls, sequences: list[Int[np.ndarray, " _"]], classes: int) -> "Transitions":
        """Counts, with one added to each count so that nothing is impossible.

        Args:
            sequences: Places of the labels of each sequence, -1 where unknown.
            classes: Number of labels.
        """
        pairs, single = np.ones((classes, classes)), np.ones(classes)
        for labels in sequences:
            single += np.bincount(labels[labels >= 0], minlength=classes)
            before, after = labels[:-1], labels[1:]
            known = (before >= 0) & (after >= 0)
            np.add.at(pairs, (before[known], after[known]), 1)
        return cls(single / single.sum(), pairs / pairs.sum(1, keepdims=True))

    def path(self, probabilities: Float[np.ndarray, "steps classes"]) -> Int[np.ndarray, " steps"]:
        r"""The likeliest labels of a whole sequence (Viterbi 1967).

        .. math::
            \arg\max_y\ \sum_t \log \frac{p(y_t | x)}{p(y_t)} + \log p(y_1)
            + \sum_{t>1} \log p(y_t | y_{t-1})

        the network's probabilities over the shares of the labels standing for the likelihood of
        what was seen (Bourlard and Morgan 1994).

        Args:
            probabilities: Of each label at each step.

        Returns:
            Places of the labels.

        Example:
            >>> sticky = Transitions(np.full(2, 0.5), np.array([[0.9, 0.1], [0.1, 0.9]]))
            >>> flicker = np.array([[0.9, 0.1], [0.4, 0.6], [0.9, 0.1]])
            >>> sticky.path(flicker).tolist()
            [0, 0, 0]
        """
        seen = np.log(np.maximum(probabilities, 1e-12)) - np.log(self.prior)
        follow, best = np.log(self.follow), np.log(self.prior) + seen[0]
        came = np.zeros(seen.shape, np.int64)
        for step in range(1, len(seen)):
            ways = best[:, None] + follow
            came[step] = ways.argmax(0)
            best = ways.max(0) + seen[step]
        path = np.empty(len(seen), np.int64)
        path[-1] = best.argmax()
        for step in range(len(seen) - 1, 0, -1):
            path[step - 1] = came[step, path[step]]
        return path

    def beliefs(
        self,
        probabilities: Float[np.ndarray, "steps classes"],
        before: Float[np.ndarray, " classes"] | None = None,
    ) -> Float[np.ndarray, "steps classes"]:
        r"""How likely each label is at each step, by the steps up to it (Rabiner 1989, III).

        .. math::
            b_t(k) \propto \frac{p(k | x_t)}{p(k)} \sum_j b_{t-1}(j)\, p(k | j)

        the forward recursion of the model whose likeliest course `path` finds; the shares of the
        labels stand in place of the sum at the first step.

        Args:
            probabilities: Of each label at each step.
            before: What this returned for the step before the first; None where there is none.

        Returns:
            The beliefs, each row of sum 1.

        Example:
            >>> sticky = Transitions(np.full(2, 0.5), np.array([[0.9, 0.1], [0.1, 0.9]]))
            >>> flicker = np.array([[0.9, 0.1], [0.4, 0.6], [0.9, 0.1]])
            >>> sticky.beliefs(flicker).argmax(1).tolist()
            [0, 0, 0]
        """
        seen = np.maximum(probabilities, 1e-12) / self.prior
        found = np.empty(seen.shape)
        for step, likely in enumerate(seen):
            expected = self.prior if before is None else before @ self.follow
            before = expected * likely / (expected @ likely)
            found[step] = before
        return found

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for a model file."""
        return {"prior": self.prior.tolist(), "follow": self.follow.tolist()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Transitions":
        """The transitions that `to_dict` described."""
        return cls(np.array(values["prior"]), np.array(values["follow"]))
