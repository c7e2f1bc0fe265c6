"""Noise on gradients: its size, its seeds, and its place in the loop."""

from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

from lstmkit.train.gradients import add_noise


def noise(step: int, seed: int = 0, variance: float = 0.3) -> torch.Tensor:
    parameters = [torch.zeros(200, 300), torch.zeros(7)]
    parameters[0].grad = torch.ones(200, 300)
    add_noise(parameters, variance, step=step, seed=seed)
    assert parameters[1].grad is None
    return parameters[0].grad - 1


@pytest.mark.parametrize("step", [0, 1, 99, 9_999])
def test_the_variance_falls_as_the_paper_says(step: int) -> None:
    found = noise(step)
    assert float(found.var()) == pytest.approx(0.3 / (1 + step) ** 0.55, rel=0.02)
    assert abs(float(found.mean())) < 0.01


def test_seed_and_step_say_all() -> None:
    assert torch.equal(noise(3), noise(3))
    assert not torch.allclose(noise(3), noise(4))
    assert not torch.allclose(noise(3), noise(3, seed=1))


def test_the_loop_adds_it(toy: ModuleType, tmp_path: Path) -> None:
    def weights(folder: str, **settings: float) -> torch.Tensor:
        torch.manual_seed(0)
        model = toy.Toy(drop=0)
        toy.train(model, tmp_path / folder, epochs=2, batch_size=30, **settings)
        return torch.cat([p.detach().flatten() for p in model.parameters()])

    plain, noisy = weights("plain"), weights("noisy", gradient_noise=0.3)
    assert not torch.allclose(plain, noisy, atol=1e-5)
    assert torch.equal(noisy, weights("again", gradient_noise=0.3))


def test_the_loop_clips_every_number(toy: ModuleType, tmp_path: Path) -> None:
    seen = []

    def keep(optimiser: torch.optim.Optimizer, *_: object) -> None:
        for group in optimiser.param_groups:
            seen.extend(float(p.grad.abs().max()) for p in group["params"])

    handle = register_optimizer_step_pre_hook(keep)
    try:
        toy.train(toy.Toy(drop=0), tmp_path, epochs=1, clip_value=1e-4, clip_norm=None)
    finally:
        handle.remove()
    assert max(seen) == pytest.approx(1e-4)
