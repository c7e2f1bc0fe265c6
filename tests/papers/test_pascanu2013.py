"""Slopes of the error signal that theory gives, and what clipping is for."""

import json
import re
import sys

import numpy as np
import pytest
import torch

from papers.pascanu2013 import __main__ as program
from papers.pascanu2013.clipping import adding, train
from papers.pascanu2013.signal import SIGNALS

KNOWN = [signal for signal in SIGNALS if signal.expected is not None]


@pytest.mark.parametrize("signal", KNOWN, ids=lambda signal: signal.name)
def test_the_slope_is_the_logarithm_of_the_factor(signal):
    _, slope = signal.measure(3)
    assert slope == pytest.approx(signal.expected, rel=0.05, abs=1e-6)


def test_the_carousel_of_1997_passes_the_error_unchanged():
    (carousel,) = (signal for signal in SIGNALS if signal.name == "carousel of 1997")
    norms, _ = carousel.measure(0)
    assert np.ptp(norms) <= 1e-15 * norms[0]


def test_noise_moves_the_units_off_their_steepest_part():
    named = {signal.name: signal for signal in SIGNALS}
    for radius in ("0.9", "1.1", "1.5"):
        slope = named[f"Elman, radius {radius}, driven by noise"].measure(0)[1]
        assert slope < np.log(float(radius))


def test_the_target_is_the_sum_of_the_two_marked_numbers():
    x, target = adding(9, torch.Generator().manual_seed(1))
    marked = x[:, :, 1] == 1
    assert marked.sum(1).tolist() == [2] * len(x)
    assert marked[:, :4].any(1).all()
    assert np.allclose((x[:, :, 0] * marked).sum(1), target[:, 0])


def test_clipping_changes_the_steps_and_not_the_norms_that_are_told():
    free, clipped = (train(0, clip=clip, length=40, steps=60) for clip in (False, True))
    assert free["end"] != clipped["end"]
    assert clipped["largest"] > 1
    assert clipped["finite"]


@pytest.mark.slow
def test_the_quick_form_measures_the_slopes_of_theory(tmp_path, monkeypatch):
    rows = tmp_path / "rows.json"
    words = ["--quick", "--folder", str(tmp_path), "--json", str(rows), "--pictures", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["pascanu2013", *words])
    program.main()
    found = {row["task"].split(": ")[-1]: row["measured"] for row in json.loads(rows.read_text())}
    away = re.search(r"at most (\S+) away", found["carousel of 1997"])
    assert float(away[1]) < 1e-12
    shares = [float(share) for text in found.values() for share in re.findall(r"\((\S+)%\)", text)]
    assert len(shares) == 6
    assert max(shares) < 5
    assert list(tmp_path.glob("*.svg"))
