"""Settings files: every name and type is checked, and the answer names the nearest."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmkit.cells import find
from lstmkit.data import Columns
from lstmkit.errors import SettingsError
from lstmkit.tasks import Forecaster
from lstmkit.tasks.settings_file import read_settings
from lstmkit.tasks.settings_text import settings_text

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
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    told = read_settings(_write(tmp_path, WHOLE))
    assert told.columns == {"target": "units", "known": ["price", "holiday"]}
    assert told.settings == {
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


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1)


@given(
    names=st.lists(TEXTS, min_size=9, max_size=9, unique=True),
    dropout=st.floats(0, 1, exclude_max=True),
    rate=st.none() | st.floats(1e-300, 1e300),
    season=st.integers(1, 10**6) | st.just("auto"),
    quantiles=st.lists(st.floats(0, 1, exclude_min=True, exclude_max=True), min_size=1),
    split=st.sampled_from([(0.7, 0.1, 0.2), (8640, 2880, 2880)]),
)
def test_what_a_run_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, names, dropout, rate, season, quantiles, split
) -> None:
    settings = {
        "horizon": 3,
        "cell": "gru",
        "season": season,
        "dropout": dropout,
        "learning_rate": rate,
        "quantiles": quantiles,
        "split": split,
        "device": names[8],
    }
    forecaster = Forecaster(**settings)
    forecaster.columns_ = Columns.of(
        names[:2], names[2], names[3], names[4], names[5], names[6], names[7]
    )
    path = _write(tmp_path_factory.mktemp("settings"), settings_text(forecaster))
    told = read_settings(path)
    again = Forecaster(**told.settings)
    assert told.columns == {
        "target": names[:2],
        "time": names[2],
        "series": names[3],
        "past": [names[4]],
        "known": [names[5]],
        "static": [names[6]],
        "category": [names[7]],
    }
    expected = forecaster.get_params() | {"split": list(split)}
    assert again.get_params() == expected


@pytest.mark.parametrize(
    "more", ["", "# it's '''quoted'''", "# tab\there", '# a \\ and a " and \x7f', "# größer ⊙"]
)
def test_the_text_of_a_cell_is_read_back(tmp_path: Path, more: str) -> None:
    cell = find(f"g = tanh(W @ x)  {more}\nh = g + h[-1]\n")
    forecaster = Forecaster(horizon=3, cell=cell.text)
    forecaster.columns_ = Columns.of("y")
    told = read_settings(_write(tmp_path, settings_text(forecaster)))
    assert find(told.settings["cell"]).equations == cell.equations
