"""A drawing of a network, laid out from its description."""

from lstmkit.nn.graph.drawing.picture import draw

__all__ = ["draw"]
