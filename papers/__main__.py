"""Reruns published experiments one after another, and tables published beside measured.

    python -m papers                    all of them, in about four hours; what is done already is
                                        not done again
    python -m papers gers2000           one
    python -m papers --quick            each in under a minute; the table stays as it is
    python -m papers counting -- --task 'a^n b^n,'      what follows -- is for the program; its rows
                                        take the place of those of the same tasks

Each experiment is a program of its own, `python -m papers.NAME`, with more options. It keeps its
results in runs/papers, so that a run that was stopped goes on where it was. The table is
papers/README.md, made from papers/results.
"""

import argparse
import datetime
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from papers.budget import NAMES
from papers.table import HERE, Result, read, write


def main() -> int:
    """Runs what is asked for.

    Returns:
        0, or 1 if an experiment failed; the others run all the same.
    """
    asked = _arguments()
    console, failed = Console(stderr=True), []
    for name in asked.names or NAMES:
        command = [f"papers.{name}", *(["--quick"] if asked.quick else [])]
        command += [] if asked.nets is None else ["--nets", str(asked.nets)]
        command += asked.options
        called = f"python -m {shlex.join(command)}"
        console.rule(called)
        rows = Path("runs/papers") / f"{name}.json"
        rows.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run([sys.executable, "-m", *command, "--json", str(rows)], check=False)
        if done.returncode:
            failed.append(name)
        elif not asked.quick:
            today = datetime.datetime.now(datetime.UTC).date().isoformat()
            Result.of(name, rows, called, today).save(whole=not asked.options)
            write(read(NAMES))
    if failed:
        console.print(f"failed: {', '.join(failed)}; see above, and run it again to go on")
    elif not asked.quick:
        console.print(f"the table is {HERE / 'README.md'}")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    ask = argparse.ArgumentParser(
        prog="python -m papers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    ask.add_argument("--quick", action="store_true", help="each in a small form")
    ask.add_argument("--nets", type=int, help="nets of each task, instead of each program's own")
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    asked = ask.parse_args(words[:end])
    asked.options = words[end + 1 :]
    if asked.options and len(asked.names) != 1:
        ask.error(f"expected one name before options of its program, got {len(asked.names)}")
    if unknown := [name for name in asked.names if name not in NAMES]:
        ask.error(f"expected names among {', '.join(NAMES)}, got {', '.join(unknown)}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
