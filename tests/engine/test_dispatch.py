"""The door: which path runs, who asked for it, and what each path refuses."""

import pytest
import torch

from lstmkit.engine import explain, use_path
from lstmkit.errors import CellError, SettingsError
from lstmkit.nn import LSTM, Drop


def test_an_unknown_path_is_refused_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match="Did you mean 'reference'"), use_path("referense"):
        pass


def test_a_path_that_cannot_run_a_scan_says_why() -> None:
    x = torch.zeros(1, 2, 3)
    with use_path("torch"), pytest.raises(CellError, match="no kernel for these equations"):
        LSTM(3, 4, cell="peephole")(x)
    with use_path("torch"), pytest.raises(CellError, match="zoneout"):
        LSTM(3, 4, drop=Drop(zoneout=0.1))(x)
    with use_path("derived"), pytest.raises(CellError, match="trace"):
        LSTM(3, 4)(x, trace=True)
    with use_path("derived"), pytest.raises(CellError, match="zoneout"):
        LSTM(3, 4, drop=Drop(zoneout=0.1))(x)


def test_the_context_ends_with_its_block() -> None:
    layer, x = LSTM(3, 4), torch.zeros(1, 2, 3)
    with use_path("reference"):
        assert explain(layer, x) == "scan 1: reference: asked for by use_path"
        with use_path("derived"):
            assert explain(layer, x) == "scan 1: derived: asked for by use_path"
        assert explain(layer, x) == "scan 1: reference: asked for by use_path"
    assert explain(layer, x).startswith("scan 1: cpu")


def test_explain_leaves_the_random_state_alone() -> None:
    layer = LSTM(3, 4, drop=Drop(zoneout=0.5))
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    explain(layer, torch.zeros(1, 2, 3))
    assert torch.equal(torch.rand(2), expected)


def test_vmap_and_per_sample_gradients_run_on_the_reference() -> None:
    torch.manual_seed(0)
    layer = LSTM(3, 4, dtype=torch.float64)
    x = torch.randn(5, 6, 3, dtype=torch.float64)
    assert torch.allclose(torch.vmap(lambda row: layer(row[None])[0][0])(x), layer(x)[0])
    learned = dict(layer.named_parameters())

    def loss(parameters: dict[str, torch.Tensor], row: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(layer, parameters, (row[None],))[0].square().sum()

    each = torch.vmap(torch.func.grad(loss), (None, 0))(learned, x)
    loss(learned, x[2]).backward()
    assert torch.allclose(each["layers.0.U"][2], layer.layers[0].U.grad)
