"""Empty figures in one style."""

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lstmkit.inspect.pictures import STYLE

BLUE, ORANGE, GREEN, PURPLE, GREY = "#0a6ab0", "#c44d00", "#007a5a", "#a04a7d", "#8b98a5"
LINES = (BLUE, ORANGE, GREEN, PURPLE)

# the same drawing gives the same names inside the file; powers of ten stand on axes as powers
matplotlib.rcParams |= STYLE | {"svg.hashsalt": "lstmkit", "text.parse_math": True}


def panels(columns: int, *, rows: int = 1, height: float = 2.7) -> tuple[Figure, list[Axes]]:
    """Returns a figure and its panels, row by row."""
    figure = Figure(figsize=(7.2, height * rows), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)
