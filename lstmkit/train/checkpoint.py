"""All that a run needs to go on as if it had never stopped, in one safetensors file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from lstmkit.errors import ModelFileError, SettingsError
from lstmkit.train.fingerprint import DATA
from lstmkit.train.model_file import read_file, write_file
from lstmkit.train.run import Run

CHECKPOINT = "checkpoint.safetensors"
"""Name of the checkpoint in a run's folder."""

_KIND = "checkpoint"
_SHOWN = 3


def save(
    path: Path,
    model: nn.Module,
    optimiser: Optimizer,
    run: Run,
    fingerprint: Mapping[str, Any],
) -> None:
    """Writes a checkpoint, atomically.

    Args:
        path: The file.
        model: Its weights and buffers are written.
        optimiser: Built with named parameters; its state is written by their names.
        run: Where the run stands.
        fingerprint: What must be equal when the run is resumed, as JSON-able values by a name that
            a reader understands.

    Raises:
        ModelFileError: The file cannot be written.
    """
    groups = {
        "model": model.state_dict(),
        "best": run.best,
        "optimiser": _optimiser_tensors(optimiser),
    }
    tensors = {f"{group}/{name}": t for group, named in groups.items() for name, t in named.items()}
    content = {"kind": _KIND, "run": run.to_dict(), "fingerprint": dict(fingerprint)}
    write_file(path, tensors, content)


def restore(
    path: Path, model: nn.Module, optimiser: Optimizer, fingerprint: Mapping[str, Any]
) -> Run:
    """Reads a checkpoint into model and optimiser.

    Args:
        path: The file.
        model: Takes the weights.
        optimiser: Takes its state; built like the one that was saved.
        fingerprint: Of the run that wants to go on.

    Returns:
        Where the run stood.

    Raises:
        ModelFileError: No checkpoint, or a damaged one.
        SettingsError: The fingerprint differs; the message says where.
    """
    if not path.is_file():
        raise ModelFileError(
            f"fit: there is nothing to resume: {path} does not exist. Start without --resume."
        )
    tensors, metadata = read_file(path)
    if metadata.get("kind") != _KIND:
        raise ModelFileError(
            f"fit: {path} is a model file, not a checkpoint, and cannot be resumed. "
            "Start without --resume."
        )
    _require_equal(path, metadata["fingerprint"], fingerprint)
    model.load_state_dict(_group(tensors, "model"))
    _load_optimiser(optimiser, _group(tensors, "optimiser"))
    return Run.from_dict(metadata["run"], best=_group(tensors, "best"))


def _group(tensors: Mapping[str, Tensor], group: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(f"{group}/"): tensor
        for name, tensor in tensors.items()
        if name.startswith(f"{group}/")
    }


def _parameter_names(optimiser: Optimizer) -> list[str]:
    # torch numbers the parameters in this order, over all groups
    return [name for group in optimiser.param_groups for name in group["param_names"]]


def _optimiser_tensors(optimiser: Optimizer) -> dict[str, Tensor]:
    names = _parameter_names(optimiser)
    state = optimiser.state_dict()["state"]
    return {
        f"{names[i]}/{key}": tensor for i, kept in state.items() for key, tensor in kept.items()
    }


def _load_optimiser(optimiser: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    numbers = {name: number for number, name in enumerate(_parameter_names(optimiser))}
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        parameter, key = name.rsplit("/", 1)
        state.setdefault(numbers[parameter], {})[key] = tensor
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": state, "param_groups": groups})


def _require_equal(path: Path, saved: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    names = [name for name in {**saved, **here} if saved.get(name) != here.get(name)]
    # where the rows differ too, their numbers say more
    names = [name for name in names if name != DATA] or names
    if not names:
        return
    if names == [DATA]:
        got = "a checkpoint that does not tell" if saved.get(DATA) is None else "other data"
        raise SettingsError(
            f"fit: cannot resume from {path}: expected the data that it was made from, got {got}. "
            "Resume with the same table and columns, start without --resume, or give another "
            "folder."
        )
    shown = [f"{name} was {saved.get(name)}, is {here.get(name)}" for name in names[:_SHOWN]]
    more = [f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    raise SettingsError(
        f"fit: cannot resume from {path}, because the run differs: {'; '.join(shown + more)}. "
        "Give what was given before, or start without --resume."
    )
