"""Networks of one unit type in any arrangement (LSTM-g, Monner and Reggia 2012)."""

from lstmkit.nn.graph.drawing import draw
from lstmkit.nn.graph.graph import Connection, Graph, Unit
from lstmkit.nn.graph.network import GraphNetwork
from lstmkit.nn.graph.topologies import gated_recurrence, lstm, two_stage, ungated_recurrence

__all__ = [
    "Connection",
    "Graph",
    "GraphNetwork",
    "Unit",
    "draw",
    "gated_recurrence",
    "lstm",
    "two_stage",
    "ungated_recurrence",
]
