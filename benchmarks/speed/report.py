"""The tables with all that is needed to judge them: when, where, versions, command."""

import re
import shlex
import sys
from datetime import date
from pathlib import Path

from benchmarks.speed.machine import Machine
from benchmarks.speed.questions import Question, Rows
from benchmarks.speed.records import fingerprint

RESULTS = Path(__file__).with_name("results.md")
HEADING = (
    "# Speed\n\nWritten by `python -m benchmarks.speed --write`; see `benchmarks/README.md`.\n"
)


def report(question: Question, rows: Rows, machine: Machine | str) -> str:
    """Returns one question's section.

    Args:
        question: What was asked.
        rows: Points and what was measured there.
        machine: The machine's limits, or why there are none.

    Returns:
        Markdown.
    """
    limits = machine if isinstance(machine, Machine) else None
    made = fingerprint()
    versions = ", ".join(f"{name} {what}" for name, what in made.items() if name != "processor")
    said = {remark: None for _, result in rows for remark in result["remarks"]}
    return "\n\n".join(
        [
            f"## {question.TITLE}",
            f"{date.today().isoformat()}, {made['processor']}; {versions}:",
            f"```\n{command()}\n```",
            question.NOTE,
            machine if limits is None and isinstance(machine, str) else _limits(limits),
            question.table(rows, limits),
            *(["\n".join(f"- {remark}" for remark in said)] if said else []),
        ]
    )


def command() -> str:
    """Returns the command that is running, without what only says where results go."""
    words = shlex.join(sys.argv[1:])
    words = re.sub(r"\s*--(json|folder) \S+|\s*--(fresh|write)\b", "", words).strip()
    return f"python -m benchmarks.speed {words}".strip()


def _limits(machine: Machine | None) -> str:
    assert machine is not None
    parts = []
    for threads, rate in sorted(machine.fma.items()):
        read = {
            size: machine.bandwidth(threads, size) / 1e9 for size in (2**18, 2**20, 2**22, 2**27)
        }
        parts.append(
            f"threads {threads}: {rate / 1e9:.0f} GF/s, reads "
            + ", ".join(f"{found:.0f} GB/s of {_size(size)}" for size, found in read.items())
        )
    if machine.travel:
        low, high = 1e9 * min(machine.travel), 1e9 * max(machine.travel)
        parts.append(
            f"a line of memory goes to the other core and back in {low:.0f} to {high:.0f} ns"
        )
    doubt = " Other programs were running meanwhile: the true limits are higher."
    said = doubt if machine.disturbed else ""
    return "Limits measured before the runs: " + "; ".join(parts) + f".{said}"


def _size(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"


def write(name: str, text: str) -> None:
    """Puts one question's section into results.md, in the place of the one before.

    Args:
        name: Name of the question.
        text: The section.
    """
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    section = f"{start}\n{text}\n{end}"
    old = RESULTS.read_text() if RESULTS.exists() else HEADING
    pattern = re.compile(re.escape(start) + ".*" + re.escape(end), re.DOTALL)
    new = pattern.sub(lambda _: section, old) if pattern.search(old) else f"{old}\n{section}\n"
    RESULTS.write_text(new)
