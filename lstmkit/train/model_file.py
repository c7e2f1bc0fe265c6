"""Model files: one safetensors file, written at once or not at all, read without running code."""

import errno
import json
import os
import zlib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from lstmkit.errors import ModelFileError

FORMAT = 1

_FULL = (errno.ENOSPC, errno.EDQUOT)


def write_file(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> None:
    """Writes tensors and metadata to `path`: a kill at any moment leaves the old file or the new.

    Args:
        path: The file; its folder must exist.
        tensors: Named tensors of any device; tensors that share memory are written each.
        metadata: What JSON can hold, finite numbers only. The keys "format" and "version" are
            added: the file's format and the version of lstmkit that wrote it.

    Raises:
        ModelFileError: The disk is full, or the folder missing or not writable; the old file, if
            there was one, is untouched.
    """
    # a clone each: safetensors refuses tensors that share memory
    owned = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    text = json.dumps({"format": FORMAT, "version": _version(), **metadata}, allow_nan=False)
    labels = {"lstmkit": text, "lstmkit.checksum": _checksum(text, owned)}
    content = safetensors.torch.save(owned, labels)
    # the process number keeps two writers of one path apart
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        _write_durably(partial, content)
        partial.replace(path)
    except OSError as error:
        raise _not_written(path, len(content), error) from error
    finally:
        partial.unlink(missing_ok=True)


def read_file(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Reads what `write_file` wrote. No code in the file is ever run.

    Args:
        path: The file.

    Returns:
        The tensors, on the CPU, and the metadata with "format" and "version".

    Raises:
        ModelFileError: No such file, not a safetensors file, damaged, not lstmkit's, or written by
            a newer lstmkit in a format that this one does not know.

    Example:
        >>> import tempfile; path = Path(tempfile.mkdtemp()) / "model.safetensors"
        >>> write_file(path, {"b_f": torch.ones(2)}, {"horizon": 24})
        >>> tensors, metadata = read_file(path)
        >>> tensors["b_f"].tolist(), metadata["horizon"]
        ([1.0, 1.0], 24)
    """
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise ModelFileError(f"read_file: {path} {what}. Give the path of a model file.")
    try:
        # read once: the file may be replaced while it is looked at
        content = path.read_bytes()
        tensors = safetensors.torch.load(content)
    except OSError as error:
        raise ModelFileError(f"read_file: {path} cannot be read: {error.strerror}.") from error
    except SafetensorError as error:
        raise ModelFileError(
            f"read_file: {path} is damaged or is no safetensors file ({error}). "
            "Copy it again from where it was made, or train anew."
        ) from error
    labels = _labels(content)
    text = labels.get("lstmkit")
    if text is None:
        raise _foreign(path)
    metadata = _parse(path, text)
    if labels.get("lstmkit.checksum") != _checksum(text, tensors):
        raise _damaged(path, "its checksum does not match its content")
    return tensors, metadata


def _labels(content: bytes) -> dict[str, str]:
    """The metadata of a safetensors file that is known to be whole: a length, then JSON."""
    size = int.from_bytes(content[:8], "little")
    labels: dict[str, str] = json.loads(content[8 : 8 + size]).get("__metadata__", {})
    return labels


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        metadata = json.loads(text)
    except json.JSONDecodeError as error:
        raise _damaged(path, f"its metadata is no JSON: {error}") from error
    if not isinstance(metadata, dict) or not isinstance(metadata.get("format"), int):
        raise _damaged(path, "its metadata does not say its format")
    if metadata["format"] > FORMAT:
        raise ModelFileError(
            f"read_file: {path} was made by lstmkit {metadata.get('version')} in file format "
            f"{metadata['format']}; this is lstmkit {_version()}, which reads up to format "
            f"{FORMAT}. Upgrade with: pip install --upgrade lstmkit"
        )
    return metadata


def _checksum(text: str, tensors: Mapping[str, Tensor]) -> str:
    total = zlib.crc32(text.encode())
    for name, tensor in sorted(tensors.items()):
        total = zlib.crc32(f"{name} {tensor.dtype} {list(tensor.shape)}".encode(), total)
        total = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, total)
    return f"{total:08x}"


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _version() -> str:
    try:
        return version("lstmkit")
    except PackageNotFoundError:
        return "unreleased"


def _not_written(path: Path, num_bytes: int, error: OSError) -> ModelFileError:
    if error.errno in _FULL:
        reason = f"the disk is full; {num_bytes / 1e6:.1f} MB are needed"
        remedy = "Free some space, or choose a folder on another disk."
    else:
        reason = error.strerror or str(error)
        remedy = "Choose a folder that exists and that you may write to."
    kept = " The file that was there before is untouched." if path.exists() else ""
    return ModelFileError(f"write_file: cannot write {path}: {reason}. {remedy}{kept}")


def _foreign(path: Path) -> ModelFileError:
    return ModelFileError(
        f"read_file: {path} is a safetensors file, but not one of lstmkit's: it has no 'lstmkit' "
        "metadata. Give a file that lstmkit saved."
    )


def _damaged(path: Path, reason: str) -> ModelFileError:
    return ModelFileError(
        f"read_file: {path} is damaged: {reason}. "
        "Copy it again from where it was made, or train anew."
    )
