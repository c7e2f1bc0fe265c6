"""A hidden Markov model, fitted by expectation maximisation; hmmlearn does the work."""

import time
from typing import TYPE_CHECKING

import numpy as np

from papers.gap.task import QUESTION, RIGHT, SIGNS, SYMBOLS, draw, held_out
from papers.records import Record

if TYPE_CHECKING:
    from hmmlearn.hmm import CategoricalHMM

# eight would do: for each sign one of sign, gap, question and answer; with more, more is found
STATES, SEQUENCES, SLIGHTLY = 32, 200, 1e-3


def learn(gap: int, seed: int, most: int) -> Record:
    """Fits a model of 32 states to 200 sequences with their answers.

    The answer is the symbol that makes the sequence more likely. Each round of expectation
    maximisation reads all sequences once, which counts as so many; every tenth the model is judged.

    Args:
        gap: Symbols between sign and question.
        seed: Of the sequences and of the first probabilities.
        most: Sequences read after which it has failed.

    Returns:
        `solved`, `right`, `sequences` and `seconds`.
    """
    from hmmlearn.hmm import CategoricalHMM

    random, began = np.random.default_rng((seed, gap)), time.process_time()
    symbols = _answered(*draw(gap, SEQUENCES, random))
    lengths = [symbols.shape[1]] * len(symbols)
    judged, expected = held_out(gap)
    model = CategoricalHMM(
        STATES,
        n_features=SYMBOLS + SIGNS,
        n_iter=10,
        tol=-np.inf,
        # nothing follows an answer, but every state must lead somewhere
        transmat_prior=1 + SLIGHTLY,
        emissionprob_prior=1 + SLIGHTLY,
        random_state=seed,
        implementation="scaling",
    )
    seen, right = 0, 0.0
    while seen < most and right < RIGHT:
        model.fit(symbols.reshape(-1, 1), lengths)
        # the next rounds go on from here
        model.init_params = ""
        seen += 10 * len(symbols)
        right = float((_answers(model, judged) == expected).mean())
    return {
        "solved": right >= RIGHT,
        "right": right,
        "sequences": seen,
        "seconds": time.process_time() - began,
    }


def _answered(sequences: np.ndarray, answers: np.ndarray) -> np.ndarray:
    return np.concatenate([sequences, answers[:, None] + QUESTION + 1], axis=1)


def _answers(model: "CategoricalHMM", sequences: np.ndarray) -> np.ndarray:
    """Runs all sequences forwards side by side, then compares what each answer is worth."""
    belief = model.startprob_ * model.emissionprob_[:, sequences[:, 0]].T
    for column in sequences.T[1:]:
        belief = (belief @ model.transmat_) * model.emissionprob_[:, column].T
        belief /= np.maximum(belief.sum(1, keepdims=True), 1e-300)
    worth = belief @ model.transmat_ @ model.emissionprob_[:, QUESTION + 1 :]
    return worth.argmax(1)
