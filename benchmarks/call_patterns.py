"""Accounts that somebody takes over, found without labels: LSTM beside a self-organising map.

    LSTMKIT_DATA=<folder with calls/> python -m benchmarks.call_patterns [--data drawn real]

Abidogun 2005 compares self-organising maps with LSTM trained without labels, on call records that
are not public; so this does it on records from a documented generator and on real ones, with
accounts taken over by splicing (`benchmarks.call_records`). Every contender turns windows of 20
records, one every 4 records, into a few numbers, learnt from accounts of which nothing is known.
The change score of an unseen account is the same for all (`change_score`): the largest likelihood
ratio of one change in the mean of these numbers. AUC is that of accounts taken over against those
left alone. Sizes are the best of a few on validation accounts, over both data sets together
(`--choose`). The map is MiniSom's, left out where that is not installed. Results are kept in
runs/call_patterns.
"""

import argparse
import importlib.util
import itertools
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from sklearn.metrics import roc_auc_score

from benchmarks.call_contenders import (
    Embed,
    Entropy,
    Gain,
    Numbers,
    Windows,
    averaged,
    learnt,
    mapped,
)
from benchmarks.call_records import (
    GROUPS,
    KINDS,
    REAL_KINDS,
    Calls,
    steps,
    students,
    subscriber,
    taken_over,
)
from lstmkit.data.datasets import FOLDER_VARIABLE

