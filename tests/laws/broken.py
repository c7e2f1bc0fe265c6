"""For each law a layer that breaks it and that the law must therefore reject."""

import itertools
from typing import Any

import torch
from torch import Tensor

from lstmkit.nn import LSTM

COUNTER = itertools.count()


class ReturnsFloat32(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        y, final = super().forward(x, state, **options)
        return y.float(), final


class KnowsTheStep(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        y, final = super().forward(x, state, **options)
        return y * torch.arange(1, x.shape[1] + 1).to(y)[:, None], final


class ForgetsItsState(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        y, final = super().forward(x, state, **options)
        return y, type(final)(*(tuple(0 * part for part in field) for field in final))


class StartsElsewhere(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        if state is None:
            _, state = super().forward(torch.ones_like(x[:, :1]))
        return super().forward(x, state, **options)


class NormalisesOverTheBatch(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        y, final = super().forward(x, state, **options)
        return y - y.mean(0), final


class SeesTheFuture(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        y, final = super().forward(x, state, **options)
        return y + x.sum((1, 2))[:, None, None], final


class IgnoresLengths(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        options.pop("lengths", None)
        return super().forward(torch.nan_to_num(x), state, **options)


class IgnoresResets(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        options.pop("reset", None)
        return super().forward(x, state, **options)


class RunsForwardsTwice(LSTM):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for layer in self.reverse_layers:
            layer.reverse = False


class CutsTheGradient(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        y, final = super().forward(x, state, **options)
        return y + (0.1 * y).detach(), final


class CopiesShallowly(LSTM):
    def __deepcopy__(self, memo: dict[int, Any]) -> "CopiesShallowly":
        return self


class IsNeverTheSame(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        y, final = super().forward(x, state, **options)
        return y * (1 + 1e-9 * next(COUNTER)), final


class LosesEmptySequences(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        y, final = super().forward(x, state, **options)
        return (y if x.shape[1] else y.new_zeros(x.shape[0], 1, y.shape[2])), final


class WritesIntoItsInput(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        y, final = super().forward(x, state, **options)
        x.data.mul_(2)
        return y, final


class RoundsInFloat32(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        y, final = super().forward(x, state, **options)
        return (y.half().to(y) if y.dtype == torch.float32 else y), final


class Explodes(LSTM):
    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        y, final = super().forward(x, state, **options)
        return y * torch.exp(torch.arange(x.shape[1]).to(y))[:, None], final


BROKEN = {
    "shapes": ReturnsFloat32,
    "stepwise": KnowsTheStep,
    "pieces": ForgetsItsState,
    "no_state": StartsElsewhere,
    "batch_independence": NormalisesOverTheBatch,
    "causality": SeesTheFuture,
    "padding": IgnoresLengths,
    "resets": IgnoresResets,
    "reverse": RunsForwardsTwice,
    "gradients": CutsTheGradient,
    "copies": CopiesShallowly,
    "repeatability": IsNeverTheSame,
    "odd_sizes": LosesEmptySequences,
    "inputs_kept": WritesIntoItsInput,
    "precision": RoundsInFloat32,
    "long_sequences": Explodes,
}
