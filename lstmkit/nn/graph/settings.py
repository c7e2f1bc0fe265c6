"""What networks are built and taught with, and the errors that say what does not fit."""

import math
from numbers import Real

from lstmkit.errors import SettingsError
from lstmkit.nn.graph.graph import Graph


def check_graph(who: str, graph: object) -> None:
    """Refuses what is no graph.

    Args:
        who: What errors call the function.
        graph: What came.

    Raises:
        SettingsError: With what came.
    """
    if not isinstance(graph, Graph):
        raise SettingsError(
            f"{who}: expected a Graph, got {type(graph).__name__}. Build one with lstm(...) or "
            "Graph(...), read one with Graph.from_json(...), or take the graph of a GraphNetwork."
        )


def check_amount(who: str, name: str, amount: object) -> None:
    """Refuses an amount that is no finite number, or below 0.

    Args:
        who: What errors call the function.
        name: Of the argument.
        amount: Its value.

    Raises:
        SettingsError: With what was expected and what came.
    """
    if not isinstance(amount, Real) or not 0 <= float(amount) < math.inf:
        raise SettingsError(
            f"{who}: expected {name} as a finite number of at least 0, got {amount!r}."
        )
