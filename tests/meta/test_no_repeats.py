"""No run of six lines of code stands twice inside the package."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import lstmkit

PACKAGE = Path(lstmkit.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 6


def functions(tree: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """Functions of a module and methods of its classes; what they nest belongs to them."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node)


def code(function: ast.FunctionDef) -> list[str]:
    """Lines of a body, written one way: no docstring, comment, indent or wrapped call."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return [line.strip() for one in body for line in ast.unparse(one).splitlines()]


def repeats(sources: dict[str, str]) -> dict[str, set[str]]:
    """Runs of six lines that stand in several places, with the places."""
    places = defaultdict(list)
    for name, source in sources.items():
        for function in functions(ast.parse(source)):
            lines = code(function)
            for start in range(len(lines) - LONGEST + 1):
                run = "\n".join(lines[start : start + LONGEST])
                places[run].append(f"{name}, {function.name}")
    return {run: set(where) for run, where in places.items() if len(where) > 1}


def test_nothing_is_written_twice():
    # cells declare what their papers print, in common letters; only code in functions counts
    found = repeats({str(path.relative_to(PACKAGE)): path.read_text() for path in FILES})
    assert found == {}


BODY = "".join(f"    step_{number}()\n" for number in range(LONGEST))


def test_the_check_sees_a_repeat_through_comments_and_indents():
    again = (
        f"class Other:\n    def two(self):\n        # again\n{BODY.replace('    s', '        s')}"
    )
    found = repeats({"a.py": f"def one():\n{BODY}", "b.py": again})
    assert list(found.values()) == [{"a.py, one", "b.py, two"}]


def test_five_lines_are_no_repeat():
    shorter = BODY.split("\n", 1)[1]
    assert repeats({"a.py": f"def one():\n{BODY}", "b.py": f"def two():\n{shorter}"}) == {}
