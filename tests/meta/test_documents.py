"""Every example in the README and the documentation is run."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]
# a console block that is not run says why in the line before: <!-- not run: takes a minute -->
BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]+?) -->\n+)?"
    r"^```(?P<language>\w+)[^\n]*\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
CONSOLE = ("sh", "console", "bash")
# own-cells.md is run with the cells it lists by tests/cells/test_own_cells.py
DOCUMENTS = [
    ROOT / "README.md",
    *(
        path
        for path in sorted((ROOT / "docs").rglob("*.md"))
        if "_build" not in path.parts and path.name != "own-cells.md"
    ),
]


@dataclass(frozen=True)
class Block:
    """One fenced block of a document."""

    language: str
    body: str
    line: int
    reason: str | None


def blocks(text: str) -> Iterator[Block]:
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("language")) + 1
        yield Block(match["language"], match["body"], line, match["reason"])


def commands(body: str) -> Iterator[list[str]]:
    """Command lines of a console block, without the prompt and what the program printed."""
    joined = body.replace("\\\n", " ").splitlines()
    prompted = any(line.startswith("$ ") for line in joined)
    for line in joined:
        if not prompted or line.startswith("$ "):
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words:
                yield words


def lstmkit(arguments: list[str]) -> int:
    from lstmkit.cli import main

    with pytest.raises(SystemExit) as end:
        main(arguments)
    return end.value.code or 0


def run(text: str, name: str) -> list[str]:
    """Runs the python and the console blocks of a document in order; returns what it ran."""
    namespace = {"__name__": "__main__"}
    ran = []
    for block in blocks(text):
        if block.reason:
            continue
        if block.language == "python":
            # the code's lines keep their place in the document, for the traceback
            code = "\n" * block.line + block.body
            exec(compile(code, name, "exec"), namespace)
            ran.append("python")
        elif block.language in CONSOLE:
            for words in commands(block.body):
                assert words[0] == "lstmkit", f"{name}:{block.line}: mark what is not to be run"
                assert lstmkit(words[1:]) == 0, f"{name}:{block.line}: {shlex.join(words)}"
                ran.append(shlex.join(words))
    return ran


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    # reports are written without their figures, which no document reads
    monkeypatch.setattr("lstmkit.tasks.report.page._figure", lambda *_: "")
    return tmp_path


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_run(path: Path, empty_folder: Path):
    with torch.random.fork_rng():
        run(path.read_text(), str(path.relative_to(ROOT)))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("```python\nassert 1 + 1 == 3\n```", AssertionError),
        ("```python\na = 1\n```\n\n```python\nassert a == 2\n```", AssertionError),
        ("```sh\nlstmkit no-such-verb\n```", AssertionError),
        ("```sh\nmake demo\n```", AssertionError),
    ],
)
def test_a_wrong_example_is_found(text: str, error: type[Exception], empty_folder: Path):
    with pytest.raises(error):
        run(text, "example")


def test_blocks_are_run_in_one_namespace_and_marked_ones_are_not(empty_folder: Path):
    text = (
        "```python\na = 1\n```\n"
        "<!-- not run: needs a network -->\n```sh\nmake demo\n```\n"
        "```sh\n$ lstmkit --version\nlstmkit 0\n```\n"
        "```python\nassert a == 1\n```\n"
    )
    assert run(text, "example") == ["python", "lstmkit --version", "python"]
