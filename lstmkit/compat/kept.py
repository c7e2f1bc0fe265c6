"""What a layer of torch's keeps for the engine from call to call."""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lstmkit.compat.gates import GATES, torch_layout, torch_scan
from lstmkit.compat.reasons import plain
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
        own: The parameters by torch's names, without a suffix.
    """

    def __init__(self, own: Mapping[str, Tensor | None]) -> None:
        self.own = dict(own)
        self.places = [None if p is None else p.data_ptr() for p in own.values()]
        stored = {"W": own["weight_ih"], "U": own["weight_hh"], "P": own.get("weight_hr")}
        self.parameters = {name: p for name, p in stored.items() if p is not None}
        self.biases = (own["bias_ih"], own["bias_hh"])
        bias = self.biases[0] is not None
        if bias:
            with torch.inference_mode(mode=False):
                total = torch.empty(self.parameters["W"].shape[0], dtype=torch.float32)
                parts = zip(GATES, total.chunk(4), strict=True)
                self.parameters |= {f"b_{gate}": part for gate, part in parts}
                # through this alias, a new sum is no new version of what the engine holds
                self.total = total.data
        stacked, features = self.parameters["W"].shape
        self.sizes = Sizes(features, stacked // 4, self.parameters["U"].shape[1])
        self.layout = torch_layout(bias=bias, projected="P" in self.parameters)
        self.direct: dict[tuple[int, int, int], Direct] = {}

    @staticmethod
    def takes(own: Mapping[str, Tensor | None]) -> bool:
        """Whether all parameters lie where and as the engine reads them."""
        return all(p is None or (plain(p) and p.is_contiguous()) for p in own.values())

    def holds(self, own: Mapping[str, Tensor | None]) -> bool:
        """Whether these are the same parameters, at the same places."""
        for (name, kept), place in zip(self.own.items(), self.places, strict=True):
            now = own.get(name)
            if now is not kept or (now is not None and now.data_ptr() != place):
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
        one, other = self.biases
        if one is not None and other is not None:
            torch.add(one, other, out=self.total)
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
