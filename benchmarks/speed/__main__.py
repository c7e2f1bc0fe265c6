"""How fast the layers are, beside other libraries, on this machine.

    python -m benchmarks.speed               the plain LSTM over the grid of sizes
    python -m benchmarks.speed --quick       a corner of it, in a minute or two

Rounds of all contenders alternate in one process for each number of threads; a round in which
other programs took more than 3 % of the machine is thrown away. Every contender's numbers are
checked first. A run that was stopped goes on where it was.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.speed import questions
from benchmarks.speed.machine import machine
from benchmarks.speed.records import Records, fingerprint
from benchmarks.speed.report import report, write
from benchmarks.speed.worker import settings, work


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    ask = argparse.ArgumentParser(
        prog="python -m benchmarks.speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.set_defaults(question="grid")
    for name in questions.NAMES:
        ask.add_argument(
            f"--{name}",
            dest="question",
            action="store_const",
            const=name,
            help=questions.SHORT[name],
        )
    ask.add_argument("--quick", action="store_true", help="fewer sizes")
    ask.add_argument("--threads", type=int, nargs="+")
    ask.add_argument("--hidden", type=int, nargs="+")
    ask.add_argument("--batch", type=int, nargs="+")
    ask.add_argument("--input", type=int, help="features; as many as hidden units by default")
    ask.add_argument("--steps", type=int, default=100)
    ask.add_argument("--modes", nargs="+", choices=["inference", "training"])
    ask.add_argument("--rounds", type=int, default=20, help="rounds that count, at most")
    ask.add_argument("--folder", type=Path, default=Path("runs/speed"), help="results as they come")
    ask.add_argument("--fresh", action="store_true", help="forget the results in the folder")
    ask.add_argument("--json", type=Path, help="also write all numbers into this file")
    ask.add_argument("--write", action="store_true", help="also write into results.md")
    ask.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    return ask.parse_args(words)


def main() -> None:
    """Measures in processes of their own, then prints the tables."""
    options = arguments()
    question = questions.find(options.question)
    options.threads = options.threads or list(question.THREADS)
    if options.worker is not None:
        work(options, options.worker)
        return
    records = Records(options.folder / f"{options.question}.jsonl")
    if options.fresh:
        records.path.unlink(missing_ok=True)
        (options.folder / "machine.json").unlink(missing_ok=True)
    limits = machine(options.folder, sorted(options.threads))
    for threads in options.threads:
        command = [sys.executable, "-m", "benchmarks.speed", *sys.argv[1:]]
        words = [*command, "--worker", str(threads)]
        done = subprocess.run(words, check=False, env=os.environ | settings(threads))
        if done.returncode:
            sys.exit(done.returncode)  # it has said why; what it measured is kept
    rows = [(p, r) for p in question.points(options) if (r := records.find(p.key())) is not None]
    if not rows:
        sys.exit("nothing to show: lstmkit's source changed during the run. Run again.")
    text = report(question, rows, limits)
    print(text)
    if options.json:
        found = [{"point": point.key(), "result": result} for point, result in rows]
        options.json.write_text(json.dumps({"made": fingerprint(), "rows": found}, indent=1))
    if options.write:
        write(options.question, text)


if __name__ == "__main__":
    main()
