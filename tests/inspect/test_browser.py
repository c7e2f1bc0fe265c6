"""The page in a real browser: it opens without an error, and does what it offers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lstmkit.inspect import Axis, Inspection, examine
from lstmkit.nn import LSTM

TEXT = "what the gates let in, the cell keeps."
PLACE = """(() => {
  const canvas = document.querySelectorAll('.plot > canvas')[%d];
  canvas.scrollIntoView({block: 'center'});
  const box = canvas.getBoundingClientRect();
  return [box.left, box.top, box.width, box.height];
})()"""
UNITS = "JSON.parse(document.getElementById('data').textContent).sections[0].units"


def whole() -> Inspection:
    """Two layers over a text, and one over a series."""
    torch.manual_seed(0)
    model = torch.nn.ModuleDict({"text": LSTM(2, 6, num_layers=2), "series": LSTM(6, 5)})
    x = torch.randn(2, len(TEXT), 2)
    wave = np.sin(np.arange(len(TEXT)) / 3)
    wave[4] = np.nan
    axes = {
        "text": Axis(list(TEXT), text=True),
        "series": Axis([f"day {step}" for step in range(len(TEXT))], {"sales": wave}),
    }

    def run() -> torch.Tensor:
        return model["series"](model["text"](x)[0])[0][:, -1]

    return examine(model, run, axes=axes, title="A model & its <inside>")


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Iterator[Any]:
    path = whole().write(tmp_path / "page.html")
    browser.requests.clear()
    browser.open(path)
    yield browser
    assert browser.errors == []
    assert browser.requests == [path.as_uri()]


def test_it_opens_with_all_its_parts(page: Any) -> None:
    assert page.run("document.querySelector('h1').textContent") == "A model & its <inside>"
    headings = page.run("[...document.querySelectorAll('h2')].map(h => h.textContent)")
    layers = ["text layer 1", "text layer 2", "series layer 1"]
    assert headings == [*layers, "Gradient flow", "Memory span", "Numbers"]
    assert page.run("document.querySelectorAll('tbody tr').length") == 18
    tokens = page.run("[...document.querySelectorAll('.token')].map(t => t.textContent).join('')")
    assert tokens == TEXT.replace(" ", "\u00b7") * 2
    assert page.run("document.body.scrollWidth <= window.innerWidth")


def test_a_click_selects_a_unit_and_shows_its_quantities(page: Any) -> None:
    left, top, width, height = page.run(PLACE % 0)
    page.click(left + width / 2, top + height * 2.5 / 6)
    unit = page.run("document.querySelector('select').value")
    chosen = page.run(UNITS + "[2]")
    assert int(unit) == chosen
    assert page.run("document.querySelectorAll('.chosen').length") == 1
    panel = "document.querySelector(`svg[data-unit]`)"
    assert page.run(f"+{panel}.dataset.unit") == chosen
    assert page.run(f"{panel}.querySelectorAll('.line').length") == 6
    assert page.run("document.querySelectorAll('section circle.on').length") == 3


def test_pointing_at_a_value_tells_it(page: Any) -> None:
    left, top, width, height = page.run(PLACE % 2)
    steps = len(TEXT)
    page.mouse("mouseMoved", left + width * 7.5 / steps, top + height * 0.5 / 5)
    told = page.run("document.querySelectorAll('.readout')[2].textContent")
    section = whole().sections[2]
    unit = section.order.units[0]
    value = float(section.trace.values["f"][0, 7, unit])
    assert told.startswith("day 7 \u00b7 sales 0.7")
    name, number = told.split(" \u00b7 ")[2:4]
    assert name == f"unit {unit}"
    assert float(number.removeprefix("f = ")) == pytest.approx(value, abs=1e-3)


def test_pointing_at_a_lag_tells_the_factor_of_that_step(page: Any) -> None:
    chart = "document.querySelectorAll('.charts svg')[2]"
    page.run(f"{chart}.scrollIntoView({{block: 'center'}})")
    left, top, width, height = page.run(
        f"(() => {{ const b = {chart}.getBoundingClientRect();"
        " return [b.left, b.top, b.width, b.height]; })()"
    )
    page.mouse("mouseMoved", left + width * 50 / 460 + 1, top + height / 2)
    told = page.run(f"{chart}.parentElement.querySelector('.legend').textContent")
    norms = whole().flows[2].norms["c"]
    assert f"\u00d7 {norms[1] / norms[0]:.4g} to the next" in told


def test_another_quantity_and_the_keyboard(page: Any) -> None:
    page.run("document.querySelector('[data-quantity=c]').click()")
    assert page.run("document.querySelector('[data-quantity=c]').ariaPressed") == "true"
    assert page.run("document.querySelector('[data-quantity=f]').ariaPressed") == "false"
    page.run(
        "document.querySelector('.plot > canvas')"
        ".dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowDown'}))"
    )
    assert page.run("+document.querySelector('select').value") == page.run(UNITS + "[0]")
