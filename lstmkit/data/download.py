"""Files from where they are published, checked before they are kept."""

import hashlib
import os
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from lstmkit.errors import DataError


def sha256(path: Path) -> str:
    """The SHA-256 checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(url: str, path: Path, checksum: str, *, seconds: float = 60.0) -> Path:
    """Fetches a file; what lies at `path` afterwards is whole and checked, or what lay there.

    Args:
        url: Where the file is published.
        path: Where to put it; its folder is made.
        checksum: SHA-256 that it must have, in hexadecimal.
        seconds: How long to wait for the server to answer.

    Returns:
        The path.

    Raises:
        DataError: No answer from the server, or another content than expected.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    part = Path(name)
    try:
        with (
            os.fdopen(handle, "wb") as file,
            urllib.request.urlopen(url, timeout=seconds) as answer,
        ):
            while block := answer.read(1 << 20):
                file.write(block)
        if sha256(part) != checksum:
            raise DataError(
                f"{url}: expected a file with SHA-256 {checksum}, got {sha256(part)}. It has "
                "changed or was cut off; try again, or get the file from somewhere else."
            )
        part.replace(path)
    except (urllib.error.URLError, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        raise DataError(
            f"{url}: expected a file, got no answer ({reason}). Try again later, or get the file "
            f"by hand and put it at {path}."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path
