"""Memory span of layers whose memory is known."""

import math

import numpy as np
import pytest
import torch

from lstmkit.errors import SettingsError
from lstmkit.inspect import memory_span
from lstmkit.nn import LSTM

STEPS = 60


def signs() -> torch.Tensor:
    """Random signs, and each row's opposite beside it, so that the mean input is 0."""
    x = torch.randint(0, 2, (4, STEPS, 1), generator=torch.Generator().manual_seed(0)).double()
    return torch.cat([2 * x - 1, 1 - 2 * x])


def test_an_open_forget_gate_remembers_the_whole_sequence(constant_gates) -> None:
    layer = constant_gates(1.0)
    [span] = memory_span(layer, lambda: layer(signs())[1].c[0])
    assert span.by_gradient() == span.by_perturbation() == STEPS - 1
    np.testing.assert_allclose(span.gradient, span.gradient[0], rtol=1e-12)
    np.testing.assert_allclose(span.perturbation, span.perturbation[0], rtol=1e-9)


@pytest.mark.parametrize("forget", [0.5, 0.8])
def test_a_forgetting_gate_has_the_span_of_its_powers(constant_gates, forget: float) -> None:
    layer = constant_gates(forget)
    [span] = memory_span(layer, lambda: layer(signs())[1].c[0])
    expected = math.floor(math.log(0.01) / math.log(forget))
    assert span.by_gradient() == expected
    # the greatest lag at which an input was exchanged and still counted
    assert span.by_perturbation() == max(lag for lag in span.lags if lag <= expected)
    powers = forget ** np.arange(STEPS)
    np.testing.assert_allclose(span.gradient, span.gradient[0] * powers, rtol=1e-9)
    # i * tanh(1) is what one input adds to the cell
    one = math.tanh(1) / 2
    np.testing.assert_allclose(span.perturbation, one * powers[span.lags], atol=1e-14)


def test_the_gradient_is_the_jacobian() -> None:
    torch.manual_seed(0)
    layer = LSTM(2, 3, dtype=torch.float64)
    x = torch.randn(1, 6, 2, dtype=torch.float64)
    [span] = memory_span(layer, lambda: layer(x)[0][:, -1])
    jacobian = torch.autograd.functional.jacobian(lambda x: layer(x)[0][0, -1], x)
    expected = jacobian[:, 0].square().sum((0, 2)).sqrt().flip(0)
    np.testing.assert_allclose(span.gradient, expected.numpy(), rtol=1e-10)


def test_rows_of_unequal_length_count_from_their_own_ends(constant_gates) -> None:
    layer, lengths = constant_gates(0.5), torch.tensor([9, 4])
    x = torch.ones(2, 9, 1, dtype=torch.float64)
    x[1] = -1
    [span] = memory_span(layer, lambda: layer(x, lengths=lengths)[1].c[0])
    np.testing.assert_allclose(span.gradient, span.gradient[0] * 0.5 ** np.arange(9))


def test_each_stack_of_a_model_has_its_span(constant_gates) -> None:
    model = torch.nn.ModuleDict({"first": constant_gates(0.5), "second": constant_gates(1.0)})
    x = signs()

    def run() -> torch.Tensor:
        return model["second"](model["first"](x)[0])[1].c[0]

    first, second = memory_span(model, run)
    assert (first.name, second.name) == ("first", "second")
    assert first.by_gradient() == second.by_gradient() == STEPS - 1
    [alone] = memory_span(model["second"], run)
    np.testing.assert_allclose(alone.gradient, second.gradient)


def test_an_outcome_without_rows_is_refused(constant_gates) -> None:
    layer = constant_gates(0.5)
    with pytest.raises(SettingsError, match="an outcome"):
        memory_span(layer, lambda: torch.sum(layer(signs())[0]))
