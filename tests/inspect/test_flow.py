"""Gradient flow of layers whose Jacobians are known."""

import numpy as np
import pytest
import torch

from lstmkit.errors import SettingsError
from lstmkit.inspect import gradient_flow
from lstmkit.nn import LSTM

STEPS = 40


def test_an_open_forget_gate_passes_the_error_unchanged(constant_gates) -> None:
    layer = constant_gates(1.0)
    x = torch.randn(3, STEPS, 1, dtype=torch.float64)
    [flow] = gradient_flow(layer, lambda: torch.sum(layer(x)[0][:, -1]))
    assert np.array_equal(flow.factors("c"), np.ones(STEPS - 1))
    assert flow.factor("c") == pytest.approx(1)


@pytest.mark.parametrize("forget", [0.5, 0.9])
def test_a_forget_gate_is_the_factor_of_every_step(constant_gates, forget: float) -> None:
    layer = constant_gates(forget)
    x = torch.randn(3, STEPS, 1, dtype=torch.float64)
    [flow] = gradient_flow(layer, lambda: torch.sum(layer(x)[0][:, -1]))
    np.testing.assert_allclose(flow.factors("c"), forget, rtol=1e-9)
    assert flow.factor("c") == pytest.approx(forget)
    # without recurrent maps the output of a step reaches the loss of that step alone
    assert np.flatnonzero(flow.norms["h"]).tolist() == [0]


def test_the_norms_of_an_elman_net_are_products_of_jacobians() -> None:
    torch.manual_seed(0)
    layer = LSTM(2, 5, cell="elman", dtype=torch.float64)
    x = torch.randn(1, STEPS, 2, dtype=torch.float64)
    target = torch.randn(5, dtype=torch.float64)
    [flow] = gradient_flow(layer, lambda: layer(x)[0][0, -1] @ target)
    recurrent = layer.directions()[0].named()["U"].detach().numpy()
    h = layer(x)[0][0].detach().numpy()
    delta, norms = target.numpy(), []
    for step in reversed(range(STEPS)):
        norms.append(np.linalg.norm(delta))
        delta = recurrent.T @ ((1 - h[step] ** 2) * delta)
    np.testing.assert_allclose(flow.norms["h"], norms, rtol=1e-10)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_signal_is_that_of_the_last_step_whatever_the_loss_reads(reverse: bool) -> None:
    torch.manual_seed(3)
    layer = LSTM(2, 4, bidirectional=reverse, dtype=torch.float64)
    x, lengths = torch.randn(3, 12, 2, dtype=torch.float64), torch.tensor([12, 7, 12])
    weights = torch.randn(4 * (1 + reverse), dtype=torch.float64)

    def every() -> torch.Tensor:
        return torch.sum(layer(x, lengths=lengths)[0] @ weights)

    def last() -> torch.Tensor:
        y = layer(x, lengths=lengths)[0] @ weights
        return torch.sum(y[:, 0] if reverse else y[torch.arange(3), lengths - 1])

    alone, mixed = (gradient_flow(layer, loss)[-1] for loss in (last, every))
    for state in ("h", "c"):
        np.testing.assert_allclose(alone.signal[state], alone.norms[state], rtol=1e-12)
        np.testing.assert_allclose(mixed.signal[state], alone.norms[state], rtol=1e-10)
        assert mixed.factor(state) == pytest.approx(alone.factor(state))
    assert alone.entered_on_the_way == []
    assert mixed.entered_on_the_way == ["h", "c"]
    assert mixed.norms["c"][-1] > 2 * mixed.signal["c"][-1]


def test_error_that_never_enters_at_the_end_has_no_factor() -> None:
    layer = LSTM(2, 4, dtype=torch.float64)
    x = torch.randn(1, 9, 2, dtype=torch.float64)
    [flow] = gradient_flow(layer, lambda: torch.sum(layer(x)[0][:, 4]))
    assert np.isnan(flow.factor("c"))
    assert flow.norms["c"][5] > 0


