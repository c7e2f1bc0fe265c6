"""accelerate for the length of one training run: device, precision, processes."""

import atexit
import gc
import importlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from lstmkit.errors import MissingExtraError, SettingsError
from lstmkit.train.settings import TrainSettings

if TYPE_CHECKING:
    from accelerate import Accelerator

_MIXED = {"float32": "no", "bfloat16": "bf16"}


@contextmanager
def accelerator(settings: TrainSettings) -> Iterator["Accelerator"]:
    """Lends an Accelerator and leaves no trace of it.

    accelerate keeps its settings once for the whole process. They are put aside here and put back
    afterwards, so that a run meets neither the settings of the run before nor those of a caller
    who uses accelerate too. torch's random numbers are put back likewise.

    Args:
        settings: Of these, `device` and `precision`.

    Yields:
        The Accelerator; with several processes (torchrun, accelerate launch) they are connected.

    Raises:
        MissingExtraError: accelerate is not installed.
        SettingsError: The device is not there, or cannot compute in this precision.
    """
    try:
        from accelerate import Accelerator
        from accelerate.utils import patch_environment
    except ImportError as error:
        raise MissingExtraError(
            "fit: training needs accelerate, which is not installed. "
            "Install it with: pip install 'lstmkit[forecast]'"
        ) from error
    chosen = {} if settings.device == "auto" else {"ACCELERATE_TORCH_DEVICE": settings.device}
    require_device(settings.device)
    connected = _connected()
    _load_before_connecting()
    with _fresh_state():
        try:
            with patch_environment(**chosen), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                lent = Accelerator(
                    mixed_precision=_MIXED[settings.precision], cpu=_on_cpu(settings.device)
                )
        except ValueError as error:
            raise SettingsError(
                f"TrainSettings: precision {settings.precision!r} does not work on device "
                f"{settings.device!r} ({error}). Use precision='float32'."
            ) from error
        if _connected() and not connected:
            atexit.register(_disconnect)
        with _own_randomness(lent.device):
            yield lent


def _connected() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def _load_before_connecting() -> None:
    """Imports what would hold the group of processes for good if it were imported later.

    Its functions have `group=group.WORLD` in their signatures: the group that there is at the
    import, so that nothing could end its threads any more (torch 2.13; wrapping a model imports
    it).
    """
    if "RANK" in os.environ and torch.distributed.is_available():
        importlib.import_module("torch.distributed.nn.functional")


def _disconnect() -> None:
    """Ends the group, whose threads abort the process where they outlive the interpreter.

    They end with the last reference to the group, which may be that of a thread itself: to a
    tensor of Python's that it lets go of, while there is no interpreter any more.
    """
    # wrapped models hold the group too, in cycles
    gc.collect()
    torch.distributed.destroy_process_group()


@contextmanager
def _fresh_state() -> Iterator[None]:
    from accelerate.state import AcceleratorState, GradientState, PartialState

    shared = [kind._shared_state for kind in (PartialState, AcceleratorState, GradientState)]
    before = [dict(state) for state in shared]
    for state in shared:
        state.clear()
    try:
        yield
    finally:
        for state, content in zip(shared, before, strict=True):
            state.clear()
            state.update(content)


@contextmanager
def _own_randomness(device: torch.device) -> Iterator[None]:
    indices = [] if device.type in ("cpu", "mps") else [device.index or 0]
    with torch.random.fork_rng(indices):
        yield


def _on_cpu(device: str) -> bool:
    # several processes meet over gloo only if accelerate is told that there is no accelerator
    return device == "cpu" or (device == "auto" and not torch.accelerator.is_available())


def require_device(device: str) -> None:
    """Refuses a device that is not there.

    Args:
        device: As in `TrainSettings`.

    Raises:
        SettingsError: This machine has none, or torch cannot use it.
    """
    if device == "auto":
        return
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise SettingsError(
            f"TrainSettings: device {device!r} is not available on this machine. "
            "Use device='auto' or device='cpu'."
        ) from error
