"""A law that cannot fail proves nothing: each must reject a layer that breaks it."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from lstmkit.engine import derive
from lstmkit.engine.backward import DERIVATIVES
from lstmkit.nn import LSTM, check_cell
from lstmkit.nn.laws import LAWS, LawBrokenError, Subject

spec = importlib.util.spec_from_file_location("broken", Path(__file__).with_name("broken.py"))
assert spec is not None
assert spec.loader is not None
broken = importlib.util.module_from_spec(spec)
spec.loader.exec_module(broken)


@pytest.mark.parametrize("law", broken.BROKEN)
def test_each_law_rejects_its_broken_layer(law: str) -> None:
    torch.manual_seed(0)
    with pytest.raises(LawBrokenError):
        LAWS[law](Subject(broken.BROKEN[law]))


@pytest.fixture
def wrong_derivative(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    derive.cache_clear()
    monkeypatch.setitem(DERIVATIVES, "tanh", DERIVATIVES["sigmoid"])
    yield
    derive.cache_clear()


@pytest.mark.usefixtures("wrong_derivative")
def test_the_law_of_paths_rejects_a_wrong_derivative() -> None:
    torch.manual_seed(0)
    with pytest.raises(LawBrokenError, match="derived"):
        LAWS["paths"](Subject(LSTM))


def test_every_law_has_a_broken_layer() -> None:
    assert set(broken.BROKEN) | {"paths"} == set(LAWS)


def test_check_cell_reports_in_words_what_is_broken() -> None:
    report = check_cell("c = 1.5 * c[-1] + W @ x\nh = exp(c)")
    assert not report.ok
    assert "long_sequences" in report.broken
    assert "BROKEN  2,000 steps stay finite" in str(report)
    assert "of 17 laws hold" in str(report)


def test_check_cell_leaves_the_random_state_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    assert check_cell("h = tanh(W @ x + U @ h[-1] + b)").ok
    assert torch.equal(torch.rand(3), expected)


def test_check_cell_takes_a_cell_that_reads_its_input_unit_by_unit() -> None:
    assert check_cell("h = tanh(x + U @ h[-1] + b)").ok
