"""What a layer of torch's keeps for the engine from call to call."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lstmkit.compat.gates import named, torch_layout, torch_scan
from lstmkit.engine import Sizes
from lstmkit.engine.cpu.direct import Direct
from lstmkit.engine.cpu.learned import rows
from lstmkit.engine.dispatch import path_is_open

MOST_SIZES = 8


class Kept:
    """One direction of one layer, as the engine takes it, for calls without gradient.

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
        self.direct: dict[tuple[int, int, int], Direct] = {}

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
        """Runs a scan.

        Args:
            x: Input.
            state: h and c before the first step, each (batch, units), or None twice for zeros.
            lengths: Real steps of each row; None takes all.
            reverse: From the last step to the first.

        Returns:
            Outputs (batch, time, units), and h and c after the last step.
        """
        if self.biases is not None:
            torch.add(*self.biases, out=self.total)
        if lengths is None and not reverse and path_is_open():
            direct = self._direct(x.shape[0], x.shape[1])
            y, final = direct.run(rows(x), [None if part is None else rows(part) for part in state])
            return y, final[0], final[1]
        return torch_scan(self.parameters, x, state, lengths, reverse=reverse)

    def _direct(self, batch: int, steps: int) -> Direct:
        key = (batch, steps, torch.get_num_threads())
        made = self.direct.get(key)
        if made is None:
            if len(self.direct) >= MOST_SIZES:
                self.direct.clear()
            made = Direct(self.layout, self.sizes, self.parameters, batch, steps)
            self.direct[key] = made
        return made
