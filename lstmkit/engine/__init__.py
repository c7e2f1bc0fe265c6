"""From a cell's equations to a scan: read, derive, choose a path, run."""

from lstmkit.engine.backward import Backward, derive
from lstmkit.engine.cell import Cell, Limit
from lstmkit.engine.dispatch import PATHS, choose, explain, run, use_path
from lstmkit.engine.drawing import draw
from lstmkit.engine.equations import Equations, Map, read
from lstmkit.engine.functions import FUNCTIONS
from lstmkit.engine.latex import to_latex
from lstmkit.engine.layout import Layout, Sizes, layout
from lstmkit.engine.scan import Rules, Scan, Scanned
from lstmkit.engine.unicode import to_unicode

__all__ = [
    "FUNCTIONS",
    "PATHS",
    "Backward",
    "Cell",
    "Equations",
    "Layout",
    "Limit",
    "Map",
    "Rules",
    "Scan",
    "Scanned",
    "Sizes",
    "choose",
    "derive",
    "draw",
    "explain",
    "layout",
    "read",
    "run",
    "to_latex",
    "to_unicode",
    "use_path",
]
