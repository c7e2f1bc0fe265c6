"""Who may look at torch's own operations while a layer runs, and what they then see."""

import torch
from torch.utils.flop_counter import FlopCounterMode


def outcome(work):
    """What comes out, be it what torch raises."""
    try:
        return work()
    except (RuntimeError, NotImplementedError) as raised:
        return type(raised), str(raised)


def count_operations(layer, x):
    with FlopCounterMode(display=False) as counted:
        layer(x)
    return counted.get_total_flops()


def per_sample_slopes(layer, x):
    def total(parameters, one):
        h, *_ = torch.func.functional_call(layer, parameters, (one,))
        return h.sum()

    slopes = torch.vmap(torch.func.grad(total), in_dims=(None, 0))
    return slopes(dict(layer.named_parameters()), x[None])


LISTENERS = {
    "vmap": lambda layer, x: torch.vmap(layer)(x[None]),
    "forward mode": lambda layer, x: torch.func.jvp(layer, (x,), (x,))[1],
    "slopes of each sample": per_sample_slopes,
    "autocast": lambda layer, x: torch.autocast("cpu", dtype=torch.bfloat16)(layer)(x),
    "a count of operations": count_operations,
    "a tracer": lambda layer, x: torch.jit.trace(layer, (x,), check_trace=False)(x),
}
# torch's own, on the way
WARNINGS = [
    "ignore:`torch.jit:DeprecationWarning",
    "ignore::torch.jit.TracerWarning",
    "ignore:There is a performance drop:UserWarning",
]


def heard(listen, layers, x):
    """What a listener finds out about each layer, as text."""
    return [str(outcome(lambda layer=layer: listen(layer, x))) for layer in layers]
