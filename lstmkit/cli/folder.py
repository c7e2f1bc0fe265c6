"""The folder of a run: where it lies if nobody says so, and what it must not hold already."""

import re
from collections.abc import Sequence
from pathlib import Path

from lstmkit.errors import SettingsError

MODEL = "model.safetensors"


def default_folder(data: Path, target: str | Sequence[str]) -> Path:
    """Names the folder of a run after its table and targets.

    Args:
        data: The table.
        target: Column or columns to predict.

    Returns:
        A folder below runs/.

    Example:
        >>> default_folder(Path("tables/sales.csv"), ["units", "net price"]).as_posix()
        'runs/sales-units-net_price'
    """
    names = [target] if isinstance(target, str) else target
    parts = [data.name.split(".")[0], *names]
    return Path("runs") / "-".join(re.sub(r"[^\w.]+", "_", part) for part in parts)


def claim_search(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Refuses a folder whose search or run would be lost; `resume` makes a search longer.

    Args:
        folder: Folder of the search that is to begin.
        resume: The search in the folder is to go on.
        overwrite: What the folder holds may be replaced.

    Raises:
        SettingsError: As `claim`; or a run without a search is to be resumed.
    """
    from lstmkit.tasks.tuning.study import STUDY

    if not (resume and (folder / STUDY).exists()):
        claim(folder, resume=resume, overwrite=overwrite)
    if overwrite:
        (folder / STUDY).unlink(missing_ok=True)


def claim(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Refuses a folder whose run would be lost, before any work is done.

    Args:
        folder: Folder of the run that is to begin.
        resume: The run in the folder is to go on.
        overwrite: What the folder holds may be replaced.

    Raises:
        SettingsError: There is a run, finished or not, and nobody said what to do with it; or a
            finished one is to be resumed.
    """
    from lstmkit.train import CHECKPOINT
    from lstmkit.train.processes import is_first

    # by the time another process looks, the first one has begun
    if not is_first():
        return
    if resume and overwrite:
        raise SettingsError(
            "train: expected --resume or --overwrite, got both. The first goes on with "
            "the run in the folder, the second starts it anew."
        )
    broken_off, finished = (folder / CHECKPOINT).exists(), (folder / MODEL).exists()
    if overwrite or (resume and broken_off) or not (broken_off or finished):
        return
    if broken_off:
        raise SettingsError(
            f"train: {folder} holds a run that was broken off. Go on with it by --resume, "
            "start anew by --overwrite, or choose another folder by --out."
        )
    raise SettingsError(
        f"train: {folder} holds a finished run{', nothing to resume' * resume}. Replace "
        "it by --overwrite, or choose another folder by --out."
    )
