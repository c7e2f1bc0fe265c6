"""The random search: what is drawn, one trial, tests between variants, shares of the variance."""

import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from lstmkit.cells import CATALOGUE
from papers.greff2015 import __main__ as program
from papers.greff2015.picture import save, variants
from papers.greff2015.search import best, importance, scaled, welch
from papers.greff2015.trial import VARIANTS, Choice, choices, train
from papers.music import by_frequency

DATA = Path(os.environ.get("LSTMKIT_DATA", Path(__file__).parents[2] / "shared" / "data"))


def test_every_variant_is_in_the_catalogue():
    assert len(VARIANTS) == 9
    assert set(VARIANTS.values()) <= set(CATALOGUE)


def test_draws_cover_the_ranges_evenly():
    drawn = choices("NFG", 40)
    assert drawn[:20] == choices("NFG", 20)
    assert drawn != choices("V", 40)
    points = scaled([{name: getattr(one, name) for name in Choice.__slots__} for one in drawn])
    for block in (points[:20], points[20:]):
        rate, _, momentum, noise = np.sort(block, axis=0).T
        for column in (rate, momentum, noise):
            assert np.array_equal(np.floor(column * 20 + 1e-9), np.arange(20))
    assert {1e-6 <= one.rate <= 1e-2 and 20 <= one.hidden <= 200 for one in drawn} == {True}
    assert {0 <= one.momentum <= 0.99 for one in drawn} == {True}


def melody(count: int, seed: int) -> list[torch.Tensor]:
    """Scales that go up and begin anew; where they begin differs."""
    random, pieces = np.random.default_rng(seed), []
    for _ in range(count):
        piece = torch.zeros(12, 88)
        piece[torch.arange(12), torch.from_numpy(40 + (random.integers(7) + np.arange(12)) % 7)] = 1
        pieces.append(piece)
    return pieces


MELODY = tuple(melody(count, seed) for seed, count in enumerate((24, 8, 8)))
GOOD = Choice(rate=5e-3, hidden=20, momentum=0.9, noise=0.1)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_learns(variant: str):
    untrained = 88 * np.log(2)
    record = train(variant, GOOD, MELODY, 0, 8)
    assert record["test"] < 0.2 * untrained
    assert record["best"] <= record["epochs"] == 8


def test_a_trial_is_repeatable_and_depends_on_its_seed():
    one, again, other = (train("V", GOOD, MELODY, seed, 2) for seed in (0, 0, 1))
    assert one | {"seconds": 0} == again | {"seconds": 0}
    assert one["test"] != other["test"]


def test_a_net_that_bursts_stops_and_keeps_what_was_best():
    burst = Choice(rate=1e12, hidden=20, momentum=0.0, noise=0.0)
    record = train("NOAF", burst, MELODY, 0, 60)
    assert record["epochs"] < 60
    assert np.isfinite(record["valid"])
    assert np.isfinite(record["test"])


def trials(count: int, law, seed: int = 0) -> list[dict]:
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        a, b, c, d = random.random(4)
        one = {"rate": 10 ** (4 * a - 6), "hidden": 20 * 10**b, "momentum": 1 - 10 ** (-2 * c)}
        loss = law(a, b, c, d)
        found.append(
            one | {"noise": d, "valid": loss, "test": loss + 0.01 * random.normal(), "seconds": 1.0}
        )
    return found


def test_the_best_are_chosen_by_validation():
    ones = [{"valid": k, "test": -k} for k in (3, 1, 2, 5, 4, 9, 7)]
    assert [one["valid"] for one in best(ones)] == [1, 2, 3, 4, 5]
    assert len(best(ones * 20)) == 14


def test_welch_sees_a_shift_and_no_other():
    random = np.random.default_rng(0)
    near, far = (
        [{"test": 8 + shift + 0.05 * z} for z in random.normal(size=6)] for shift in (0, 1)
    )
    assert welch(near, far) < 1e-4
    assert welch(near, near) == pytest.approx(1)
    assert welch([{"test": 11.0}] * 5, near) < 1e-4


def test_shares_of_the_variance_are_those_of_a_known_law():
    # uniform a and d: variance 4/12 of 2 a, 1/12 of d, so 80 % and 20 %
    said = importance(trials(400, lambda a, _b, _c, d: 2 * a + d))
    assert said.shares["rate"] == pytest.approx(0.8, abs=0.1)
    assert said.shares["noise"] == pytest.approx(0.2, abs=0.1)
    assert max(said.shares["hidden"], said.shares["momentum"]) < 0.01
    assert said.marginals["rate"][-1] - said.marginals["rate"][0] == pytest.approx(2, abs=0.4)


def test_what_interacts_is_no_share_of_one_alone():
    said = importance(trials(400, lambda a, _b, _c, d: (a - 0.5) * (d - 0.5)))
    assert sum(said.shares.values()) < 0.2


def test_the_pictures_are_drawn(tmp_path: Path):
    found = {name: trials(10, lambda a, *_: 9 + a, seed) for seed, name in enumerate(("V", "NP"))}
    save(tmp_path, found, found)
    assert len(variants(found, {}).axes) == 1
    assert len(list(tmp_path.glob("greff2015-*.svg"))) == 2


def test_rows_say_who_is_worse():
    found = {
        "V": trials(20, lambda a, *_: 8.4 + 0.1 * a),
        "NFG": trials(20, lambda a, *_: 9 + 0.1 * a, 1),
        "NP": trials(20, lambda a, *_: 8.4 + 0.1 * a, 2),
    }
    vanilla, worse, same = (
        program._row(name, "best {} of {}", found, best)["measured"] for name in found
    )
    assert "Welch" not in vanilla
    assert worse.endswith("worse")
    assert same.endswith("not significant")


def test_a_trial_that_burst_counts_as_one_that_learned_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def train(_variant, _choice, _parts, seed: int, _epochs) -> dict:
        return trials(1, lambda *_: 62.0 if seed else 1.0, seed)[0]

    monkeypatch.setattr(program, "rolls", lambda *_: MELODY)
    monkeypatch.setattr(program, "train", train)
    words = ["--nets", "5", "--variant", "V", "--folder", str(tmp_path), "--json"]
    monkeypatch.setattr(sys, "argv", ["greff2015", *words, str(tmp_path / "rows.json")])
    program.main()
    measured = json.loads((tmp_path / "rows.json").read_text())[0]["measured"]
    nothing = by_frequency(MELODY[0], MELODY[2])
    assert 1 < nothing < 10
    assert float(measured.split()[0]) == pytest.approx((1 + 4 * nothing) / 5, abs=0.01)


@pytest.mark.slow
def test_the_quick_form_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if not (DATA / "music" / "JSB_Chorales.mat").exists():
        pytest.skip("the chorales are not here; set LSTMKIT_DATA to a folder with music/")
    rows = tmp_path / "rows.json"
    words = ["--quick", "--folder", str(tmp_path), "--json", str(rows), "--data", str(DATA)]
    monkeypatch.setattr(sys, "argv", ["greff2015", *words, "--pictures", str(tmp_path)])
    program.main()
    vanilla, without, *alike, shares = json.loads(rows.read_text())
    assert len(alike) == 2
    # eight epochs: below the 11.1 of always saying how often each key sounds
    assert float(vanilla["measured"].split()[0]) < 11
    assert float(vanilla["measured"].split()[0]) < float(without["measured"].split()[0])
    assert float(re.search(r"rate (\d+)%", shares["measured"])[1]) > 66
    assert sum(row["seconds"] for row in (vanilla, without, *alike)) < 60
