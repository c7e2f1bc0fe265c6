"""Records of calls: a generator of subscribers, real ones, and accounts that somebody takes over.

No labelled records of telephone fraud are public. `subscriber` draws records from a description
that stands below in full; `students` reads real calls and text messages of some 600 students over
four weeks (Copenhagen Networks Study, Sapiezynski et al. 2019). In both an account is taken over by
splicing: from some moment on the records are those of somebody else (`taken_over`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int
from numpy import ndarray

DAY, WEEK = 86_400.0, 604_800.0
WEEKS = 12
KINDS = ("local", "mobile", "long distance", "international")
REAL_KINDS = ("calls", "is called", "misses", "writes", "is written to")


@dataclass(frozen=True, kw_only=True, slots=True)
class Calls:
    """What one account did, in the order of time.

    Attributes:
        time: Seconds since a midnight.
        kind: Place of each record's kind in `KINDS` or `REAL_KINDS`.
        duration: Seconds; 0 where nobody answered, and of a text message.
        again: Whether the other party is that of the record before.
    """

    time: Float[ndarray, " records"]
    kind: Int[ndarray, " records"]
    duration: Float[ndarray, " records"]
    again: Bool[ndarray, " records"]

    def __len__(self) -> int:
        """Number of records."""
        return len(self.time)

    def among(self, chosen: Bool[ndarray, " records"]) -> "Calls":
        """Some of the records."""
        return Calls(
            time=self.time[chosen],
            kind=self.kind[chosen],
            duration=self.duration[chosen],
            again=self.again[chosen],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """What subscribers of a group have in common.

    Attributes:
        hours: Hours of the day around which calls are made, each with its spread and share.
        weekend: How many calls a day of the weekend has, over other days.
        a_day: Calls on a day, on the average.
        shares: How often each of `KINDS` is called.
        stay: How likely a call is of the kind of the one before for that alone.
        minutes: Median duration by kind.
        redial: How likely a call is followed, within minutes, by one to the same party.
        unanswered: Share of calls that nobody answers.
    """

    hours: tuple[tuple[float, float, float], ...]
    weekend: float
    a_day: float
    shares: tuple[float, float, float, float]
    stay: float
    minutes: tuple[float, float, float, float]
    redial: float
    unanswered: float


GROUPS = {
    "office": Group(
        hours=((10, 1.5, 0.5), (15, 1.5, 0.5)),
        weekend=0.2,
        a_day=4.0,
        shares=(0.45, 0.25, 0.25, 0.05),
        stay=0.2,
        minutes=(2.5, 2.0, 4.0, 5.0),
        redial=0.15,
        unanswered=0.15,
    ),
    "trader": Group(
        hours=((9, 2.0, 0.4), (16, 2.5, 0.6)),
        weekend=0.5,
        a_day=5.0,
        shares=(0.15, 0.40, 0.25, 0.20),
        stay=0.5,
        minutes=(1.2, 1.2, 2.0, 3.0),
        redial=0.35,
        unanswered=0.25,
    ),
    "family": Group(
        hours=((12, 2.0, 0.3), (19, 1.5, 0.7)),
        weekend=1.3,
        a_day=3.0,
        shares=(0.45, 0.35, 0.18, 0.02),
        stay=0.3,
        minutes=(4.0, 2.5, 8.0, 10.0),
        redial=0.15,
        unanswered=0.15,
    ),
    "student": Group(
        hours=((14, 3.0, 0.4), (21, 2.0, 0.6)),
        weekend=1.2,
        a_day=3.5,
        shares=(0.15, 0.70, 0.10, 0.05),
        stay=0.2,
        minutes=(2.0, 1.2, 4.0, 6.0),
        redial=0.30,
        unanswered=0.30,
    ),
    "abroad": Group(
        hours=((7, 1.5, 0.4), (22, 1.5, 0.6)),
        weekend=1.1,
        a_day=2.5,
        shares=(0.25, 0.30, 0.10, 0.35),
        stay=0.6,
        minutes=(2.5, 2.0, 5.0, 7.0),
        redial=0.20,
        unanswered=0.25,
    ),
}


def subscriber(group: Group, random: np.random.Generator) -> Calls:
    """Draws twelve weeks of one subscriber.

    Everybody has own habits around those of the group: hours shifted by about one, kinds drawn
    around the group's (Dirichlet, 30), durations and calls a day by factors of about 1.3. They
    drift: each week kinds and durations change by a few per cent.

    Args:
        group: What the subscriber has in common with others.
        random: Source of everything.
    """
    shift, longer = random.normal(0, 1), random.normal(0, 0.25)
    busy = group.a_day * np.exp(random.normal(0, 0.3))
    shares = random.dirichlet(30 * np.array(group.shares) + 0.1)
    middle, spread, part = np.array(group.hours).T
    found: list[tuple[float, int, float, bool]] = []
    kind = int(random.choice(len(KINDS), p=shares))
    for day in range(7 * WEEKS):
        if day % 7 == 0:
            shares = random.dirichlet(300 * shares + 0.1)
            longer += random.normal(0, 0.05)
        rate = busy * (group.weekend if day % 7 >= 5 else 1.0)
        which = random.choice(len(part), random.poisson(rate), p=part)
        for hour in np.sort(random.normal(middle[which] + shift, spread[which])):
            time, again = DAY * day + 3600 * hour, False
            if random.random() >= group.stay:
                kind = int(random.choice(len(KINDS), p=shares))
            while True:
                length = 60 * group.minutes[kind] * np.exp(random.normal(longer, 0.8))
                answered = random.random() >= group.unanswered
                found.append((time, kind, length * answered, again))
                if random.random() >= group.redial:
                    break
                time, again = time + length * answered + random.exponential(120), True
    return _ordered(*(np.array(column) for column in zip(*found, strict=True)))


def students(folder: Path, least: int) -> list[Calls]:
    """Reads the real records of all who have at least so many.

    Args:
        folder: Where calls.csv and sms.csv lie.
        least: Records that an account must have.
    """
    calls = pl.read_csv(folder / "calls.csv").with_columns(missed=pl.col("duration") < 0)
    texts = pl.read_csv(folder / "sms.csv").with_columns(duration=0, missed=False)
    both = pl.concat([calls, texts.select(calls.columns)], how="vertical_relaxed")
    text = np.arange(len(both)) >= len(calls)
    time, length = both["timestamp"].to_numpy().astype(float), both["duration"].to_numpy().clip(0)
    by, to, missed = (both[name].to_numpy() for name in ("from", "to", "missed"))
    found = []
    for account in np.unique(np.concatenate([by, to])):
        mine = (by == account) | (to == account)
        if mine.sum() < least:
            continue
        out = by[mine] == account
        kind = np.where(text[mine], np.where(out, 3, 4), np.where(out, 0, 1 + missed[mine]))
        order = np.argsort(time[mine], kind="stable")
        party = np.where(out, to[mine], by[mine])[order]
        again = np.append(False, party[1:] == party[:-1])
        found.append(_ordered(time[mine][order], kind[order], length[mine][order], again))
    return found


def taken_over(one: Calls, other: Calls, when: float) -> Calls:
    """The records of `one` before a moment, and those of `other` from then on."""
    before, after = one.among(one.time < when), other.among(other.time >= when)
    first = replace(after, again=after.again & (np.arange(len(after)) > 0))
    return Calls(
        time=np.concatenate([before.time, first.time]),
        kind=np.concatenate([before.kind, first.kind]),
        duration=np.concatenate([before.duration, first.duration]),
        again=np.concatenate([before.again, first.again]),
    )


def steps(calls: Calls, kinds: Sequence[str]) -> Float[ndarray, "records features"]:
    """What is read of each record.

    Returns:
        The time of day as a point on a circle, the logarithms of the minutes since the record
        before and of the duration, whether the other party is the same, and a column a kind.
    """
    angle = 2 * np.pi * calls.time / DAY
    gap = np.log1p(np.diff(calls.time, prepend=calls.time[:1]).clip(0) / 60)
    numbers = (np.sin(angle), np.cos(angle), gap, np.log1p(calls.duration), calls.again)
    return np.column_stack([*numbers, np.eye(len(kinds))[calls.kind]])


def _ordered(time: ndarray, kind: ndarray, duration: ndarray, again: ndarray) -> Calls:
    order = np.argsort(time, kind="stable")
    return Calls(
        time=time[order].astype(float),
        kind=kind[order].astype(int),
        duration=duration[order].astype(float),
        again=again[order].astype(bool),
    )
