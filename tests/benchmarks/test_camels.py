"""The program for rainfall and runoff: its windows, its score, its file reader."""

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import camels
from benchmarks.camels import Days, basin, efficiency, ends, simulated


def test_the_efficiency_is_one_for_the_truth_and_zero_for_its_mean() -> None:
    observed = np.array([1.0, 2.0, np.nan, 6.0])
    assert efficiency(observed, observed) == 1
    assert efficiency(observed, np.full(4, 3.0)) == 0
    assert efficiency(observed, np.array([1.0, 2.0, 99.0, 5.0])) == pytest.approx(1 - 1 / 14)


def test_windows_are_scored_inside_their_part_on_the_days_they_end_with(monkeypatch) -> None:
    monkeypatch.setattr(camels, "WARM_UP", 3)
    monkeypatch.setattr(camels, "SCORED", 2)
    assert ends(10, 16, 2).tolist() == [12, 14, 16]
    weather = np.arange(20.0)[:, None]
    runoff = np.where(np.arange(20) == 11, np.nan, np.arange(20.0))
    batch = Days(weather, runoff, np.array([12, 14])).batch(np.array([0, 1]))
    assert batch["x"][..., 0].tolist() == [[7, 8, 9, 10, 11], [9, 10, 11, 12, 13]]
    assert batch["y"].tolist() == [[10, 0], [12, 13]]
    assert batch["there"].tolist() == [[True, False], [True, True]]


def test_every_day_of_a_part_is_simulated_from_the_weather_before_it(monkeypatch) -> None:
    monkeypatch.setattr(camels, "WARM_UP", 3)
    monkeypatch.setattr(camels, "SCORED", 4)

    class Sum(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.cumsum(1)[:, 3:, 0]

    weather = np.ones((30, 1))
    found = simulated(Sum(), weather, 8, 19)
    assert len(found) == 11
    # warmed up by 3 days at least, so that the first day of a window counts 4
    assert found.min() == 4
    assert np.isfinite(found).all()


def test_the_basin_is_read_by_day(tmp_path: Path) -> None:
    (tmp_path / "01031500_lump_cida_forcing_leap.txt").write_text(
        " 45.06\n318.00\n 771486538\n"
        "Year Mnth Day Hr dayl(s) prcp(mm/day) srad(W/m2) swe(mm) tmax(C) tmin(C) vp(Pa)\n"
        "1980 09 30 12\t1.0\t0.5\t2.0\t0.0\t3.0\t-4.0\t5.0\n"
        "1980 10 01 12\t1.0\t0.6\t2.0\t0.0\t3.0\t-4.0\t5.0\n"
        "1980 10 02 12\t1.0\t0.7\t2.0\t0.0\t3.0\t-4.0\t5.0\n"
    )
    (tmp_path / "01031500_05_model_output.txt").write_text(
        "YR MNTH DY HR SWE PRCP RAIM TAIR PET ET MOD_RUN OBS_RUN\n"
        "1980 10 01 12 0 0 0 10 1 1 2.4 0.5\n"
        "1980 10 02 12 0 0 0 10 1 1 2.2 -999\n"
    )
    table = basin(tmp_path)
    assert table["prcp(mm/day)"].to_list() == [0.5, 0.6, 0.7]
    np.testing.assert_equal(table["observed"].to_numpy(), [np.nan, 0.5, np.nan])
    assert table["sac_sma"].to_list() == [None, 2.4, 2.2]
