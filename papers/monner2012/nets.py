"""The paper's networks, each a value of plain data that lstmkit.nn.graph runs."""

from dataclasses import dataclass

from lstmkit.nn.graph import Graph, gated_recurrence, lstm, two_stage, ungated_recurrence
from papers.monner2012.task import SYMBOLS, TARGETS


@dataclass(frozen=True, kw_only=True, slots=True)
class Net:
    """A row of the table.

    Attributes:
        name: What it is called.
        graph: The network.
        weights: How many weights it has, without biases and self-connections.
        published: What the paper's abstract says of it; we have not found the paper's numbers.
    """

    name: str
    graph: Graph
    weights: int
    published: str


# known from the paper is the size of the standard network; each of two stages has its blocks here
NETS = (
    Net(
        name="LSTM",
        graph=lstm(SYMBOLS, 8, TARGETS, peepholes="truncated"),
        weights=416,
        published="-",
    ),
    Net(
        name="LSTM-g",
        graph=lstm(SYMBOLS, 8, TARGETS),
        weights=416,
        published="can be better than LSTM",
    ),
    Net(
        name="ungated recurrence",
        graph=ungated_recurrence(SYMBOLS, 8, TARGETS),
        weights=584,
        published="-",
    ),
    Net(
        name="gated recurrence",
        graph=gated_recurrence(SYMBOLS, 8, TARGETS),
        weights=584,
        published="-",
    ),
    Net(
        name="two stages",
        graph=two_stage(SYMBOLS, (8, 8), TARGETS),
        weights=696,
        published="can be better than one layer",
    ),
)
