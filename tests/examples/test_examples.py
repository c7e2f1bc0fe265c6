"""Every program under examples/ runs, in a quick form, and says what it is there to say."""

import runpy
import sys
from pathlib import Path

import pytest
import torch

EXAMPLES = Path(__file__).parents[2] / "examples"
# options that make each quick, and what it prints
QUICK = {
    "classify_demand.py": (["--epochs", "2"], "most frequent"),
    "forecast_demand.py": (["--epochs", "1", "--days", "35"], "in the 80 % band"),
    "regress_demand.py": (["--epochs", "2"], "riders expected"),
    "tag_demand.py": (["--epochs", "2"], "half hours"),
    "watch_demand.py": (["--epochs", "1", "--until", "2014-10-04"], "if all were clean"),
}


def test_every_example_is_tested() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(QUICK)


@pytest.mark.parametrize("name", QUICK)
def test_an_example_runs(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options, said = QUICK[name]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [name, *options])
    with torch.random.fork_rng():
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert said in capsys.readouterr().out