def test_rows_of_unequal_length_are_aligned_at_their_ends(constant_gates) -> None:
    layer = constant_gates(0.5)
    x, lengths = torch.ones(2, 9, 1, dtype=torch.float64), torch.tensor([9, 4])
    [flow] = gradient_flow(layer, lambda: torch.sum(layer(x, lengths=lengths)[1].c[0]))
    np.testing.assert_allclose(flow.norms["c"], 0.5 ** np.arange(9.0), rtol=1e-12)


def test_a_reset_stops_the_error(constant_gates) -> None:
    layer = constant_gates(0.5)
    x = torch.ones(1, 9, 1, dtype=torch.float64)
    reset = torch.zeros(1, 9, dtype=torch.bool)
    reset[0, 5] = True
    [flow] = gradient_flow(layer, lambda: torch.sum(layer(x, reset=reset)[1].c[0]))
    np.testing.assert_allclose(flow.norms["c"], [1, 0.5, 0.25, 0.125, 0, 0, 0, 0, 0])


@pytest.mark.parametrize("cell", ["lstm", "gru", "slstm", "projected"])
def test_step_by_step_the_loss_is_that_of_the_whole_scan(cell: str) -> None:
    torch.manual_seed(1)
    layer = LSTM(3, 4, cell=cell, num_layers=2, bidirectional=True, dtype=torch.float64)
    x, lengths = torch.randn(3, 7, 3, dtype=torch.float64), torch.tensor([7, 3, 0])
    reset = torch.zeros(3, 7, dtype=torch.bool)
    reset[0, 3] = reset[1, 1] = True
    losses = []

    def run() -> torch.Tensor:
        losses.append(layer(x, lengths=lengths, reset=reset)[0].square().sum())
        return losses[-1]

    run()
    flows = gradient_flow(layer, run)
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-12, atol=0)
    names = [flow.name for flow in flows]
    assert names == ["layer 1", "layer 1 reverse", "layer 2", "layer 2 reverse"]
    assert all(np.isfinite(norms).all() for flow in flows for norms in flow.norms.values())


def test_the_gradient_of_a_cell_holds_what_comes_by_way_of_its_output() -> None:
    """At the first step: autograd on a state put in by hand, and the rest of that step by hand."""
    torch.manual_seed(2)
    layer = LSTM(2, 4, dtype=torch.float64)
    x = torch.randn(1, 6, 2, dtype=torch.float64)
    [flow] = gradient_flow(layer, lambda: torch.sum(layer(x)[0][:, 3:].square()))
    _, state, [trace] = layer(x[:, :1], trace=True)
    given = type(state)(*(tuple(p.detach().requires_grad_() for p in field) for field in state))
    loss = layer(x[:, 1:], given)[0][:, 2:].square().sum()
    d_h, d_c = torch.autograd.grad(loss, [given.h[0], given.c[0]])
    total = d_c + d_h * trace["o"][:, 0] * (1 - trace["c"][:, 0].tanh() ** 2)
    assert flow.norms["h"][-1] == pytest.approx(d_h.norm().item())
    assert flow.norms["c"][-1] == pytest.approx(total.norm().item())


def test_a_model_is_left_as_it_was() -> None:
    layer = LSTM(2, 3)
    model = torch.nn.Sequential(layer)
    x = torch.randn(2, 5, 2)
    gradient_flow(model, lambda: torch.sum(layer(x)[0]))
    assert layer.training
    assert "forward" not in vars(layer) | vars(layer.directions()[0])
    assert all(parameter.grad is None for parameter in layer.parameters())


def test_frozen_parameters_do_not_hide_the_flow(constant_gates) -> None:
    layer = constant_gates(0.5).requires_grad_(False)
    x = torch.ones(1, 4, 1, dtype=torch.float64)
    [flow] = gradient_flow(layer, lambda: torch.sum(layer(x)[1].c[0]))
    assert flow.norms["c"].tolist() == [1, 0.5, 0.25, 0.125]


def test_a_run_without_layer_or_loss_is_refused() -> None:
    plain, layer = torch.nn.Linear(2, 2), LSTM(2, 3)
    with pytest.raises(SettingsError, match=r"calls an LSTM of the model"):
        gradient_flow(plain, lambda: torch.sum(plain(torch.zeros(2))))
    with pytest.raises(SettingsError, match="one number that depends on"):
        gradient_flow(layer, lambda: layer(torch.zeros(1, 4, 2))[0])
