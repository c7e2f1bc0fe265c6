"""The Kalman filter against recursive least squares and its textbook form."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

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


BUILT: list[tuple[dict[str, Any], str]] = [
    ({"parameters": {}}, "parameters by name, got none"),
    ({"parameters": [torch.zeros(1)]}, "parameters by name, got list"),
    ({"parameters": {"w": [1.0]}}, "a matrix or a vector as 'w', got list"),
    ({"parameters": {"w": torch.zeros(())}}, r"as 'w', got torch.float32 \(\)"),
    ({"parameters": {"w": torch.zeros(2, 1, 3)}}, r"as 'w', got torch.float32 \(2, 1, 3\)"),
    ({"parameters": {"w": torch.zeros(2).long()}}, "floating-point parameters.*torch.int64"),
    (
        {"parameters": {"w": torch.zeros(2), "v": torch.zeros(2).double()}},
        r"of one type.*torch.float64 \(2,\) on cpu as 'v' and torch.float32 \(2,\) on cpu as the",
    ),
    ({"start": 0.0}, "positive, finite start, got 0.0"),
    ({"start": -1.0}, "positive, finite start, got -1.0"),
    ({"start": math.nan}, "positive, finite start, got nan"),
    ({"start": math.inf}, "positive, finite start, got inf"),
    ({"start": "100"}, "positive, finite start, got '100'"),
]


@pytest.mark.compile  # the shape-type hook would refuse some of them first
@pytest.mark.parametrize(("given", "message"), BUILT, ids=[m for _, m in BUILT])
def test_a_filter_that_cannot_start_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=f"^DecoupledKalmanFilter: expected .*{message}"):
        DecoupledKalmanFilter(**{"parameters": {"w": torch.zeros(1)}} | given)


def two(**changed: Tensor) -> dict[str, Tensor]:
    return {"w": torch.zeros(2, 1, 3), "v": torch.zeros(2, 4)} | changed


UPDATES: list[tuple[dict[str, Any], str]] = [
    ({"derivatives": {}}, "found none of v, w"),
    ({"derivatives": two(u=torch.zeros(2, 1))}, "derivatives of w, v, got some of 'u'"),
    (
        {"derivatives": two(v=torch.zeros(2, 3))},
        r"'v' as .* = \(2, 4\) .*got torch.float32 \(2, 3\)",
    ),
    ({"derivatives": two(v=torch.zeros(4))}, r"'v' as .* = \(2, 4\) .*got torch.float32 \(4,\)"),
    ({"derivatives": two(w=torch.zeros(2, 3))}, r"'w' as .* = \(2, 1, 3\) .*\(2, 3\)"),
    ({"derivatives": two(w=torch.zeros(2, 1, 3).double())}, "'w' as .*got torch.float64"),
    ({"derivatives": two(w=np.zeros((2, 1, 3)))}, "'w' as .*got numpy.ndarray"),
    ({"error": torch.zeros(1)}, r"'w' as .* = \(1, 1, 3\).*The length of error is the number of"),
    ({"error": torch.zeros(1, 2)}, r"error \(outputs,\).*got torch.float32 \(1, 2\)"),
    ({"error": torch.zeros(2).double()}, r"error \(outputs,\) of torch.float32.*got torch.float64"),
    ({"measurement": 0.0}, "measurement above 0, got 0.0"),
    ({"measurement": -1.0}, "measurement above 0, got -1.0"),
    ({"measurement": math.nan}, "measurement above 0, got nan"),
    ({"measurement": "1"}, "measurement above 0, got '1'"),
    ({"process": -1e-9}, "process of at least 0, got -1e-09"),
    ({"process": math.nan}, "process of at least 0, got nan"),
    ({"process": math.inf}, "process of at least 0, got inf"),
]


@pytest.mark.compile
@pytest.mark.parametrize(("given", "message"), UPDATES, ids=[m for _, m in UPDATES])
def test_an_update_that_does_not_fit_is_refused_and_changes_nothing(
    given: dict[str, Any], message: str
) -> None:
    parameters = {"w": torch.ones(1, 3), "v": torch.ones(4)}
    rule = DecoupledKalmanFilter(parameters, start=2.0)
    settings = {"derivatives": two(), "error": torch.ones(2), "measurement": 1.0, "process": 0.1}
    with pytest.raises(SettingsError, match=f"^DecoupledKalmanFilter.update: expected .*{message}"):
        rule.update(**settings | given)
    assert all(bool((p == 1).all()) for p in parameters.values())
    assert torch.equal(rule.covariances["w"], 2 * torch.eye(3)[None])


def test_no_process_noise_is_allowed_and_so_are_whole_numbers() -> None:
    w = torch.zeros(1, 2)
    rule = DecoupledKalmanFilter({"w": w}, start=1)
    rule.update({"w": torch.ones(1, 1, 2)}, torch.ones(1), measurement=1, process=0)
    assert torch.allclose(w, torch.full((1, 2), 1 / 3))
