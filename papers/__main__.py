"""Reruns published experiments and tables published beside measured.

    python -m papers                    all of them, as many at a time as there are cores: over two
                                        hours on two; what is done already is not done again
    python -m papers --jobs 1           one after another, in less than seven hours
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
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from rich.console import Console

from papers.budget import MINUTES, NAMES
from papers.table import HERE, Result, read, write

WRITING = Lock()


def main() -> int:
    """Runs what is asked for.

    Returns:
        0, or 1 if an experiment failed; the others run all the same.
    """
    asked, console = _arguments(), Console(stderr=True, highlight=False, soft_wrap=True)
    # those that take longest come first, so that no core waits long at the end
    names = sorted(asked.names or NAMES, key=lambda name: -MINUTES[name])
    pool = ThreadPoolExecutor(asked.jobs)
    try:
        went = list(pool.map(lambda name: _run(name, asked, console), names))
    finally:
        pool.shutdown(cancel_futures=True)
    if failed := [name for name, well in zip(names, went, strict=True) if not well]:
        console.print(f"failed: {', '.join(failed)}; see above, and run it again to go on")
    elif not asked.quick:
        console.print(f"the table is {HERE / 'README.md'}")
    return 1 if failed else 0


def _run(name: str, asked: argparse.Namespace, console: Console) -> bool:
    """Runs an experiment on one core, shows what it says, and tables its rows."""
    command = [f"papers.{name}", *(["--quick"] if asked.quick else [])]
    command += [] if asked.nets is None else ["--nets", str(asked.nets)]
    command += asked.options
    called = f"python -m {shlex.join(command)}"
    console.print(f"{name}: {called}", markup=False)
    rows = Path("runs/papers") / f"{name}.json"
    rows.parent.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        [sys.executable, "-m", *command, "--json", str(rows)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "160"},
    ) as program:
        for line in program.stdout or ():
            console.print(f"{name}: {line.rstrip()}", markup=False)
    if program.returncode == 0 and not asked.quick:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        with WRITING:
            Result.of(name, rows, called, today).save(whole=not asked.options)
            write(read(NAMES))
    return program.returncode == 0


def _arguments() -> argparse.Namespace:
    ask = argparse.ArgumentParser(
        prog="python -m papers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    ask.add_argument("--quick", action="store_true", help="each in a small form")
    ask.add_argument(
        "--jobs", type=int, default=os.cpu_count(), help="how many at a time (one a core)"
    )
    ask.add_argument("--nets", type=int, help="nets of each task, instead of each program's own")
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    asked = ask.parse_args(words[:end])
    asked.options = words[end + 1 :]
    if asked.jobs < 1:
        ask.error(f"expected at least one job, got {asked.jobs}")
    if asked.options and len(asked.names) != 1:
        ask.error(f"expected one name before options of its program, got {len(asked.names)}")
    if unknown := [name for name in asked.names if name not in NAMES]:
        ask.error(f"expected names among {', '.join(NAMES)}, got {', '.join(unknown)}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
