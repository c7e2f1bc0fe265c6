"""NEO: the entropy of known densities, its published derivative, the likeliest kernel."""

import math

import pytest
import torch

from lstmkit.errors import DataError
from lstmkit.train.objectives import likeliest_width, parzen_entropy


def points(rows: int, columns: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, columns, generator=generator, dtype=torch.float64)


def test_the_entropy_of_known_densities() -> None:
    normal = points(400, 2)
    true = math.log(2 * math.pi * math.e)
    found = parzen_entropy(normal, likeliest_width(normal, rounds=40))
    assert found.item() == pytest.approx(true, abs=0.1)
    even = torch.rand(400, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = parzen_entropy(4 * even, likeliest_width(4 * even, rounds=40))
    assert found.item() == pytest.approx(math.log(4), abs=0.1)


def test_it_is_what_its_equation_says() -> None:
    y, width = points(5, 2), torch.tensor([0.5, 2.0], dtype=torch.float64)
    kernel = torch.distributions.MultivariateNormal(torch.zeros(2).double(), width.square().diag())
    told = 0.0
    for i in range(5):
        others = [kernel.log_prob(y[i] - y[j]).exp() for j in range(5) if j != i]
        told -= torch.stack(others).mean().log() / 5
    assert torch.allclose(parzen_entropy(y, width), told)


def test_its_gradient_is_the_published_one() -> None:
    x, w = points(6, 3), points(3, 2, seed=1).requires_grad_()
    width = torch.tensor([0.7, 1.5], dtype=torch.float64)
    parzen_entropy(x @ w, width).backward()
    y = (x @ w).detach()
    apart, inputs = y[:, None] - y[None], x[:, None] - x[None]
    scores = -(apart / width).square().sum(-1) / 2
    near = torch.softmax(scores.fill_diagonal_(-torch.inf), 1)
    rule = torch.einsum("ij,ijo,ijd->do", near, apart / width.square(), inputs) / 6
    assert torch.allclose(w.grad, rule)


def test_its_derivatives_are_right() -> None:
    y, width = points(5, 2).requires_grad_(), torch.tensor([0.7, 1.5], dtype=torch.float64)
    assert torch.autograd.gradcheck(parzen_entropy, (y, width.requires_grad_()))


def test_no_kernel_is_likelier_than_the_one_found() -> None:
    y = torch.cat([points(60, 1), 0.1 * points(60, 1, seed=1)], 1)
    width = likeliest_width(y, rounds=200)
    best = parzen_entropy(y, width)
    for factor in ([0.8, 1.0], [1.25, 1.0], [1.0, 0.8], [1.0, 1.25]):
        assert parzen_entropy(y, width * torch.tensor(factor)) > best


def test_a_round_never_makes_the_points_less_likely() -> None:
    y, width = points(40, 2), torch.full((2,), 3.0, dtype=torch.float64)
    told = [parzen_entropy(y, width)]
    for _ in range(6):
        width = likeliest_width(y, width, rounds=1)
        told.append(parzen_entropy(y, width))
    assert told == sorted(told, reverse=True)


def test_points_on_one_spot_and_a_single_one() -> None:
    same = torch.ones(4, 2, requires_grad=True)
    parzen_entropy(same, likeliest_width(same)).backward()
    assert same.grad.isfinite().all()
    with pytest.raises(DataError, match="at least 2 rows, got 1"):
        parzen_entropy(torch.zeros(1, 2), torch.ones(2))
    with pytest.raises(DataError, match="at least 2 rows, got 1"):
        likeliest_width(torch.zeros(1, 2))


def test_groups_are_judged_each_by_itself() -> None:
    y, width = points(12, 2).view(3, 4, 2), torch.tensor([0.5, 2.0], dtype=torch.float64)
    each = torch.stack([parzen_entropy(one, width) for one in y])
    assert torch.allclose(parzen_entropy(y, width), each.mean())
    # the likeliest kernel of all groups together, and one group of its own is as before
    found = likeliest_width(y, rounds=200)
    for factor in (0.8, 1.25):
        assert parzen_entropy(y, factor * found) > parzen_entropy(y, found)
    assert torch.allclose(likeliest_width(y[:1]), likeliest_width(y[0]))


def test_what_outputs_say_about_the_group_is_told_by_two_entropies() -> None:
    groups = torch.arange(4, dtype=torch.float64)[:, None, None]
    told = 10 * groups + points(4 * 25, 1).view(4, 25, 1)
    both = told, points(4 * 25, 1, seed=1).view(4, 25, 1)
    known, unknown = (
        parzen_entropy(one.flatten(0, 1), likeliest_width(one.flatten(0, 1), rounds=40))
        - parzen_entropy(one, likeliest_width(one, rounds=40))
        for one in both
    )
    assert known.item() == pytest.approx(math.log(4), abs=0.15)
    assert unknown.item() == pytest.approx(0, abs=0.15)
