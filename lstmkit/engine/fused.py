"""The path through torch's own fused kernels, for the few cells that torch has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd import forward_ad

from lstmkit.engine.equations import read
from lstmkit.engine.scan import Scan, Scanned

LSTM_TEXT = """
i = sigmoid(W_i @ x + U_i @ h[-1] + b_i)
f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
g = tanh(W_g @ x + U_g @ h[-1] + b_g)
o = sigmoid(W_o @ x + U_o @ h[-1] + b_o)
c = f * c[-1] + i * g
h = o * tanh(c)
"""
GRU_TEXT = """
r = sigmoid(W_r @ x + U_r @ h[-1] + b_r)
z = sigmoid(W_z @ x + U_z @ h[-1] + b_z)
n = tanh(W_n @ x + r * (U_n @ h[-1] + d_n) + b_n)
h = (1 - z) * n + z * h[-1]
"""
ELMAN_TEXT = "h = tanh(W @ x + U @ h[-1] + b)"


@dataclass(frozen=True, slots=True)
class Fused:
    """A cell that torch has: its kernel, and the order in which torch stacks the parameters."""

    text: str
    kernel: Callable[..., tuple[Tensor, ...]]
    input_maps: tuple[str, ...]
    state_maps: tuple[str, ...]
    input_bias: tuple[str, ...]
    state_bias: tuple[str | None, ...]


KERNELS = (
    Fused(
        LSTM_TEXT,
        torch.lstm,
        ("W_i", "W_f", "W_g", "W_o"),
        ("U_i", "U_f", "U_g", "U_o"),
        ("b_i", "b_f", "b_g", "b_o"),
        (None,) * 4,
    ),
    Fused(
        GRU_TEXT,
        torch.gru,
        ("W_r", "W_z", "W_n"),
        ("U_r", "U_z", "U_n"),
        ("b_r", "b_z", "b_n"),
        (None, None, "d_n"),
    ),
    Fused(ELMAN_TEXT, torch.rnn_tanh, ("W",), ("U",), ("b",), (None,)),
)
BY_SIGNATURE: Mapping[object, Fused] = {read(known.text).signature: known for known in KERNELS}


def refuse_fused(scan: Scan) -> str | None:
    """Says why torch's kernels cannot run a scan, or None if one can."""
    if scan.equations.signature not in BY_SIGNATURE or scan.sizes.block_size > 1:
        return "torch has no kernel for these equations"
    if torch._C._functorch.peek_interpreter_stack() is not None:
        return "torch's kernel cannot be vmapped"
    if forward_ad._current_level >= 0:
        return "torch's kernel has no forward-mode derivatives"
    if scan.trace:
        return "torch's kernel does not give its gates away"
    if scan.lengths is not None or scan.reset is not None:
        return "torch's kernel knows no lengths and no resets"
    if not scan.rules.none:
        return "torch's kernel has no zoneout, recurrent dropout or clipping"
    if 0 in scan.x.shape:
        return "torch's kernel takes no empty batch and no zero steps"
    return None


def fused(scan: Scan) -> Scanned:
    """Runs a scan through torch's kernel; `refuse_fused(scan)` must be None."""
    scan = scan.with_states()
    assert scan.state is not None
    known = BY_SIGNATURE[scan.equations.signature]
    named = scan.layout.named(scan.parameters, scan.sizes)
    zero = scan.x.new_zeros(scan.sizes.hidden)
    weights = [
        torch.cat([named[name] for name in known.input_maps]),
        torch.cat([named[name] for name in known.state_maps]),
        torch.cat([named[name] for name in known.input_bias]),
        torch.cat([zero if name is None else named[name] for name in known.state_bias]),
    ]
    states = [scan.state[name].contiguous()[None] for name in scan.equations.states]
    x = scan.x.flip(1) if scan.reverse else scan.x
    # train=True, because otherwise the CUDA kernel keeps nothing for a backward pass;
    # with a dropout of 0 it changes no number
    y, *last = known.kernel(
        x,
        states if len(states) > 1 else states[0],
        weights,
        True,  # has biases
        1,  # layers
        0.0,  # dropout
        True,  # train
        False,  # bidirectional
        True,  # batch first
    )
    final = zip(scan.equations.states, last, strict=True)
    return Scanned(
        y=y.flip(1) if scan.reverse else y, state={name: value[0] for name, value in final}
    )
