"""Results as they come, one JSON line each, so that a long run can be stopped and continued."""

import hashlib
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import lstmkit

PEERS = ("torch", "onnxruntime", "openvino", "jax", "keras", "numpy")
Record = dict[str, Any]


@cache
def fingerprint() -> dict[str, str]:
    """Returns what a result depends on: processor, versions, and our own source."""
    package = Path(lstmkit.__file__).parent
    mark = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in (".py", ".h", ".cpp") and "built" not in path.parts:
            mark.update(path.read_bytes())
    return {
        "processor": processor(),
        "python": platform.python_version(),
        "lstmkit": f"{version('lstmkit')}, source {mark.hexdigest()[:12]}",
    } | {name: _version(name) for name in PEERS}


def processor() -> str:
    """Returns the processor's name and how many of it there are."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} x {named[0] if named else name}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


@dataclass(frozen=True, slots=True)
class Records:
    """A file of results.

    Attributes:
        path: The file; it need not exist yet.
    """

    path: Path

    def append(self, point: Record, result: Record) -> None:
        """Writes one result at the end, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"point": point, "made": fingerprint(), "result": result})
        with self.path.open("a") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def all(self) -> Iterator[Record]:
        """Yields the results of this machine, these versions and this source."""
        if not self.path.exists():
            return
        for line in self.path.read_text().splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                continue  # the line that was being written when the run was stopped
            if found["made"] == fingerprint():
                yield found

    def find(self, point: Record) -> Record | None:
        """Returns the result of one point, or None."""
        for found in self.all():
            if found["point"] == point:
                result: Record = found["result"]
                return result
        return None
