"""Pictures by matplotlib."""

from io import BytesIO

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from lstmkit.errors import SettingsError
from lstmkit.inspect import (
    Axis,
    Inspection,
    examine,
    flow_picture,
    saturation_picture,
    span_picture,
    trace_picture,
)
from lstmkit.nn import LSTM


@pytest.fixture(scope="module")
def found() -> Inspection:
    torch.manual_seed(0)
    layer = LSTM(2, 6, num_layers=2)
    x = torch.randn(2, 20, 2)
    axis = Axis([f"day {step}" for step in range(20)], {"x": x[0, :, 0].double().numpy()})
    return examine(layer, lambda: layer(x)[0][:, -1], axes={"": axis})


def printed(figure: Figure) -> int:
    buffer = BytesIO()
    figure.savefig(buffer)
    return len(buffer.getvalue())


def test_a_trace_shows_units_in_their_order(found: Inspection) -> None:
    section = found.sections[0]
    figure = trace_picture(section, ["f", "c"])
    panels = [axes for axes in figure.axes if axes.images]
    assert [axes.get_ylabel() for axes in panels] == ["f", "c"]
    shown = panels[0].images[0].get_array()
    exact = section.trace.values["f"][0].numpy().T[list(section.order.units)]
    np.testing.assert_array_equal(shown, exact)
    assert panels[0].images[0].get_clim() == (0, 1)
    assert printed(figure) > 5000


def test_flow_and_span_are_drawn_by_lag(found: Inspection) -> None:
    flows = flow_picture(found.flows)
    assert [axes.get_title(loc="left") for axes in flows.axes] == ["layer 1", "layer 2"]
    np.testing.assert_array_equal(flows.axes[0].lines[0].get_ydata(), found.flows[0].norms["h"])
    assert [line.get_linestyle() for line in flows.axes[0].lines] == ["-", "--", "-", "--"]
    np.testing.assert_array_equal(flows.axes[0].lines[1].get_ydata(), found.flows[0].signal["h"])
    [panel] = span_picture(found.spans).axes
    assert panel.get_yscale() == "log"
    assert printed(flows) > 5000


def test_saturation_has_a_panel_for_each_gate(found: Inspection) -> None:
    titles = [axes.get_title(loc="left") for axes in saturation_picture(found.sections[0]).axes]
    assert sorted(titles) == ["layer 1, f", "layer 1, i", "layer 1, o"]


def test_an_unknown_quantity_is_answered_with_those_there_are(found: Inspection) -> None:
    with pytest.raises(SettingsError, match="among i, f"):
        trace_picture(found.sections[0], ["r"])
