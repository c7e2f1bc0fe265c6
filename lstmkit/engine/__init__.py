"""From a cell's equations to a scan: read, derive, choose a path, run."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstmkit.engine.backward import Backward, derive
    from lstmkit.engine.cell import Cell, Limit
    from lstmkit.engine.dispatch import PATHS, choose, explain, run, use_path
    from lstmkit.engine.drawing import draw
    from lstmkit.engine.equations import Equations, Map, read
    from lstmkit.engine.functions import FUNCTIONS
    from lstmkit.engine.latex import to_latex
    from lstmkit.engine.layout import Layout, Sizes
    from lstmkit.engine.scan import Rules, Scan, Scanned
    from lstmkit.engine.unicode import to_unicode

# where each name lives; the package's build reads and generates cells without torch
_HOMES = {
    "FUNCTIONS": "functions",
    "PATHS": "dispatch",
    "Backward": "backward",
    "Cell": "cell",
    "Equations": "equations",
    "Layout": "layout",
    "Limit": "cell",
    "Map": "equations",
    "Rules": "scan",
    "Scan": "scan",
    "Scanned": "scan",
    "Sizes": "layout",
    "choose": "dispatch",
    "derive": "backward",
    "draw": "drawing",
    "explain": "dispatch",
    "read": "equations",
    "run": "dispatch",
    "to_latex": "latex",
    "to_unicode": "unicode",
    "use_path": "dispatch",
}

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
    "read",
    "run",
    "to_latex",
    "to_unicode",
    "use_path",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"lstmkit.engine.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'lstmkit.engine' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
