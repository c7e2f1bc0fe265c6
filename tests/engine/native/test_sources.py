"""The engine's sources: nothing of torch, of Python or of any cell is in them."""

import re

import pytest

from lstmkit.cells import CATALOGUE
from lstmkit.engine.cpu.compiler import NATIVE

SOURCES = sorted([*NATIVE.glob("*.h"), *NATIVE.glob("*.cpp")])
OWN = {path.name for path in SOURCES}
STANDARD = {"algorithm", "atomic", "cstdint", "cstring", "new", "thread", "vector"}
OF_INTEL = {"immintrin.h", "smmintrin.h", "avxintrin.h", "avx2intrin.h", "fmaintrin.h"}
OF_PROCESSORS = OF_INTEL | {"arm_neon.h"}
GATES = {name for cell in CATALOGUE.values() for name in cell.equations.quantities if len(name) > 1}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_is_included_but_the_language_and_the_processor(path):
    text = path.read_text(encoding="utf-8")
    included = set(re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text, re.MULTILINE))
    assert included <= OWN | STANDARD | OF_PROCESSORS


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_cell_is_known(path):
    text = path.read_text(encoding="utf-8")
    for name in {*CATALOGUE, *GATES, "peephole", "carousel", "gate"}:
        assert not re.search(rf"\b{name}\b", text, re.IGNORECASE), name
