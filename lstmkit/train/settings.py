"""What a training run is told: one frozen dataclass, checked when it is made."""

import math
from dataclasses import dataclass
from typing import Literal, no_type_check

from lstmkit.errors import SettingsError, nearest

Precision = Literal["float32", "bfloat16"]

_DEVICES = ("auto", "cpu", "cuda", "mps", "xpu")
_PRECISIONS = ("float32", "bfloat16")


# wrong types are answered in __post_init__; a checker switched on in tests stays out of its way
@no_type_check
@dataclass(frozen=True, kw_only=True, slots=True)
class TrainSettings:
    """How a model is trained.

    Args:
        epochs: Passes over the training data, at most; over them the learning rate falls.
        batch_size: Rows of one step, over all processes together. An epoch is cut into batches of
            nearly equal size, none larger. Larger batches train faster and less finely.
        learning_rate: Peak of the schedule. Lower it when the loss jumps or diverges.
        weight_decay: AdamW's decay of matrices (vectors such as biases are not decayed). Raise it
            when the validation loss turns up early.
        clip_norm: Largest norm of the whole gradient, or None for no limit. Keeps a long sequence
            from throwing the weights away in one step.
        clip_value: Largest absolute value of any number of the gradient, or None for no limit;
            applied before `clip_norm` (Graves 2013).
        gradient_noise: Variance at the first step of noise that is added to the clipped gradient
            and anneals, or None for none; 0.01 to 1 helps deep or hard nets
            (`lstmkit.train.gradients.add_noise`).
        patience: Epochs without a better validation loss before training stops, or None to train
            all epochs.
        seed: Source of the order of the rows and of dropout; not below 0. The first weights are
            the model's own.
        device: "auto" (an accelerator if there is one), "cpu", "cuda", "cuda:1", "mps" or "xpu".
        precision: "float32", or "bfloat16" for matrix products in half the memory.
        max_seconds: Training stops at the first step that ends later than this, in seconds over
            all resumed parts, or None for no limit.
        checkpoint_seconds: Seconds between checkpoints within an epoch; the most that a kill loses.

    Raises:
        SettingsError: A value outside its range; the message names the setting.

    Example:
        >>> TrainSettings(epochs=5).batch_size
        64
    """

    epochs: int = 50
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    clip_norm: float | None = 1.0
    clip_value: float | None = None
    gradient_noise: float | None = None
    patience: int | None = 10
    seed: int = 0
    device: str = "auto"
    precision: Precision = "float32"
    max_seconds: float | None = None
    checkpoint_seconds: float = 60.0

    def __post_init__(self) -> None:
        """Checks every value once, so that the loop need not."""
        _whole("epochs", self.epochs, least=1)
        _whole("batch_size", self.batch_size, least=1)
        _whole("seed", self.seed, least=0)
        _positive("learning_rate", self.learning_rate)
        _positive("checkpoint_seconds", self.checkpoint_seconds)
        if self.weight_decay != 0:
            _positive("weight_decay", self.weight_decay)
        if self.patience is not None:
            _whole("patience", self.patience, least=1)
        for name in ("clip_norm", "clip_value", "gradient_noise", "max_seconds"):
            if getattr(self, name) is not None:
                _positive(name, getattr(self, name))
        kind, _, index = self.device.partition(":")
        _one_of("device", kind, _DEVICES)
        if index and not index.isdecimal():
            raise _wrong("device", "a number after the colon, as in 'cuda:0'", self.device)
        _one_of("precision", self.precision, _PRECISIONS)


def _whole(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise _wrong(name, f"a whole number of at least {least}", value)


def _positive(name: str, value: object) -> None:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    if not (math.isfinite(number) and number > 0):
        raise _wrong(name, "a number above 0", value)


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        known = ", ".join(repr(choice) for choice in choices)
        raise _wrong(name, f"one of {known}", value, nearest(value, choices))


def _wrong(name: str, expected: str, value: object, hint: str = "") -> SettingsError:
    return SettingsError(f"TrainSettings: {name} must be {expected}, got {value!r}.{hint}")
