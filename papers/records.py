"""Results of runs as they come, a file each, so that a program can be stopped and continued."""

import json
import os
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Records:
    """A folder of results.

    Args:
        folder: Where they lie; made at the first result.

    Example:
        >>> import tempfile
        >>> records = Records(Path(tempfile.mkdtemp()))
        >>> records.put("adding 3", {"sequences": 74_000})
        >>> records.get("adding 3")
        {'sequences': 74000}
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> Record | None:
        """Returns a result, or None where there is none."""
        path = self._path(key)
        if not path.exists():
            return None
        found: Record = json.loads(path.read_text())
        return found

    def put(self, key: str, record: Record) -> None:
        """Keeps a result; a kill leaves the old one or the new one."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(f".{os.getpid()}")
        half.write_text(json.dumps(record))
        half.replace(path)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key.replace(' ', '-').replace('/', '-')}.json"
