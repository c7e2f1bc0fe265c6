"""The table, with all that is needed to judge it: when, where, versions, command."""

import re
import shlex
import sys
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.speed.records import processor

README = Path(__file__).with_name("README.md")
START, END = "<!-- written by --write -->", "<!-- end -->"
LIBRARIES = ("lstmkit", "torch", "sb3-contrib", "darts", "flair")
Row = Mapping[str, Any]


def table(rows: list[Row]) -> str:
    """Returns a line for each client and number of threads.

    Args:
        rows: What `python -m benchmarks.clients --one` prints.

    Returns:
        Markdown.
    """
    lines = [
        "| library | program | threads | losses apart | parameters apart | torch apart from itself "
        "| torch | lstmkit | torch / lstmkit |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        theirs, ours = (row["seconds"][name] * 1e3 for name in ("torch", "lstmkit"))
        share = row["foreign"]
        doubt = "" if share is None or share <= 0.03 else f" (others took {share:.0%})"
        lines.append(
            f"| {row['library']} | {row['name']} | {row['threads']} "
            f"| {row['apart'][0]:.1e} | {row['apart'][1]:.1e} "
            f"| {row['control'][0]:.1e}, {row['control'][1]:.1e} "
            f"| {theirs:.0f} ms | {ours:.0f} ms | **{row['ratio']:.2f}**{doubt} |"
        )
    return "\n".join(lines)


def report(rows: list[Row]) -> str:
    """Returns the table under its date, processor, versions and command."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    command = re.sub(r"\s*--write\b", "", shlex.join(sys.argv[1:])).strip()
    return "\n\n".join(
        [
            f"{date.today().isoformat()}, {processor()}; {versions}:",
            f"```\n{f'python -m benchmarks.clients {command}'.strip()}\n```",
            table(rows),
        ]
    )


def write(text: str) -> None:
    """Puts a report into README.md, in the place of the one before."""
    page = README.read_text(encoding="utf-8")
    before, after = page.split(START)[0], page.split(END)[1]
    README.write_text(f"{before}{START}\n\n{text}\n\n{END}{after}", encoding="utf-8")
