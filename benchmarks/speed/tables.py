"""Numbers as people read them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.speed.interleave import DISTURBED


def markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Returns a table in Markdown, its columns of one width."""
    cells = [list(head), ["-"] * len(head), *(list(row) for row in body)]
    widths = [max(len(row[k]) for row in cells) for k in range(len(head))]
    cells[1] = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    )


def number(value: float) -> str:
    """Returns a number with three digits that mean something."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}" if value >= 0.001 else f"{value:.1e}"


def mark(result: Mapping[str, Any], name: str) -> str:
    """Returns a ratio, with a star where it comes from fewer rounds, or nothing."""
    if name not in result["ratios"]:
        return ""
    rounds = result["rounds"]
    return f"{result['ratios'][name]:.2f}" + ("*" if rounds[name] < max(rounds.values()) else "")


def geometric_mean(values: Sequence[float]) -> str:
    """Returns the geometric mean with two digits, or nothing for no values."""
    if not values:
        return ""
    return f"{math.exp(sum(math.log(value) for value in values) / len(values)):.2f}"


def disturbance(result: Mapping[str, Any]) -> str:
    """Returns how many rounds were thrown away, and what others took if too much."""
    foreign = result["foreign"]
    if foreign is None:
        return "not measured"
    busy = f" (others took {100 * foreign:.0f} %)" if foreign > DISTURBED else ""
    return f"{result['thrown_away']}{busy}"
