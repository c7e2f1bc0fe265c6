"""The Kalman filter against recursive least squares and its textbook form."""

import pytest
import torch

from lstmkit.errors import SettingsError
from lstmkit.train.rules import DecoupledKalmanFilter


def test_on_a_linear_model_it_is_least_squares() -> None:
    torch.manual_seed(0)
    x, true = torch.randn(200, 4, dtype=torch.float64), torch.randn(1, 4, dtype=torch.float64)
    d = x @ true.mT + 0.1 * torch.randn(200, 1, dtype=torch.float64)
    w = torch.zeros(1, 4, dtype=torch.float64)
    rule = DecoupledKalmanFilter({"w": w}, start=1e6)
    for row, target in zip(x, d, strict=True):
        rule.update({"w": row.view(1, 1, 4)}, target - w @ row, measurement=1.0, process=0.0)
    ridge = torch.linalg.solve(x.mT @ x + 1e-6 * torch.eye(4), x.mT @ d)
    assert torch.allclose(w, ridge.mT, atol=1e-8)


def test_it_is_the_textbook_update_with_blocks_on_the_diagonal() -> None:
    torch.manual_seed(1)
    parameters = {"W": torch.randn(2, 3).double(), "b": torch.randn(2).double()}
    before = torch.cat([p.flatten() for p in parameters.values()])
    rule = DecoupledKalmanFilter(parameters, start=5.0)
    c = {"W": torch.randn(4, 2, 3).double(), "b": torch.randn(4, 2).double()}
    error = torch.randn(4).double()
    covariance = 5.0 * torch.eye(8).double()
    group = torch.tensor([0, 0, 0, 1, 1, 1, 2, 3])
    together = group[:, None] == group
    whole = torch.cat([one.flatten(1) for one in c.values()], 1).mT
    for _ in range(3):
        inner = whole.mT @ covariance @ whole + 0.3 * torch.eye(4).double()
        gain = covariance @ whole @ torch.linalg.inv(inner)
        before = before + gain @ error
        covariance = (covariance - gain @ whole.mT @ covariance) * together
        covariance += 0.01 * torch.eye(8).double()
        rule.update(c, error, measurement=0.3, process=0.01)
    found = torch.cat([p.flatten() for p in parameters.values()])
    assert torch.allclose(found, before, rtol=1e-10)


def test_errors() -> None:
    with pytest.raises(SettingsError, match="positive start"):
        DecoupledKalmanFilter({"w": torch.zeros(1)}, start=0.0)
    rule = DecoupledKalmanFilter({"w": torch.zeros(1), "v": torch.zeros(1)})
    with pytest.raises(SettingsError, match="none of v"):
        rule.update({"w": torch.zeros(1, 1)}, torch.zeros(1), measurement=1.0, process=0.0)
