"""Greff et al. 2015: nine variants of the LSTM under random search, on the chorales of Bach.

    LSTMKIT_DATA=<folder with music/JSB_Chorales.mat> python -m papers.greff2015     20 trials each
    python -m papers.greff2015 --variant NFG        one variant
    python -m papers.greff2015 --nets 40            more trials
    python -m papers.greff2015 --alike 0            the search alone
    python -m papers.greff2015 --nets 0             the same settings for all alone
    python -m papers.greff2015 --quick              two variants, few trials of eight epochs

After the search come six nets of every variant in each of two settings, the same for all; two at
least, or none.

Trials are kept one by one, so that a program that was stopped goes on where it was. A test loss
above that of always saying how often each key sounds counts as that.
"""

import argparse
import statistics
from collections.abc import Callable

from rich.console import Console

from papers.greff2015.search import best, importance, welch
from papers.greff2015.trial import EPOCHS, SETTINGS, VARIANTS, Choice, choices, train
from papers.music import by_frequency, rolls
from papers.program import Row, finish, options
from papers.records import Record, Records

PAPER = "Greff et al. 2015"
WORSE, SAME = "significantly worse", "not significantly different"
PUBLISHED = {"V": "best 8.38 (as remembered)", "NFG": WORSE, "NOAF": WORSE}


def main() -> None:
    """Runs the trials that are not there yet, then prints published beside measured."""
    asked = _arguments()
    parts, records = rolls("JSB_Chorales", asked.data), Records(asked.folder)
    nothing = by_frequency(parts[0], parts[2])

    def run(variant: str, choice: Choice, key: str, seed: int) -> Record:
        record = records.get(key)
        if record is None:
            record = train(variant, choice, parts, seed, asked.epochs)
            records.put(key, record)
            Console(stderr=True, highlight=False).print(
                f"{key}: rate {choice.rate:.1e}, {choice.hidden} units, "
                f"test {record['test']:.3f} nats, {record['seconds']:.0f} s"
            )
        # nets that burst have losses of any size: no better than nothing counts as nothing
        return record | {"test": min(record["test"], nothing)}

    searched: dict[str, list[Record]] = {variant: [] for variant in asked.variants}
    settled: dict[tuple[str, Choice], list[Record]] = {
        (variant, choice): [] for choice in SETTINGS for variant in asked.variants
    }
    # one net of every variant before the next, so that an early stop leaves a whole table
    for seed in range(asked.nets):
        for variant, ones in searched.items():
            choice = choices(variant, asked.nets)[seed]
            ones.append(run(variant, choice, f"{variant} {asked.epochs} {seed}", seed))
    for seed in range(asked.alike):
        for (variant, choice), ones in settled.items():
            key = f"{variant} {choice.rate} {asked.epochs} {seed}"
            ones.append(run(variant, choice, key, seed))
    alike = {
        variant: min((settled[variant, choice] for choice in SETTINGS), key=_validated)
        for variant in (asked.variants if asked.alike else ())
    }
    everything = [one for ones in searched.values() for one in ones]
    rows = []
    if everything:
        rows += [_row(v, "best {} of {} trials by validation", searched, best) for v in searched]
    rows += [_row(v, "{1} nets in the better of two settings", alike, list) for v in alike]
    finish([*rows, *([_importance(everything)] if everything else [])], asked.json)
    if asked.pictures:
        from papers.greff2015.picture import save

        save(asked.pictures, searched, alike)


def _row(
    variant: str,
    how: str,
    found: dict[str, list[Record]],
    choose: Callable[[list[Record]], list[Record]],
) -> Row:
    ones, chosen = found[variant], choose(found[variant])
    tests = [one["test"] for one in chosen]
    mean = statistics.mean(tests)
    measured = f"{mean:.3f} ± {statistics.stdev(tests):.3f}, best {min(tests):.3f}"
    if variant != "V" and "V" in found:
        vanilla = choose(found["V"])
        p = welch(chosen, vanilla)
        worse = mean > statistics.mean(one["test"] for one in vanilla)
        verdict = ("worse" if worse else "better") if p < 0.05 else "not significant"
        measured += f"; Welch p = {p:.2g}, {verdict}"
    return {
        "paper": PAPER,
        "task": f"JSB, nats a step: {variant}, {how.format(len(chosen), len(ones))}",
        "published": PUBLISHED.get(variant, SAME),
        "measured": measured,
        "nets": len(ones),
        "seconds": sum(one["seconds"] for one in ones),
    }


def _validated(ones: list[Record]) -> float:
    return statistics.mean(one["valid"] for one in ones)


def _importance(ones: list[Record]) -> Row:
    shares = importance(ones).shares
    told = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    return {
        "paper": PAPER,
        "task": "variance of the test loss that each hyper-parameter explains alone",
        "published": "rate more than two thirds (as remembered)",
        "measured": f"{told}, together with others {1 - sum(shares.values()):.0%}",
        "nets": len(ones),
        "seconds": 0.0,
    }


def _arguments() -> argparse.Namespace:
    ask = options("greff2015", __doc__, nets=20)
    ask.add_argument("--data", help="folder of data sets (LSTMKIT_DATA)")
    ask.add_argument("--variant", choices=VARIANTS, dest="variants", action="append")
    ask.add_argument("--alike", type=int, default=6, help="nets in each of two settings (6)")
    asked = ask.parse_args()
    if asked.pictures and not asked.nets:
        ask.error("expected trials to draw with --pictures, got --nets 0")
    asked.epochs = EPOCHS
    asked.variants = asked.variants or list(VARIANTS)
    if asked.quick:
        asked.nets, asked.alike, asked.epochs, asked.variants = 6, 2, 8, ["V", "NFG"]
    return asked


if __name__ == "__main__":
    main()
