"""Small networks of the forecaster's presets that give all steps at once, and windows for them."""

from typing import Any, TypeVar

import torch

from lstmkit.cells import find
from lstmkit.tasks.direct_network import DirectNetwork
from lstmkit.tasks.quantile_network import NetworkSizes

Kind = TypeVar("Kind", bound=DirectNetwork)
WIDTHS = {"targets": 2, "inputs": 2, "known": 0, "static": 0, "seasons": 0}


def network(kind: type[Kind], widths: dict[str, int], **own: Any) -> Kind:
    """A network of six units and three levels in evaluation."""
    torch.manual_seed(0)
    sizes = NetworkSizes(**WIDTHS | widths)
    how = {"hidden_size": 6, "num_layers": 1, "dropout": 0.3, "levels": (0.1, 0.5, 0.9)}
    return kind(sizes, cell=find("lstm"), **how, **own).eval()


def batch(lookback: int, horizon: int, widths: dict[str, int]) -> dict[str, torch.Tensor]:
    """Three windows, all known."""
    generator = torch.Generator().manual_seed(1)
    rows, wide = 3, WIDTHS | widths

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    past = draw(rows, lookback, wide["inputs"])
    return {
        "past": past,
        "valid": torch.ones(rows, lookback, dtype=torch.bool),
        "level": past[:, -1, :2],
        "future": draw(rows, horizon, wide["known"]),
        "static": draw(rows, wide["static"]),
    }


def learnable(windows: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same windows with zeros as their truth."""
    zeros = torch.zeros(3, windows["future"].shape[1], 2)
    return windows | {"target": zeros, "observed": torch.ones_like(zeros, dtype=torch.bool)}
