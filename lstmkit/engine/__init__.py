"""From a cell's equations to a scan: read, derive, choose a path, run."""

from lstmkit.engine.cell import Cell, Limit
from lstmkit.engine.equations import Equations, Map, read
from lstmkit.engine.functions import FUNCTIONS

__all__ = ["FUNCTIONS", "Cell", "Equations", "Limit", "Map", "read"]
