"""What the programs of all papers have in common: their options, and the table at the end."""

import argparse
import json
import statistics
from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Row = dict[str, Any]


def options(name: str, about: str | None, nets: int) -> argparse.ArgumentParser:
    """Returns a parser with the options that every program has.

    Args:
        name: Of the module under papers.
        about: What `--help` says.
        nets: How many nets of each task by default.
    """
    ask = argparse.ArgumentParser(
        prog=f"python -m papers.{name}",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.add_argument("--nets", type=int, default=nets, help=f"nets of each task ({nets})")
    ask.add_argument("--quick", action="store_true", help="a small form, in under a minute")
    ask.add_argument("--folder", type=Path, default=Path("runs/papers") / name, help="for results")
    ask.add_argument("--json", type=Path, help="also write the rows into this file")
    ask.add_argument("--pictures", type=Path, help="also write pictures into this folder")
    return ask


def finish(rows: Sequence[Row], into: Path | None) -> None:
    """Prints the rows, and writes them where that is asked for.

    Args:
        rows: Each with paper, task, published, measured, nets, seconds.
        into: A JSON file.
    """
    table = Table(title=rows[0]["paper"] if rows else None)
    for name in ("task", "published", "measured", "nets", "seconds"):
        table.add_column(name, justify="right" if name in ("nets", "seconds") else "left")
    for row in rows:
        seconds = f"{row['seconds']:,.0f}"
        table.add_row(row["task"], row["published"], row["measured"], str(row["nets"]), seconds)
    Console(width=160).print(table)
    if into:
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_text(json.dumps(list(rows), indent=1) + "\n")


def clipped(norm: float) -> str:
    """Says in the name of a task to which norm gradients are cut; nothing where they are not.

    Example:
        >>> clipped(0.1)
        ', clipped at 0.1'
    """
    return f", clipped at {norm:g}" if norm < inf else ""


def spread(counts: Sequence[float], of: int, unit: str) -> str:
    """Says in words how many succeeded, after how much: mean and range.

    Args:
        counts: What each that succeeded needed.
        of: How many tried.
        unit: Of the counts.

    Example:
        >>> spread([1000, 3000], 4, "sequences")
        '2 of 4, 2,000 sequences (1,000 to 3,000)'
    """
    if not counts:
        return f"0 of {of}"
    mean, low, high = statistics.mean(counts), min(counts), max(counts)
    return f"{len(counts)} of {of}, {mean:,.0f} {unit} ({low:,.0f} to {high:,.0f})"
