"""A drawing of a cell, laid out from its equations."""

from lstmkit.engine.drawing.canvas import draw

__all__ = ["draw"]
