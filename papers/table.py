"""The table of all experiments: results kept as JSON, one file an experiment, and README.md."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.speed.records import processor
from papers.budget import MINUTES, NAMES
from papers.program import Row

HERE = Path(__file__).parent
HEAD = """# Published experiments, rerun

Every program here reruns the experiments of one paper, with the paper's nets, tasks and learning
rules; it is short because the library does the work. *Published* is what the paper says, or, where
it says so, what we remember of it; a dash means that there is no such number. *Measured* is ours.
Seconds are of one core, all nets together. A task that is not here has not been run. What each
paper teaches, and what did not come out as published, is told in [docs/papers](../docs/papers).

By default a program takes at most so many minutes of one core:
{minutes}.
One after another that is {hours:.1f} hours, two at a time half of it; the rows below took
{spent:.1f}.

<!-- not run: takes hours -->
```console
$ python -m papers              # all, one on every core; goes on where it was stopped
$ python -m papers --jobs 1     # one after another
$ python -m papers gers2000     # one
$ python -m papers --quick      # each in under a minute
```
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What one experiment gave.

    Attributes:
        name: Of the module.
        date: Of the latest run.
        machine: Where that was.
        command: What was called; several calls are divided by "; ".
        rows: With paper, task, published, measured, nets, seconds.
    """

    name: str
    date: str
    machine: str
    command: str
    rows: list[Row]

    @classmethod
    def of(cls, name: str, rows: Path, command: str, date: str) -> "Result":
        """Takes the rows that a program has just written, on this machine."""
        return cls(
            name=name,
            date=date,
            machine=processor(),
            command=command,
            rows=json.loads(rows.read_text()),
        )

    def save(self, *, whole: bool = True) -> None:
        """Keeps it beside the others.

        Args:
            whole: Whether it takes the place of all that was kept of this experiment, or of the
                rows of the same tasks.
        """
        path = HERE / "results" / f"{self.name}.json"
        path.parent.mkdir(exist_ok=True)
        before = {} if whole or not path.exists() else json.loads(path.read_text())
        rows = {row["task"]: row for row in [*before.get("rows", []), *self.rows]}
        calls = dict.fromkeys([*before.get("command", "").split("; "), *self.command.split("; ")])
        kept = asdict(self) | {
            "command": "; ".join(filter(None, calls)),
            "rows": list(rows.values()),
        }
        path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def read(names: Iterable[str]) -> list[Result]:
    """Returns the results that there are, in the order of the names."""
    paths = [HERE / "results" / f"{name}.json" for name in names]
    return [Result(**json.loads(path.read_text())) for path in paths if path.exists()]


def table(results: Iterable[Result]) -> str:
    """Returns the text of README.md."""
    kept = list(results)
    minutes = ", ".join(f"{name} {most}" for name, most in MINUTES.items())
    spent = sum(row["seconds"] for one in kept for row in one.rows) / 3600
    parts = [HEAD.format(minutes=minutes, hours=sum(MINUTES.values()) / 60, spent=spent)]
    for one in kept:
        parts.append(
            f"\n## {one.name}\n\n`{one.command}`, {one.date}, {one.machine}. "
            f"[What it teaches](../docs/papers/{one.name}.md)\n\n"
            "| paper | task | published | measured | nets | seconds |\n|---|---|---|---|--:|--:|\n"
        )
        parts += [
            f"| {row['paper']} | {row['task']} | {row['published']} | {row['measured']} "
            f"| {row['nets']} | {row['seconds']:,.0f} |\n"
            for row in one.rows
        ]
    return "".join(parts)


def write(results: Iterable[Result]) -> None:
    """Writes README.md."""
    (HERE / "README.md").write_text(table(results))


if __name__ == "__main__":
    write(read(NAMES))
