"""How a figure becomes a PNG file, or an SVG in a page's own colours."""

import io
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from lstmkit.tasks.report.drawing import BASELINES, GRID, INK, MODEL, MUTED, STYLE

# the page's style sheet gives each of these a light and a dark value
VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--grid",
    MODEL: "--model",
    BASELINES["naive"]: "--naive",
    BASELINES["seasonal_naive"]: "--seasonal",
    BASELINES["drift"]: "--drift",
}


def save_png(figure: Figure, path: Path) -> None:
    """Writes `figure` at 200 dots per inch on white."""
    _save(
        figure,
        lambda: figure.savefig(path, dpi=200, facecolor="white", metadata={"Software": None}),
    )


def to_svg(figure: Figure, key: str) -> str:
    """The figure as an `<svg>` to stand inside a page: text is text, colours are the page's own.

    Args:
        figure: What to print.
        key: A word unique within the page, so that ids of two figures never meet.

    Returns:
        The element without XML head, metadata and namespaces; colours are CSS variables.
    """
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with matplotlib.rc_context({"svg.hashsalt": key}):
        _save(figure, lambda: figure.savefig(buffer, format="svg", metadata=nothing))
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<style.*?</style>|<!--.*?-->|<g/>", "", text, flags=re.DOTALL)
    text = re.sub(r"<[^>]*>", lambda tag: _tidy(tag[0]), text)
    return re.sub(r"\s*\n\s*", "\n", text).strip()


def _tidy(tag: str) -> str:
    """One tag with fewer digits, the page's font and colours, and no id that nothing refers to."""
    if tag.startswith("<svg"):
        return "<svg " + " ".join(re.findall(r'viewBox="[^"]*"', tag)) + ">"
    if not re.search(r'id="[mpC][0-9a-f_]+"', tag):
        tag = re.sub(r' id="[^"]*"', "", tag)
    tag = re.sub(r' transform="rotate\(-0 [^"]*"', "", tag)
    tag = re.sub(r"(\.\d\d)\d+", r"\1", tag)
    tag = tag.replace("'DejaVu Sans'", "var(--font)")
    for color, variable in VARIABLES.items():
        tag = tag.replace(color, f"var({variable})")
    return tag


def _save(figure: Figure, write: Callable[[], None]) -> None:
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        # a name in a script that the font lacks: the page shows it in the reader's own font
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        write()
