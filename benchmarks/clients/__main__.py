"""Runs other people's programs with torch's LSTM and with lstmkit's, and prints a table."""

import argparse
import importlib
import json
import os
import subprocess
import sys
import warnings

CLIENTS = ("recurrent_policy", "forecast", "tagger")


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    ask = argparse.ArgumentParser(prog="python -m benchmarks.clients", description=__doc__)
    ask.add_argument("--clients", nargs="+", choices=CLIENTS, default=CLIENTS)
    ask.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    ask.add_argument("--rounds", type=int, default=9, help="rounds that count")
    ask.add_argument("--write", action="store_true", help="also write into README.md")
    ask.add_argument("--one", choices=CLIENTS, help=argparse.SUPPRESS)
    return ask.parse_args()


def main() -> None:
    """Measures each client in a process of its own."""
    options = arguments()
    if options.one is not None:
        one(options.one, options.threads[0], options.rounds)
        return
    rows = []
    for name in options.clients:
        for threads in options.threads:
            numbers = ["--threads", str(threads), "--rounds", str(options.rounds)]
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.clients", "--one", name, *numbers],
                env=os.environ | {"OMP_NUM_THREADS": str(threads)},
                stdout=subprocess.PIPE,
                check=False,
                text=True,
            )
            if done.returncode:
                sys.exit(done.returncode)  # it has said why
            rows.append(json.loads(done.stdout.splitlines()[-1]))
            print(rows[-1], file=sys.stderr)  # a long run shows what it has
    # after the processes, so that the import does not slow them down
    from benchmarks.clients import report

    text = report.report(rows)
    print(text)
    if options.write:
        report.write(text)


def one(name: str, threads: int, rounds: int) -> None:
    """Measures one client and prints a line of JSON."""
    warnings.simplefilter("ignore")  # the clients' own
    import torch

    from benchmarks.clients.trial import measure

    torch.set_num_threads(threads)
    client = importlib.import_module(f"benchmarks.clients.{name}")
    found = measure(client, rounds)
    timing = found.timing
    row = {
        "name": client.NAME,
        "library": client.LIBRARY,
        "threads": threads,
        "apart": found.apart,
        "control": found.control,
        "seconds": timing.seconds,
        "ratio": timing.ratios["torch"],
        "foreign": timing.foreign,
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
