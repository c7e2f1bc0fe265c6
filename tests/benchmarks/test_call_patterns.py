"""Call patterns: records, accounts taken over, the change score, and learning without labels."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import call_patterns as program
from benchmarks.call_contenders import Entropy, Gain, averaged, learnt, mapped
from benchmarks.call_patterns import Accounts, change_score, cut, drawn, judged, real, spread_within
from benchmarks.call_records import GROUPS, KINDS, Calls, steps, students, subscriber, taken_over


@pytest.fixture(scope="module")
def office() -> Calls:
    return subscriber(GROUPS["office"], np.random.default_rng(0))


def test_a_subscriber_calls_as_the_group_does(office) -> None:
    assert (np.diff(office.time) >= 0).all()
    day, hour = office.time // 86_400 % 7, office.time / 3600 % 24
    assert (day < 5).mean() > 0.85
    assert ((hour > 6) & (hour < 20)).mean() > 0.9
    assert (office.kind == KINDS.index("international")).mean() < 0.2
    assert 0.05 < (office.duration == 0).mean() < 0.3
    other = subscriber(GROUPS["abroad"], np.random.default_rng(0))
    assert (other.kind == KINDS.index("international")).mean() > 0.15


def test_from_its_moment_on_an_account_is_another_ones(office) -> None:
    other = subscriber(GROUPS["trader"], np.random.default_rng(1))
    when = office.time[len(office) // 2]
    both = taken_over(office, other, when)
    before = (office.time < when).sum()
    assert np.array_equal(both.time[:before], office.time[:before])
    assert np.array_equal(both.kind[before:], other.kind[other.time >= when])
    # the first call of the other one cannot be to the party of the one before
    assert not both.again[before]


def test_steps_are_numbers_without_holes(office) -> None:
    read = steps(office, KINDS)
    assert read.shape == (len(office), 5 + len(KINDS))
    assert np.isfinite(read).all()
    assert read[0, 2] == 0
    assert (read[:, 5:].sum(1) == 1).all()


def test_real_records_are_those_of_both_sides(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(
        "timestamp,from,to,duration\n10,1,2,60\n20,2,1,-1\n40,1,3,5\n"
    )
    (tmp_path / "sms.csv").write_text("timestamp,from,to\n30,1,2\n50,2,1\n")
    one, two = students(tmp_path, 2)
    assert one.time.tolist() == [10, 20, 30, 40, 50]
    assert one.kind.tolist() == [0, 2, 3, 0, 4]
    assert one.duration.tolist() == [60, 0, 0, 5, 0]
    assert one.again.tolist() == [False, True, True, False, False]
    assert two.kind.tolist() == [1, 0, 4, 3]


def test_the_change_score_is_the_likelihood_ratio_of_one_change() -> None:
    random = np.random.default_rng(0)
    numbers = random.normal(size=(30, 2))
    within = np.array([[1.0, 0.3], [0.3, 2.0]])
    inverse = np.linalg.inv(within)
    best = 0.0
    for k in range(5, 26):
        apart = numbers[:k].mean(0) - numbers[k:].mean(0)
        best = max(best, k * (30 - k) / 30 * apart @ inverse @ apart)
    assert change_score(numbers, within) == pytest.approx(best)
    moved = numbers + np.where(np.arange(30) < 20, 0, 3)[:, None]
    assert change_score(moved, within) > 5 * change_score(numbers, within)
    assert change_score(numbers[:8], within) == 0


def test_the_spread_is_that_within_accounts() -> None:
    random = np.random.default_rng(0)
    accounts = [random.normal(10 * n, 1, (500, 2)) for n in range(4)]
    assert np.allclose(spread_within(accounts), np.eye(2), atol=0.1)


def test_accounts_taken_over_are_found_without_labels() -> None:
    accounts = drawn("valid", 0, number=24)
    assert (len(accounts.train), len(accounts.alone), len(accounts.over)) == (24, 12, 12)
    assert cut(steps(accounts.alone[0], KINDS)).shape[1:] == (20, 9)
    means = judged(accounts, lambda seen: averaged)
    assert means["auc"] > 0.7


@pytest.mark.parametrize("between", [False, True])
@pytest.mark.parametrize("objective", [Entropy, Gain])
def test_objectives_tell_two_kinds_of_account_apart(objective, between) -> None:
    random = np.random.default_rng(0)
    # falling and rising windows: the same records, in another order
    accounts = [
        np.sort(random.normal(size=(20, 6, 1)), 1)[:, :: 1 - 2 * (n % 2)].copy() for n in range(12)
    ]
    embed = learnt(accounts, objective(between=between), outputs=1, updates=60, seed=0, units=6)
    told = np.array([embed(one).mean() for one in accounts])
    assert abs(told[::2].mean() - told[1::2].mean()) > 2 * (told[::2].std() + told[1::2].std())


def test_students_are_learnt_from_chosen_by_and_judged_apart(monkeypatch, office) -> None:
    every = [office.among(np.arange(len(office)) >= n) for n in range(40)]
    few = office.among(np.arange(len(office)) < 30)
    monkeypatch.setattr(program, "students", lambda folder, least: [*every, few])
    valid, test = (real(part, 0, Path()) for part in ("valid", "test"))
    parts = [{id(one) for one in some} for some in (valid.train, valid.alone, test.alone)]
    assert [len(one) for one in parts] == [17, 8, 16]
    assert len(set.union(*parts)) == 41
    assert id(few) in parts[0]
    assert len(test.over) == 5 * 16


def test_an_account_without_enough_records_has_no_score(office) -> None:
    few = office.among(np.arange(len(office)) < 22)
    accounts = Accounts(train=[office], alone=[few, office], over=[office], kinds=KINDS)
    assert judged(accounts, lambda seen: averaged)["auc"] == 0.75


@pytest.mark.parametrize("prototypes", [False, True])
@pytest.mark.parametrize("means", [False, True])
def test_a_map_puts_like_windows_side_by_side(means, prototypes) -> None:
    pytest.importorskip("minisom", reason="MiniSom is not installed")
    random = np.random.default_rng(0)
    windows = random.normal(0, 0.1, (40, 6, 2)) + np.arange(40)[:, None, None] % 2
    embed = mapped([windows], side=4, means=means, prototypes=prototypes, seed=0)
    told = embed(windows)
    assert told.shape == (40, 2 if means or not prototypes else 12)
    apart = np.linalg.norm(told[::2].mean(0) - told[1::2].mean(0))
    assert apart > 2 * told[::2].std(0).max()


def test_sizes_are_tried_once_and_told_with_their_mean(monkeypatch, tmp_path: Path, capsys) -> None:
    aucs = {"drawn": 0.9, "real": 0.6}
    asked = []
    monkeypatch.setattr(program, "names", lambda: ["LSTM, NEO", program.MEAN])
    monkeypatch.setattr(
        program, "judged", lambda kind, make: asked.append(kind) or {"auc": aucs[kind]}
    )
    for _ in range(2):
        program.choose(["drawn", "real"], lambda kind: kind, tmp_path)
    assert asked == ["drawn"] * 4 + ["real"] * 4
    assert "0.750 (0.900 0.600) LSTM, NEO (8, 600)" in capsys.readouterr().out
