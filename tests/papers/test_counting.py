"""Counting: the languages, what counts as accepted, derivatives, and that nets learn."""

import sys

import pytest
import torch

from lstmkit.train.rules import OnlineGradient
from papers.counting import __main__ as program
from papers.counting.language import string, strings
from papers.counting.net import Counter, reach
from papers.counting.train import _between, _derivatives, by_gradient


def test_after_each_letter_of_three_what_may_follow_is_known():
    x, may_follow = string(3, 2)
    assert x.argmax(1).tolist() == [0, 1, 1, 2, 2, 3, 3]
    follows = ["".join("abcT"[n] for n in row.nonzero()[:, 0]) for row in may_follow]
    assert follows == ["a", "ab", "ab", "b", "c", "c", "T"]


def test_strings_are_padded_to_the_longest():
    x, may_follow, lengths = strings(2, [1, 3])
    assert x.shape == may_follow.shape == (2, 7, 3)
    assert lengths.tolist() == [3, 7]


class Knowing(Counter):
    """Accepts every string up to a given n."""

    def __init__(self, letters, n):
        super().__init__(letters, 0, "full")
        self.n = n

    def forward(self, x, lengths):
        counts = (lengths - 1) // self.letters
        _, may_follow, _ = strings(self.letters, counts.tolist())
        return (may_follow - 0.5) * torch.where(counts <= self.n, 1.0, -1.0)[:, None, None]


@pytest.mark.parametrize("n", [0, 1, 24, 25, 26, 40])
def test_the_reach_is_the_last_n_before_the_first_failure(n):
    assert reach(Knowing(2, n), 40) == n


def test_derivatives_of_the_outputs_are_those_of_autograd():
    # the first step has no past, so that the truncated gradient is the gradient
    net = Counter(2, 0, "truncated").double()
    rule = OnlineGradient(net.hidden, batch=1)
    x, _, lengths = strings(2, [1])
    seen = x[0, 0].double()
    h = rule.step(seen[None]).detach()
    found, outputs = _derivatives(net, rule, torch.cat([h[0], seen]))
    y = net(x.double(), lengths)[0, 0].sigmoid()
    torch.testing.assert_close(outputs, y.detach())
    stored = net.hidden.directions()[0].stored()
    for k in range(3):
        for name in ("W", "b_g", "p_o"):
            (expected,) = torch.autograd.grad(y[k], stored[name], retain_graph=True)
            torch.testing.assert_close(found[name][k], expected)
        (expected,) = torch.autograd.grad(y[k], net.read.weight, retain_graph=True)
        torch.testing.assert_close(found["read.weight"][k], expected)


def test_noise_goes_from_one_end_to_the_other_by_equal_factors():
    assert _between((100.0, 1.0), 0.0) == pytest.approx(100)
    assert _between((100.0, 1.0), 0.5) == pytest.approx(10)
    assert _between((100.0, 1.0), 1.0) == pytest.approx(1)


@pytest.mark.slow
def test_a_net_learns_to_count():
    assert by_gradient(2, 0, epochs=3000, limit=30)["solved"]


@pytest.mark.slow
def test_the_quick_form_runs(tmp_path, monkeypatch):
    rows = tmp_path / "rows.json"
    monkeypatch.setattr(
        sys, "argv", ["counting", "--quick", "--folder", str(tmp_path), "--json", str(rows)]
    )
    program.main()
    assert "learn n up to 10" in rows.read_text()
