"""Settings files: every name and type is checked, and the answer names the nearest."""

from pathlib import Path

import pytest

from lstmkit.errors import SettingsError
from lstmkit.tasks.settings_file import read_settings

WHOLE = """
[forecast]
horizon = 24
quantiles = [0.1, 0.9]
split = [8640, 2880, 2880]
learning_rate = 1
season = "auto"

[columns]
target = "units"
known = ["price", "holiday"]

[cell]
text = '''
h = tanh(W @ x + U @ h[-1] + b)
'''
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text)
    return path


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    told = read_settings(_write(tmp_path, WHOLE))
    assert told.columns == {"target": "units", "known": ["price", "holiday"]}
    assert told.forecast == {
        "horizon": 24,
        "quantiles": [0.1, 0.9],
        "split": [8640, 2880, 2880],
        "learning_rate": 1,
        "season": "auto",
        "cell": "h = tanh(W @ x + U @ h[-1] + b)\n",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[forcast]\nhorizon = 3", "table 'forcast' is not known. Did you mean 'forecast'?"),
        ("horizon = 3", "table 'horizon' is not known."),
        ("forecast = 3", "expected 'forecast' to be a table, got 3. Write [forecast]"),
        (
            "[forecast]\nhiden_size = 3",
            "[forecast] setting 'hiden_size' is not known. Did you mean 'hidden_size'",
        ),
        (
            "[forecast]\nhorizon = 'long'",
            "expected [forecast] horizon to be a whole number, got 'long'",
        ),
        ("[forecast]\nhorizon = true", "to be a whole number, got True"),
        ("[forecast]\nhorizon = 2.5", "to be a whole number, got 2.5"),
        ("[forecast]\ndropout = 'some'", "expected [forecast] dropout to be a number"),
        (
            "[forecast]\nquantiles = 0.5",
            "expected [forecast] quantiles to be a list (a number each)",
        ),
        ("[forecast]\nmode = 'both'", "to be 'direct' or 'autoregressive', got 'both'"),
        ("[columns]\ntarget = 3", "expected [columns] target to be a text or a list (a text each)"),
        ("[columns]\ntime = ['a']", "expected [columns] time to be a text"),
        ("[columns]\ntargets = 'a'", "Did you mean 'target'?"),
        ("[cell]\nequations = 'h = x'", "[cell] setting 'equations' is not known."),
        (
            "[forecast]\ncell = 'gru'\n[cell]\ntext = 'h = x'",
            "expected one cell, got the name 'gru'",
        ),
        ("horizon: 3", "expected a settings file in TOML, got something else"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=r"settings\.toml") as error:
        read_settings(_write(tmp_path, text))
    assert message in str(error.value)
