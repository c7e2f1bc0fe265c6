"""Sphinx: furo, Markdown, and a page for each cell made from the catalogue itself."""

import sys
from pathlib import Path

from pygments.lexers.python import PythonLexer
from sphinx.application import Sphinx

import lstmkit

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from catalogue import write_pages  # noqa: E402  # it lies beside this file

project = "lstmkit"
author = "the lstmkit authors"
copyright = "2026, the lstmkit authors"
release = version = lstmkit.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
# what stands in single backticks in a docstring is code
default_role = "code"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
# the members that torch.nn.Module brings along are torch's to document
autodoc_default_options = {"members": True, "inherited-members": False}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
# as directives, because a field would lose the underscore at the end of `columns_`
napoleon_use_ivar = False

html_theme = "furo"
html_title = "lstmkit"

write_pages(HERE / "cells")


def setup(app: Sphinx) -> None:
    """Colours the texts of cells, which are Python to the eye."""
    app.add_lexer("cell", PythonLexer)
