"""BINGO: the published rule is its gradient, and outputs that know something gain most."""

import pytest
import torch
from torch.distributions import Bernoulli, kl_divergence

from lstmkit.errors import DataError
from lstmkit.nn import LSTM
from lstmkit.train.objectives import binary_information_gain, expected_outputs


def outputs(rows: int, columns: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(rows, columns, generator=generator, dtype=torch.float64)


def test_it_is_the_divergence_of_what_is_seen_from_what_was_expected() -> None:
    y, expected = outputs(7, 3), outputs(7, 3, seed=1)
    divergence = kl_divergence(Bernoulli(logits=y), Bernoulli(logits=expected))
    assert torch.allclose(binary_information_gain(y, expected), divergence.sum(1).mean())


def test_the_published_rule_is_its_gradient() -> None:
    x, w = outputs(9, 4), outputs(4, 2, seed=1).requires_grad_()
    y = x @ w
    expected = expected_outputs(y)
    binary_information_gain(y, expected).backward()
    z = torch.sigmoid(y.detach())
    rule = x.mT @ (z * (1 - z) * (y.detach() - expected)) / 9
    assert torch.allclose(w.grad, rule)


def test_its_derivatives_are_right() -> None:
    y, expected = outputs(4, 2).requires_grad_(), outputs(4, 2, seed=1)
    assert torch.autograd.gradcheck(lambda one: binary_information_gain(one, expected), y)


def test_error_flows_through_an_lstm() -> None:
    torch.manual_seed(0)
    layer = LSTM(2, 3).double()
    y = layer(outputs(5 * 6, 2).view(5, 6, 2))[0][:, -1]
    binary_information_gain(y, expected_outputs(y)).backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in layer.parameters())


def test_far_logits_neither_overflow_nor_lose_their_gain() -> None:
    y = torch.tensor([[800.0], [-800.0]])
    assert binary_information_gain(y, torch.zeros(1)).item() == pytest.approx(0.6931, abs=1e-4)


def test_of_one_output_the_mean_is_expected_by_both_orders() -> None:
    y = outputs(8, 1)
    for decorrelate in (False, True):
        found = expected_outputs(y, decorrelate=decorrelate)
        assert torch.allclose(found, y.mean(0).expand_as(y))


def test_an_output_that_repeats_another_gains_nothing() -> None:
    one = outputs(8, 1)
    found = expected_outputs(torch.cat([one, one], 1))
    # each is wholly expected: the rule leaves both where they are
    assert torch.allclose(found, torch.cat([one, one], 1))
    apart = expected_outputs(torch.cat([one, one], 1), decorrelate=False)
    assert torch.allclose(apart, one.mean().expand(8, 2))


def test_a_dead_output_is_expected_to_stay_where_it_is() -> None:
    y = torch.cat([outputs(8, 1), torch.full((8, 1), 2.0, dtype=torch.float64)], 1)
    assert torch.allclose(expected_outputs(y)[:, 1], y[:, 1])


def test_one_row_is_refused() -> None:
    with pytest.raises(DataError, match="at least 2 rows, got 1"):
        expected_outputs(torch.zeros(1, 2))
