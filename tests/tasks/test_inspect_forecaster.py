"""A forecaster seen from inside."""

import numpy as np
import pytest

from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks import Forecaster, inspect_forecaster

ROWS = 150


def rhythm(rows: int = ROWS) -> dict[str, np.ndarray]:
    day = np.datetime64("2024-01-01") + np.arange(rows)
    return {"day": day, "y": np.sin(np.arange(rows) / 3) + np.arange(rows) % 7}


def fitted(**settings: object) -> Forecaster:
    usual = {"horizon": 4, "lookback": 12, "hidden_size": 5, "epochs": 1, "device": "cpu"}
    return Forecaster(**{**usual, **settings}).fit(rhythm(), "y", time="day")


@pytest.mark.parametrize("mode", ["direct", "autoregressive"])
def test_encoder_and_decoder_are_shown_with_what_stands_along_them(mode: str) -> None:
    found = inspect_forecaster(fitted(mode=mode), rhythm())
    names = [section.trace.name for section in found.sections]
    assert names == ["encoder layer 1", "decoder layer 1"]
    encoder, decoder = found.sections
    assert (encoder.steps, decoder.steps) == (12, 4)
    # the last window ends with the table
    assert decoder.axis.labels[-1] == "2024-05-29"
    assert encoder.axis.labels[-1] == "2024-05-25"
    np.testing.assert_allclose(encoder.axis.series["y"], rhythm()["y"][-16:-4])
    np.testing.assert_allclose(decoder.axis.series["truth"], rhythm()["y"][-4:])
    [span] = found.spans
    assert len(span.gradient) == 12
    assert (span.gradient > 0).all()
    assert {flow.name for flow in found.flows} == set(names)


def test_without_a_table_the_test_part_is_taken() -> None:
    model = fitted()
    assert len(inspect_forecaster(model, windows=3).sections[0].trace.lengths) == 3


def test_looking_changes_no_forecast() -> None:
    model = fitted(dropout=0.5)
    before = model.predict()
    inspect_forecaster(model, rhythm(), windows=2)
    assert model.predict().equals(before)


def test_what_cannot_be_inspected_is_refused() -> None:
    with pytest.raises(SettingsError, match="not fitted"):
        inspect_forecaster(Forecaster(horizon=2))
    model = fitted()
    with pytest.raises(SettingsError, match="windows"):
        inspect_forecaster(model, windows=0)
    with pytest.raises(DataError, match="at least 16 rows"):
        inspect_forecaster(model, rhythm(15))
