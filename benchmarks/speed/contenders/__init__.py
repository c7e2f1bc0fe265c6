"""Who is timed: one file each, imported only where it is installed.

A file gives `prepare(point, numbers)`, which returns a `Prepared`, the tuple `MODES` of what it can
do, and `version()`.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from benchmarks.speed.point import Numbers, Point

# by the name in the tables; the first two take part in every round
FILES = {
    "ours": "ours",
    "torch": "torch_lstm",
    "onnxruntime": "onnx_runtime",
    "openvino": "open_vino",
    "jax": "jax_scan",
    "keras": "keras_lstm",
    "loop": "cell_loop",
}
LABELS = {
    "ours": "lstmkit",
    "torch": "torch.nn.LSTM",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "jax": "JAX lax.scan",
    "keras": "Keras (JAX)",
    "loop": "loop of LSTMCell",
}
TOLERANCE = 1e-4


class Prepared(NamedTuple):
    """A contender ready to run one point.

    Attributes:
        run: One call; nothing of it is left over from the call before.
        read: Turns what `run` returned into arrays in torch's layout: `y` (T, B, H) and, for
            training, `dx` (T, B, I), `dW` (4H, I), `dU` (4H, H).
    """

    run: Callable[[], Any]
    read: Callable[[Any], Mapping[str, np.ndarray]]


class WrongNumbersError(RuntimeError):
    """A contender that does not compute what torch computes."""


def find(name: str) -> ModuleType | str:
    """Returns a contender's module, or one line that says why there is none."""
    try:
        return import_module(f"benchmarks.speed.contenders.{FILES[name]}")
    except ImportError as error:
        return f"{LABELS[name]} is left out: {error}"


def check(name: str, point: Point, given: Prepared, wanted: Mapping[str, np.ndarray]) -> None:
    """Refuses a contender whose numbers are not torch's.

    Args:
        name: Its name.
        point: What it ran.
        given: The contender.
        wanted: Torch's outputs and gradients.

    Raises:
        WrongNumbersError: An output is off by more than 1e-4, or a gradient by more than 1e-4 of
            the largest one.
    """
    found = given.read(given.run())
    for part, right in wanted.items():
        if found[part].shape != right.shape:
            raise WrongNumbersError(
                f"{LABELS[name]}, {point}: expected {part} of shape {right.shape}, "
                f"got {found[part].shape}."
            )
        scale = 1.0 if part == "y" else float(np.abs(right).max())
        off = float(np.abs(found[part] - right).max()) / scale
        if not off <= TOLERANCE:
            raise WrongNumbersError(
                f"{LABELS[name]}, {point}: {part} is off by {off:.1e}; at most {TOLERANCE} is "
                "allowed. Its precision or its layout of weights is not torch's."
            )


__all__ = ["FILES", "LABELS", "Numbers", "Prepared", "WrongNumbersError", "check", "find"]
