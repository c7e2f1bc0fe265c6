"""Weights of fewer bits for inference: which types there are, and their calibration."""

import copy
from typing import TYPE_CHECKING, Literal, get_args

import torch
from torch import Tensor

from lstmkit.engine.cpu.compiler import CompilerError
from lstmkit.engine.cpu.library import engine
from lstmkit.engine.scan import Weights
from lstmkit.errors import SettingsError, nearest

if TYPE_CHECKING:
    from lstmkit.nn.lstm import LSTM

Kind = Literal["float32", "bfloat16", "int8"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def with_weights(stack: "LSTM", kind: Kind, calibrate: Tensor | None) -> "LSTM":
    """Copies a stack and sets the type of its weights for inference.

    Args:
        stack: The stack.
        kind: The type.
        calibrate: Typical input (batch, time, input), for `int8`.

    Returns:
        The copy.

    Raises:
        SettingsError: The type is not known, lacks its calibration, or the processor lacks it.
    """
    if kind not in KINDS:
        raise SettingsError(
            f"with_weights: expected one of {', '.join(KINDS)}, got {kind!r}.{nearest(kind, KINDS)}"
        )
    if kind == "int8" and not _has_int8():
        raise SettingsError(
            "with_weights('int8'): this processor has no instructions for such weights "
            "(AVX2, or AVX-512 with VNNI). Take bfloat16."
        )
    made = copy.deepcopy(stack)
    layers = made.directions()
    largest: list[dict[str, float]] = [{} for _ in layers]
    if kind == "int8":
        if calibrate is None:
            raise SettingsError(
                "with_weights('int8'): expected typical input to calibrate with, got none. "
                "Pass some: layer.with_weights('int8', x)."
            )
        with torch.no_grad():
            for layer in layers:
                layer.weights = Weights()
            _, _, traces = made(calibrate, trace=True)
        largest = [
            {name: max(float(trace[name].abs().max()), 1e-6) for name in layer.equations.states}
            for layer, trace in zip(layers, traces, strict=True)
        ]
    for layer, found in zip(layers, largest, strict=True):
        layer.weights = Weights(kind=kind, largest=found)
    return made


def _has_int8() -> bool:
    try:
        return bool(engine().lstmkit_has_int8())
    except CompilerError:
        return False
