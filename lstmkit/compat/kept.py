"""What a layer of torch's keeps for the engine from call to call."""

from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lstmkit.compat.gates import named, torch_layout, torch_scan
from lstmkit.engine import Sizes
from lstmkit.engine.cpu.direct import Direct
from lstmkit.engine.cpu.learned import rows
from lstmkit.engine.cpu.marks import Marks, marks
from lstmkit.engine.cpu.trained import Trained
from lstmkit.engine.dispatch import path_is_open

MOST_SIZES = 8
# batch, steps, threads, whether ragged, whether in reverse
Size = tuple[int, int, int, bool, bool]
Way = TypeVar("Way", Direct, Trained)


class Kept:
    """One direction of one layer, as the engine takes it.

    torch stores two biases that only ever appear as their sum. The sum lies at one place, so that
    the engine knows its packed weights again, and is taken anew at each call, so that no change of
    a bias goes unseen.

    Args:
        weights: All that the direction has, in torch's order.
    """

    def __init__(self, weights: Sequence[Tensor]) -> None:
        self.weights = tuple(weights)
        self.places = [weight.data_ptr() for weight in weights]
        self.biases = self.weights[2:4] if len(weights) > 3 else None
        total = None
        if self.biases is not None:
            with torch.inference_mode(mode=False):
                total = torch.empty(weights[2].shape, dtype=torch.float32)
                # through this alias, a new sum is no new version of what the engine holds
                self.total = total.data
        self.parameters = named(weights, total)
        stacked, features = weights[0].shape
        self.sizes = Sizes(features, stacked // 4, weights[1].shape[1])
        self.layout = torch_layout(bias=total is not None, projected="P" in self.parameters)
        self.direct: dict[Size, Direct] = {}
        self.trained: dict[Size, Trained] = {}

    def holds(self, weights: Sequence[Tensor]) -> bool:
        """Whether these are the same parameters, at the same places."""
        for now, kept, place in zip(weights, self.weights, self.places, strict=True):
            if now is not kept or now.data_ptr() != place:
                return False
        return True

    def run(
        self,
        x: Float[Tensor, "batch time input"],
        state: Sequence[Tensor | None],
        lengths: Int[Tensor, " batch"] | None = None,
        *,
        reverse: bool = False,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Runs a scan without gradient.

        Args:
            x: Input.
            state: h and c before the first step, each (batch, units), or None twice for zeros.
            lengths: Real steps of each row; None takes all.
            reverse: From the last step to the first.

        Returns:
            Outputs (batch, time, units), and h and c after the last step.
        """
        self.add_biases()
        if path_is_open():
            direct = self._ready(self.direct, Direct, x, lengths, reverse=reverse)
            parts = [None if part is None else rows(part) for part in state]
            y, final = direct.run(rows(x), parts, marks(lengths, None))
            return y, final[0], final[1]
        return torch_scan(self.parameters, x, state, lengths, reverse=reverse)

    def differentiated(
        self,
        x: Float[Tensor, "batch time input"],
        state: Sequence[Tensor | None],
        lengths: Int[Tensor, " batch"] | None = None,
        *,
        reverse: bool = False,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Runs a scan that can be differentiated; arguments and results as of `run`."""
        if not path_is_open():
            total = None if self.biases is None else self.biases[0] + self.biases[1]
            parameters = named(self.weights, total)
            return torch_scan(parameters, x, state, lengths, reverse=reverse)
        trained = self._ready(self.trained, Trained, x, lengths, reverse=reverse)
        parts = [None if part is None else rows(part) for part in state]
        found: tuple[Tensor, Tensor, Tensor] = _Differentiated.apply(  # type: ignore[no-untyped-call]
            self, trained, marks(lengths, None).lengths, rows(x), *parts, *self.weights
        )
        return found

    def add_biases(self) -> None:
        """Takes the sum of the biases anew."""
        if self.biases is not None:
            torch.add(*(bias.detach() for bias in self.biases), out=self.total)

    def _ready(
        self,
        known: dict[Size, Way],
        kind: type[Way],
        x: Tensor,
        lengths: Tensor | None,
        *,
        reverse: bool,
    ) -> Way:
        batch, steps, ragged = x.shape[0], x.shape[1], lengths is not None
        size = (batch, steps, torch.get_num_threads(), ragged, reverse)
        made = known.get(size)
        if made is None:
            if len(known) >= MOST_SIZES:
                known.clear()
            given = (self.layout, self.sizes, self.parameters, batch, steps)
            made = known[size] = kind(*given, ragged=ragged, reverse=reverse)
        return made


class _Differentiated(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        kept: Kept,
        trained: Trained,
        lengths: Tensor | None,
        x: Tensor,
        *rest: Tensor | None,
    ) -> tuple[Tensor, ...]:
        kept.add_biases()
        y, final, saved = trained.forward(x, rest[:2], Marks(lengths))
        # all of them, so that a change before the backward pass does not go unseen
        ctx.save_for_backward(lengths, x, *rest, y)
        ctx.kept, ctx.trained, ctx.saved = kept, trained, saved
        return y, *final

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        lengths, *tensors, y = ctx.saved_tensors
        needs, (x, *state), weights = ctx.needs_input_grad[3:], tensors[:3], tensors[3:]
        marked = Marks(lengths)
        has_biases, projected = len(weights) > 3, len(weights) % 2 > 0
        wanted = [*needs[:5], *([needs[-1]] if projected else [])]
        wanted += [any(needs[5:7])] * 4 if has_biases else []
        if torch.is_grad_enabled():
            total = weights[2] + weights[3] if has_biases else None
            parameters = named(weights, total).values()
            tensors = [x, *parameters]
            found = ctx.trained.again(tensors, state, cotangents, wanted, marked)
        else:
            saved, ctx.saved = ctx.saved, None
            if saved is None:
                # an earlier backward pass has left adjoints where the values stood
                ctx.kept.add_biases()
                _, _, saved = ctx.trained.forward(x, state, marked)
            found = ctx.trained.backward(x, y, state, saved, cotangents, wanted, marked)
        biases: list[Tensor | None] = []
        if has_biases:
            gates = [part for part in found[-4:] if part is not None]
            biases = [torch.cat(gates) if want else None for want in needs[5:7]]
        return None, None, None, *found[:5], *biases, *([found[5]] if projected else [])
