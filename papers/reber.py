"""The embedded Reber grammar: which symbols may come where, as tables, and strings of it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

SYMBOLS = "BTPSXVE"
# Reber 1967: from each state the symbols that may come and where each leads
PLAIN = (
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 7},
)
END = len(PLAIN)


@dataclass(frozen=True, slots=True)
class Grammar:
    """A grammar with at most two ways on from each state; state 0 is between strings.

    Attributes:
        symbol: The symbol on either way from each state.
        leads: Where it leads.
        legal: Which symbols may come in each state.
    """

    symbol: Int[np.ndarray, "states 2"]
    leads: Int[np.ndarray, "states 2"]
    legal: Bool[np.ndarray, "states 7"]


@dataclass(frozen=True, slots=True)
class String:
    """A string.

    Attributes:
        symbols: Numbers of its symbols.
        legal: Which symbols may follow each; after the last E another string may begin.
    """

    symbols: Int[np.ndarray, " length"]
    legal: Bool[np.ndarray, "length 7"]


def _embedded() -> Grammar:
    """B, T or P, a string of the plain grammar, the same T or P again, E."""
    arcs: dict[object, dict[str, object]] = {"start": {"B": "outer"}}
    arcs["outer"] = {outer: (outer, 0) for outer in "TP"}
    for outer in "TP":
        for state, ways in enumerate(PLAIN):
            arcs[outer, state] = {symbol: (outer, to) for symbol, to in ways.items()}
        arcs[outer, END] = {outer: (outer, "last")}
        arcs[outer, "last"] = {"E": "start"}
    number = {state: n for n, state in enumerate(arcs)}
    ways = [sorted(one.items()) for one in arcs.values()]
    twice = [(one * 2)[:2] for one in ways]
    return Grammar(
        np.array([[SYMBOLS.index(symbol) for symbol, _ in one] for one in twice]),
        np.array([[number[to] for _, to in one] for one in twice]),
        np.array([[symbol in dict(one) for symbol in SYMBOLS] for one in ways]),
    )


EMBEDDED = _embedded()


def embedded(random: np.random.Generator) -> String:
    """Draws a string of the embedded Reber grammar.

    Args:
        random: Where it comes from.

    Example:
        >>> string = embedded(np.random.default_rng(0))
        >>> bool(string.symbols[1] == string.symbols[-2])
        True
    """
    state, symbols, states = 0, [], []
    while not symbols or state:
        way = int(random.integers(2))
        symbols.append(EMBEDDED.symbol[state, way])
        state = int(EMBEDDED.leads[state, way])
        states.append(state)
    return String(np.array(symbols), EMBEDDED.legal[states])
