"""The law of gradients: autograd agrees with finite differences."""

from collections.abc import Callable

import torch
from torch import Tensor

from lstmkit.nn.laws.subject import LawBrokenError, Subject, random_start, tensors


def gradients(subject: Subject) -> None:
    """Autograd agrees with finite differences, for input, state and every parameter."""
    layer, x = subject.layer(), subject.input(2, 3)
    start = random_start(layer, x)
    learned = {name: one.detach().clone() for name, one in layer.named_parameters()}
    states = {f"state {number}": part for number, part in enumerate(tensors(start))}
    given = {"the input": x, **states, **learned}
    sizes = [one.numel() for one in given.values()]

    def scan(numbers: Tensor) -> Tensor:
        parts = zip(given, given.values(), numbers.split(sizes), strict=True)
        told = {name: part.view_as(like) for name, like, part in parts}
        state = type(start)(*((told[name],) for name in states))
        weights = {name: told[name] for name in learned}
        y, final = torch.func.functional_call(layer, weights, (told["the input"], state))
        return torch.cat([part.flatten() for part in (y, *tensors(final))])

    numbers = torch.cat([one.flatten() for one in given.values()]).requires_grad_()
    outputs = scan(numbers)
    found = [torch.autograd.grad(one, numbers, retain_graph=True)[0] for one in outputs]
    slopes = _slopes(scan, numbers.detach())
    for name, one, other in zip(
        given, torch.stack(found).split(sizes, 1), slopes.split(sizes, 1), strict=True
    ):
        if not torch.allclose(one, other, rtol=1e-5, atol=1e-6):
            place = int((one - other).abs().nan_to_num(torch.inf).argmax())
            raise LawBrokenError(
                f"a gradient by {name} differs from finite differences: "
                f"{one.flatten()[place]:.6g}, expected {other.flatten()[place]:.6g}"
            )


def _slopes(scan: Callable[[Tensor], Tensor], numbers: Tensor) -> Tensor:
    """Central differences of every output by every number, (outputs, numbers)."""
    moved = 1e-6 * torch.eye(len(numbers), dtype=numbers.dtype)
    # all of them side by side in one pass
    up, down = torch.func.vmap(scan)(torch.cat([numbers + moved, numbers - moved])).chunk(2)
    return ((up - down) / 2e-6).T