WINDOW, STRIDE = 20, 4
MEAN = "mean of a window, nothing learnt"
OBJECTIVES = {
    "LSTM, NEO": partial(Entropy, between=False),
    "LSTM, BINGO": partial(Gain, between=False),
    "LSTM, NEO between accounts": partial(Entropy, between=True),
    "LSTM, BINGO between accounts": partial(Gain, between=True),
}
MAPS = {"map of whole windows": False, "map of means of windows": True}
# outputs and updates; side of the map, and whether it answers weights in place of its place
LSTM_SIZES = tuple(itertools.product((4, 8), (300, 600)))
MAP_SIZES = tuple(itertools.product((6, 10), (False, True)))
# what was best of these on validation accounts, by the mean over both data sets
CHOSEN = {
    "LSTM, NEO": (8, 300),
    "LSTM, BINGO": (8, 300),
    "LSTM, NEO between accounts": (4, 600),
    "LSTM, BINGO between accounts": (4, 600),
    "map of whole windows": (10, True),
    "map of means of windows": (10, True),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Accounts:
    """What is learnt from, and what is judged.

    Attributes:
        train: Records of accounts of which nothing is known.
        alone: Unseen accounts.
        over: Such accounts, each with somebody else's records from some moment on.
        kinds: Names of the kinds of records.
    """

    train: list[Calls]
    alone: list[Calls]
    over: list[Calls]
    kinds: Sequence[str]


def drawn(part: str, seed: int, number: int = 300) -> Accounts:
    """Accounts of the generator: some to learn from, as many unseen, half of them taken over."""
    random = np.random.default_rng((2005, seed, part == "test"))
    groups = list(GROUPS.values())

    def some(number: int) -> list[Calls]:
        return [subscriber(groups[random.integers(len(groups))], random) for _ in range(number)]

    train, alone, over, others = (some(one) for one in (number, *[number // 2] * 3))
    spliced = [
        taken_over(one, other, moment(one, random)) for one, other in zip(over, others, strict=True)
    ]
    return Accounts(train=train, alone=alone, over=spliced, kinds=KINDS)


def real(part: str, seed: int, folder: Path) -> Accounts:
    """Students: 40 % of those with 60 records to learn from, 20 % to choose by, 40 % for the test.

    Who has 25 to 59 records is learnt from too. Each account that is judged is there as it is, and
    five times with the records of another one of the same part from some moment on.
    """
    every = students(folder, 25)
    many = [one for one in every if len(one) >= 60]
    order = np.random.default_rng(2005).permutation(len(many))
    ends = len(many) * 2 // 5, len(many) * 3 // 5
    train, valid, test = ([many[place] for place in one] for one in np.split(order, ends))
    judged = valid if part == "valid" else test
    random = np.random.default_rng((2005, seed))
    over = []
    for place, one in enumerate(judged):
        rest = [other for number, other in enumerate(judged) if number != place]
        others = [rest[number] for number in random.choice(len(rest), 5, replace=False)]
        over += [taken_over(one, other, moment(one, random)) for other in others]
    train += [one for one in every if len(one) < 60]
    return Accounts(train=train, alone=judged, over=over, kinds=REAL_KINDS)


def moment(calls: Calls, random: np.random.Generator) -> float:
    """Somewhere between half and 85 % of an account's time."""
    first, last = calls.time[0], calls.time[-1]
    return float(first + random.uniform(0.5, 0.85) * (last - first))


def cut(rows: Float[ndarray, "records features"]) -> Windows:
    """Windows of 20 records, one every 4 records."""
    view = np.lib.stride_tricks.sliding_window_view(rows, WINDOW, axis=0)[::STRIDE]
    return np.ascontiguousarray(view.transpose(0, 2, 1))


def change_score(numbers: Numbers, within: Float[ndarray, "numbers numbers"]) -> float:
    r"""Says how much one change in the mean would explain.

    .. math:: \max_k \frac{k (n - k)}{n} (m_1 - m_2)^T W^{-1} (m_1 - m_2)

    with m the means of the first k and of the other windows and W the covariance within an account
    that is left alone; k leaves at least a window's length on both sides.
    """
    n, edge = len(numbers), WINDOW // STRIDE
    before = np.arange(edge, n - edge + 1)
    if not len(before):
        return 0.0
    sums = np.cumsum(numbers, 0)
    first = sums[before - 1] / before[:, None]
    apart = first - (sums[-1] - sums[before - 1]) / (n - before)[:, None]
    scaled = np.einsum("kd,de,ke->k", apart, np.linalg.inv(within), apart)
    return float((before * (n - before) / n * scaled).max())


def spread_within(accounts: Sequence[Numbers]) -> Float[ndarray, "numbers numbers"]:
    """Covariance of numbers around the mean of their account, held a little off singular."""
    centred = np.concatenate([one - one.mean(0) for one in accounts])
    found = centred.T @ centred / len(centred)
    spread: np.ndarray = found + (1e-3 * np.trace(found) / len(found) + 1e-12) * np.eye(len(found))
    return spread


def contender(name: str, sizes: tuple[int, int], seed: int) -> Callable[[list[Windows]], Embed]:
    """What learns from the windows of accounts and then turns windows into numbers."""
    if name in OBJECTIVES:
        outputs, updates = sizes
        return lambda seen: learnt(
            seen, OBJECTIVES[name](), outputs=outputs, updates=updates, seed=seed
        )
    if name in MAPS:
        side, prototypes = sizes
        return partial(mapped, side=side, means=MAPS[name], prototypes=bool(prototypes), seed=seed)
    return lambda seen: averaged


def judged(accounts: Accounts, make: Callable[[list[Windows]], Embed]) -> dict[str, float]:
    """AUC of the change score of a contender, and the seconds of the processor in its training."""
    every = np.concatenate([steps(one, accounts.kinds) for one in accounts.train])
    mean, spread = every.mean(0), every.std(0)

    def windows(some: Sequence[Calls]) -> list[Windows]:
        rows = [(steps(one, accounts.kinds) - mean) / spread for one in some]
        return [cut(one) for one in rows if len(one) >= WINDOW]

    train = windows(accounts.train)
    start = time.process_time()
    embed = make(train)
    seconds = time.process_time() - start
    covariance = spread_within([embed(one) for one in train])
    scores = [
        [change_score(embed(one), covariance) for one in windows(some)]
        for some in (accounts.alone, accounts.over)
    ]
    truth = np.repeat([0, 1], [len(one) for one in scores])
    return {"auc": float(roc_auc_score(truth, np.concatenate(scores))), "seconds": seconds}


def names() -> list[str]:
    """Everybody who can take part here."""
    maps = list(MAPS) if importlib.util.find_spec("minisom") else []
    return [*OBJECTIVES, *maps, MEAN]


def choose(kinds: Sequence[str], accounts: Callable[[str], Accounts], folder: Path) -> None:
    """Measures all sizes on the validation accounts, and prints what each reached and the mean."""
    tried = [
        (name, sizes)
        for name in names()[:-1]
        for sizes in (LSTM_SIZES if name in OBJECTIVES else MAP_SIZES)
    ]
    for kind in kinds:
        paths = {one: folder / f"valid {kind} {one[0]} {one[1]}.json" for one in tried}
        missing = [one for one, path in paths.items() if not path.exists()]
        valid = accounts(kind) if missing else None
        for name, sizes in missing:
            assert valid is not None
            told = judged(valid, contender(name, sizes, 0))
            paths[name, sizes].write_text(json.dumps(told))
            print(kind, name, sizes, told, flush=True)
    for name, sizes in tried:
        found = [
            json.loads((folder / f"valid {kind} {name} {sizes}.json").read_text())["auc"]
            for kind in kinds
        ]
        each = " ".join(f"{one:.3f}" for one in found)
        print(f"{statistics.mean(found):.3f} ({each}) {name} {sizes}")


def main() -> None:
    """Measures what is not there yet and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", default=["drawn", "real"], choices=["drawn", "real"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--folder", type=Path, default=Path("runs/call_patterns"))
    parser.add_argument(
        "--choose", action="store_true", help="try all sizes on validation accounts"
    )
    asked = parser.parse_args()

    def accounts(kind: str, part: str, seed: int) -> Accounts:
        if kind == "drawn":
            return drawn(part, seed)
        return real(part, seed, Path(os.environ[FOLDER_VARIABLE]) / "calls")

    asked.folder.mkdir(parents=True, exist_ok=True)
    if asked.choose:
        choose(asked.data, lambda kind: accounts(kind, "valid", 0), asked.folder)
        return
    found: dict[str, dict[str, list[dict[str, float]]]] = {}
    for kind, seed in itertools.product(asked.data, asked.seeds):
        paths = {name: asked.folder / f"{kind} {name} {seed}.json" for name in names()}
        missing = [name for name, path in paths.items() if not path.exists()]
        test = accounts(kind, "test", seed) if missing else None
        for name in missing:
            assert test is not None
            make = contender(name, CHOSEN.get(name, (0, 0)), seed)
            paths[name].write_text(json.dumps(judged(test, make)))
            print(kind, seed, name, paths[name].read_text(), flush=True)
        for name, path in paths.items():
            found.setdefault(name, {}).setdefault(kind, []).append(json.loads(path.read_text()))
    print(f"| AUC of the change score | {' | '.join(asked.data)} | training |")
    print("|---" * (2 + len(asked.data)) + "|")
    for name, by_kind in found.items():
        cells = []
        for ones in by_kind.values():
            each = [one["auc"] for one in ones]
            cells.append(f"{statistics.mean(each):.3f} ± {statistics.pstdev(each):.3f}")
        seconds = statistics.median(one["seconds"] for ones in by_kind.values() for one in ones)
        print(f"| {name} | {' | '.join(cells)} | {seconds:.0f} s |")


if __name__ == "__main__":
    main()
