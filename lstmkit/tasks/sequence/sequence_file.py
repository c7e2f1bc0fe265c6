"""The model file of a sequence task: everything it needs to answer anywhere, and no code."""

from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from lstmkit.cells import find
from lstmkit.data.sequence_table import SequenceColumns
from lstmkit.tasks.model_parts import cell_from, check_task, complete
from lstmkit.tasks.sequence.defaults import SequenceDefaults
from lstmkit.tasks.sequence.preparation import SequencePreparation
from lstmkit.tasks.sequence.sequence_task import SequenceTask
from lstmkit.train import History, read_file, write_file

Task = TypeVar("Task", bound=SequenceTask)


def save(task: SequenceTask, path: Path) -> Path:
    """Writes a fitted task; see `SequenceTask.save`."""
    metadata = {
        "task": task.kind,
        "settings": task.get_params() | {"cell": asdict(find(task.cell))},
        "columns": None if task.columns_ is None else asdict(task.columns_),
        "preparation": task.prepared_.to_dict(),
        "chosen": asdict(task.chosen_),
        "learnt": task.learnt(),
        "history": task.history_.to_dict(),
    }
    write_file(path, task.network_.state_dict(), metadata)
    return path


def load(kind: type[Task], path: Path) -> Task:
    """Reads a task; see `SequenceTask.load`."""
    tensors, metadata = read_file(path)
    check_task(path, metadata, kind.kind)
    with complete(path, kind.kind):
        settings = dict(metadata["settings"])
        task = kind(**(settings | {"cell": cell_from(settings["cell"])}))
        told = metadata["columns"]
        task.columns_ = None if told is None else SequenceColumns.from_dict(told)
        task.prepared_ = SequencePreparation.from_dict(metadata["preparation"])
        task.chosen_ = SequenceDefaults(**metadata["chosen"])
        task.history_ = History.from_dict(metadata["history"])
        task.restore(metadata["learnt"])
        network = task.build(task.sizes(), task.chosen_)
        network.load_state_dict(tensors)
        task.network_ = network.eval()
    return task
