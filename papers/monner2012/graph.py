"""Sequences for one `GraphNetwork`, many in one call of C++ (graph.cpp)."""

import ctypes
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int

from lstmkit.nn.graph import Graph, GraphNetwork
from papers.compiled import compiled
from papers.monner2012.task import Sequences

FUNCTIONS = ("identity", "tanh", "logistic")


class Compiled:
    """A network whose weights are kept here, at the same places as in `GraphNetwork`.

    Args:
        graph: The network.
        seed: As that of network n of many: its number.
        scale: Weights start uniform within plus and minus this.

    Attributes:
        values: Weights of the connections, then biases.
    """

    def __init__(self, graph: Graph, seed: int, scale: float) -> None:
        network = GraphNetwork(graph, nets=seed + 1, scale=scale)
        self.values = np.concatenate([network.weights[seed], network.biases[seed]])
        self.counts, self.kept = _arrays(network)
        self.places = (ctypes.c_void_p * len(self.kept))(*(one.ctypes.data for one in self.kept))

    def present(self, shown: Sequences, rate: float = 0.0) -> Bool[np.ndarray, " sequences"]:
        """Shows the network sequences, one after another.

        Args:
            shown: The sequences.
            rate: With which it learns at every prompt; 0 does not.

        Returns:
            Which were right: at all prompts each output was on its side of 0.5.
        """
        symbols, answers = (np.ascontiguousarray(a) for a in (shown.symbols, shown.answers))
        right = np.zeros(len(symbols), dtype=bool)
        _kernel().papers_present(
            self.counts.ctypes.data, self.places, self.values.ctypes.data, *symbols.shape,
            answers.shape[1], symbols.ctypes.data, answers.ctypes.data, rate, right.ctypes.data,
        )  # fmt: skip
        return right


def _arrays(
    network: GraphNetwork,
) -> tuple[Int[np.ndarray, " counts"], tuple[Int[np.ndarray, " places"], ...]]:
    """What Plan of graph.cpp holds, in its order."""
    plan, pairs = network.plan, network.plan.pairs
    units, count = len(plan.units), len(plan.connections)
    out, first_out = _by_unit(units, [(s.senders, s.out_starts, s.out) for s in plan.stages])
    gating, first_pair = _by_unit(
        units, [(s.rulers, s.gating_starts, s.gating) for s in plan.stages]
    )
    # pairs stand by their gating unit, so that a unit's are neighbours
    assert (gating == np.arange(len(pairs.gated))).all()
    first = np.searchsorted(plan.target[:count], np.arange(units + 1))
    functions = np.array([FUNCTIONS.index(unit.function) for unit in plan.units])
    learned = np.concatenate([np.ones(count, dtype=bool), plan.biased])
    arrays = (
        plan.outputs, plan.source, plan.gate, plan.target, plan.keeper, functions, first, out,
        first_out, pairs.gated, pairs.forgets, pairs.terms, [*pairs.starts, len(pairs.terms)],
        first_pair, pairs.traced, pairs.of_trace, pairs.ruler, pairs.later, learned,
    )  # fmt: skip
    counts = (
        units, plan.num_inputs, len(plan.outputs), count, len(pairs.gated), len(pairs.traced),
    )  # fmt: skip
    kept = tuple(np.ascontiguousarray(one, dtype=np.int64) for one in arrays)
    return np.array(counts, dtype=np.int64), kept


def _by_unit(
    units: int, stages: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
) -> tuple[Int[np.ndarray, " all"], Int[np.ndarray, " starts"]]:
    """Puts what belongs to units into one row; returns it, and where each unit's begins."""
    of_unit: dict[int, list[int]] = {}
    for owners, starts, owned in stages:
        ends = [*starts, len(owned)]
        for owner, (a, b) in zip(owners.tolist(), pairwise(ends), strict=True):
            of_unit[owner] = owned[a:b].tolist()
    lengths = [len(of_unit.get(unit, ())) for unit in range(units)]
    row = [place for unit in range(units) for place in of_unit.get(unit, ())]
    return np.array(row, dtype=np.int64), np.concatenate([[0], np.cumsum(lengths)])


@lru_cache(maxsize=1)
def _kernel() -> ctypes.CDLL:
    library = compiled(Path(__file__).with_suffix(".cpp"))
    pointer, count = ctypes.c_void_p, ctypes.c_int64
    library.papers_present.argtypes = [
        *[pointer] * 3, *[count] * 3, *[pointer] * 2, ctypes.c_double, pointer,
    ]  # fmt: skip
    library.papers_present.restype = None
    return library
