"""What a layer of torch's keeps for the engine from call to call."""

from collections.abc import Mapping

import torch
from torch import Tensor

from lstmkit.compat.gates import GATES, torch_layout
from lstmkit.compat.reasons import plain
from lstmkit.engine import Sizes
from lstmkit.engine.cpu.step import Stepper

MOST_STEPPERS = 8


class Kept:
    """One direction of one layer, as the engine takes it, for calls without gradient.

    torch stores two biases that only ever appear as their sum. The sum lies at one place, so that
    the engine knows its packed weights again, and is taken anew at each call, so that no change of
    a bias goes unseen.

    Args:
        own: The module's parameters by torch's names, without suffix.
        sizes: Sizes of the layer.
    """

    def __init__(self, own: Mapping[str, Tensor | None], sizes: Sizes) -> None:
        self.own, self.sizes = dict(own), sizes
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
        self.layout = torch_layout(bias=bias, projected="P" in self.parameters)
        self.steppers: dict[tuple[int, int], Stepper] = {}

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

    def current(self) -> dict[str, Tensor]:
        """Returns the stored parameters by the engine's names, with the biases of this moment."""
        one, other = self.biases
        if one is not None and other is not None:
            torch.add(one.detach(), other.detach(), out=self.total)
        return self.parameters

    def stepper(self, batch: int) -> Stepper:
        """Returns what runs single steps of so many rows; call `current` before each step."""
        key = (batch, torch.get_num_threads())
        made = self.steppers.get(key)
        if made is None:
            if len(self.steppers) >= MOST_STEPPERS:
                self.steppers.clear()
            made = Stepper(self.layout, self.sizes, self.parameters, batch)
            self.steppers[key] = made
        return made
