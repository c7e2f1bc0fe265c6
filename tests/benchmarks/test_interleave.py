"""Rounds, medians and the guard against other programs. Nothing here depends on real time."""

from itertools import count, cycle

import pytest

from benchmarks.speed import interleave, load
from benchmarks.speed.load import Reading


@pytest.fixture
def clock(monkeypatch):
    """A clock that only jobs move: a job that costs 3 moves it by 3 seconds."""

    class Clock:
        now = 0.0

        def job(self, cost: float):
            def run() -> None:
                self.now += cost

            return run

    one = Clock()
    monkeypatch.setattr(interleave.time, "perf_counter", lambda: one.now)
    monkeypatch.setattr(interleave.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(interleave.load, "read", lambda: None)
    return one


def foreign(monkeypatch, shares):
    """Lets the guard see these shares of the machine, round after round."""
    given = iter(shares)
    reading = Reading(0.0, 0.0, 0.0)
    monkeypatch.setattr(interleave.load, "read", lambda: reading)
    monkeypatch.setattr(interleave.load, "foreign_share", lambda *clocks: next(given))


def test_ratios_are_medians_of_ratios_within_a_round():
    # a machine at half speed for one round: both slow down, the ratio stays
    kept = [{"a": 1.0, "b": 2.0}, {"a": 2.0, "b": 4.0}, {"a": 1.0, "b": 3.0}]
    found = interleave.summary(kept, "a", thrown_away=4, foreign=0.01)
    assert found.ratios == {"a": 1.0, "b": 2.0}
    assert found.seconds == {"a": 1.0, "b": 3.0}
    assert (found.thrown_away, found.foreign) == (4, 0.01)


def test_every_job_takes_every_place_in_both_directions():
    names = ["a", "b", "c"]
    orders = [interleave.rotated(names, number) for number in range(6)]
    for place in range(3):
        assert sorted(order[place] for order in orders) == sorted(names * 2)
    assert ["a", "b", "c"] in orders
    assert ["c", "b", "a"] in orders


def test_times_are_those_of_the_jobs(clock):
    found = interleave.compare({"a": clock.job(0.2), "b": clock.job(0.4)}, rounds=5)
    assert found.seconds == pytest.approx({"a": 0.2, "b": 0.4})
    assert found.ratios["b"] == pytest.approx(2)
    assert found.rounds == {"a": 5, "b": 5}
    assert found.foreign is None


def test_a_short_job_is_repeated_until_it_can_be_timed(clock):
    calls = count()

    def run():
        next(calls)
        clock.now += 0.001

    interleave.compare({"a": run}, rounds=1)
    assert next(calls) > interleave.SAMPLE / 0.001


def test_disturbed_rounds_are_thrown_away(clock, monkeypatch):
    foreign(monkeypatch, cycle([0.5, 0.01]))
    found = interleave.compare({"a": clock.job(0.1), "b": clock.job(0.1)}, rounds=4)
    assert found.thrown_away == 4
    assert found.rounds == {"a": 4, "b": 4}
    assert found.foreign == 0.01


def test_on_a_machine_that_is_never_quiet_the_least_disturbed_rounds_are_kept(clock, monkeypatch):
    shares = [0.1 + 0.01 * k for k in range(interleave.PATIENCE)][::-1]
    foreign(monkeypatch, shares)
    found = interleave.compare({"a": clock.job(1)}, rounds=3)
    assert found.thrown_away == interleave.PATIENCE - 3
    assert found.foreign == pytest.approx(0.12)  # the third smallest: said in the table


def test_slow_rounds_are_fewer_and_a_slow_rival_takes_part_in_half_of_them(clock):
    slow = clock.job(2 * interleave.SLOW)
    jobs = {"a": slow, "b": slow, "c": slow}
    found = interleave.compare(jobs, rounds=20, every_round=("b",))
    few = interleave.FEW
    assert found.rounds == {"a": few, "b": few, "c": few // 2}


def test_idle_time_is_read_from_its_two_fields():
    text = "cpu  100 20 30 4000 500 1 2 3 0 0\ncpu0 50 10 15 2000 250 0 1 1 0 0\n"
    assert load.idle_seconds(text, 100) == 45.0


@pytest.mark.parametrize(
    ("own", "idle", "share"),
    [
        (2.0, 2.0, 0.0),  # what we did not use was idle
        (2.0, 1.0, 0.245),  # a second of four went to others, less a tick for each processor
        (0.5, 0.5, 0.745),
        (2.0, 1.99, 0.0),  # within the grain of the counter
    ],
)
def test_what_is_neither_idle_nor_ours_is_foreign(own: float, idle: float, share: float):
    before, after = Reading(10.0, 1.0, 5.0), Reading(12.0, 1.0 + own, 5.0 + idle)
    assert load.foreign_share(before, after, processors=2) == pytest.approx(share)


def test_a_system_without_proc_stat_is_told_apart(monkeypatch, tmp_path):
    monkeypatch.setattr(load, "STAT", tmp_path / "none")
    assert load.read() is None
