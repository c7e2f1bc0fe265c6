"""All measurements together: as a table, in words, and on a page."""

import base64
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from lstmkit.errors import SettingsError
from lstmkit.inspect import Axis, Inspection, examine
from lstmkit.inspect.standing_in import require_module
from lstmkit.nn import LSTM
from lstmkit.tasks import Tagger

HOSTILE = "</script><script>throw 1</script>\"' $title & \\ 日本"
STEPS = 30


def layer_with_faults() -> LSTM:
    """Four units; gate f of unit 1 is open, gate o of unit 2 shut."""
    torch.manual_seed(0)
    layer = LSTM(2, 4)
    named = layer.directions()[0].named()
    with torch.no_grad():
        named["b_f"][1] = named["b_o"][0] = 20.0
        named["b_o"][2] = -20.0
    return layer


def inspected(title: str = "a layer", axis: Axis | None = None) -> Inspection:
    layer = layer_with_faults()
    x = torch.randn(3, STEPS, 2, generator=torch.Generator().manual_seed(1))
    axes = {} if axis is None else {"": axis}
    return examine(layer, lambda: layer(x)[0][:, -1], axes=axes, title=title)


def told(page: Path) -> dict[str, object]:
    match = re.search(r'id="data">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
    assert match
    return json.loads(match[1])


def test_the_table_has_a_row_for_each_quantity() -> None:
    table = inspected().table()
    assert sorted(table["quantity"]) == sorted("ifgcoh")
    rows = {row["quantity"]: row for row in table.to_dicts()}
    assert rows["f"]["always_open"] == 1
    assert (rows["o"]["always_open"], rows["o"]["always_shut"]) == (1, 1)
    assert rows["h"]["dead"] == 1
    assert rows["c"]["shut"] is None


def test_lags_have_values_and_factors() -> None:
    found = inspected()
    table = found.by_lag()
    [flow], [span] = found.flows, found.spans
    cell = table.filter(pl.col("measure") == "gradient of c")
    assert cell["of"].unique().to_list() == ["layer 1"]
    np.testing.assert_allclose(cell["value"], flow.norms["c"])
    np.testing.assert_allclose(cell["factor"][:-1], flow.factors("c"))
    assert cell["factor"][-1] is None
    exchange = table.filter(pl.col("measure") == "influence by exchange")
    assert exchange["lag"].to_list() == span.lags.tolist()
    # no factor where lags are left out, nor after the last
    assert exchange["factor"].null_count() == (np.diff(span.lags) > 1).sum() + 1


def test_remarks_name_the_units() -> None:
    remarks = "\n".join(inspected().remarks())
    assert "1 of 4 units are dead, their output is the same at every step (2)." in remarks
    assert "gate f is always open in 1 of 4 units (1)." in remarks
    assert "gate o is always shut in 1 of 4 units (2)." in remarks
    assert "the gradient of c is multiplied by" in remarks
    assert "by gradient and" in remarks


def test_values_on_the_page_are_those_of_the_trace(tmp_path: Path) -> None:
    found = inspected()
    [section] = found.sections
    facts = told(found.write(tmp_path / "page.html"))["sections"][0]
    assert sorted(facts["units"]) == [0, 1, 2, 3]
    for quantity in facts["quantities"]:
        packed = np.frombuffer(base64.b64decode(quantity["values"]), "<u2").reshape(4, STEPS)
        low, high = quantity["low"], quantity["high"]
        values = low + (high - low) * packed / 65535
        exact = section.trace.values[quantity["name"]][0].numpy().T
        np.testing.assert_allclose(values, exact, atol=(high - low) / 65535)


def test_the_page_is_whole_and_hostile_names_stay_text(tmp_path: Path) -> None:
    axis = Axis([HOSTILE] * STEPS, {HOSTILE: np.full(STEPS, np.nan)})
    path = inspected(HOSTILE, axis).write(tmp_path / "page.html")
    text = path.read_text(encoding="utf-8")
    assert told(path)["title"] == HOSTILE
    assert text.count("<script") == text.count("</script>") == 2
    without = text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|src=|@import|url\(|import\(|fetch\(", without)
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]


def test_the_same_model_gives_the_same_page(tmp_path: Path) -> None:
    pages = [inspected().write(tmp_path / name).read_bytes() for name in ("a.html", "b.html")]
    assert pages[0] == pages[1]


def test_an_axis_must_fit_the_row() -> None:
    with pytest.raises(SettingsError, match="an axis of 30 steps for 'layer 1'"):
        inspected(axis=Axis(list("text"), text=True))
    with pytest.raises(SettingsError, match="3 in a, 2 in labels"):
        Axis(["1", "2"], {"a": np.zeros(3)})


def test_a_page_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Choose a folder that exists"):
        inspected().write(tmp_path / "none" / "page.html")


def test_padded_rows_show_their_real_steps(tmp_path: Path) -> None:
    layer = LSTM(2, 3)
    x, lengths = torch.randn(2, 9, 2), torch.tensor([9, 4])
    found = examine(layer, lambda: layer(x, lengths=lengths)[1].c[0], row=1)
    facts = told(found.write(tmp_path / "page.html"))["sections"][0]
    assert facts["steps"] == 4
    assert facts["labels"] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"row": 3}, "a row from 0 to 2, got 3"),
        ({"row": -1}, "a row from 0 to 2, got -1"),
        ({"axes": {"lstn": Axis()}}, "stacks among '', got 'lstn'"),
        ({"run": lambda: (torch.zeros(3), None)}, "a row for each row of input, got tuple"),
    ],
)
def test_what_cannot_be_examined_is_refused(changed: dict[str, Any], told: str) -> None:
    layer, x = LSTM(2, 4), torch.zeros(3, 5, 2)
    given = {"module": layer, "run": lambda: layer(x)[0]} | changed
    with pytest.raises(SettingsError, match=re.escape(told)):
        examine(**given)


def test_an_estimator_is_no_model() -> None:
    with pytest.raises(SettingsError, match=r"got Tagger.*that is its network_"):
        require_module(Tagger())


def test_what_is_no_number_is_told_and_gradients_may_be_off() -> None:
    layer, x = LSTM(2, 4), torch.zeros(3, 5, 2)
    with torch.no_grad():
        assert examine(layer, lambda: layer(x)[0]).spans[0].by_gradient() == 4
    x[1, 2] = math.nan
    with pytest.raises(SettingsError, match="got 12 NaN of 60"):
        examine(layer, lambda: layer(x)[0])
