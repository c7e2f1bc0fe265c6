"""The forecaster's model file: everything it needs to predict anywhere, and no code."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from lstmkit.data import Columns, Frequency, Series
from lstmkit.tasks.defaults import Defaults
from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.kept_series import packed, unpacked
from lstmkit.tasks.model_parts import cell_from, check_task, complete
from lstmkit.tasks.preparation import Preparation
from lstmkit.tasks.quantile_network import NetworkSizes
from lstmkit.tasks.trained import Trained
from lstmkit.train import History
from lstmkit.train.model_file import read_file, write_file

TASK = "forecaster"


def save(model: Forecaster, path: Path) -> Path:
    """Writes a fitted forecaster; see `Forecaster.save`.

    The file holds the last rows of each series, as many as a forecast needs, so that it can
    forecast the future of its training data alone.
    """
    settings = model.get_params() | {"cell": asdict(model.used_cell)}
    split = model.split if isinstance(model.split, str) else list(model.split)
    settings |= {"quantiles": list(model.quantiles), "split": split}
    tensors = {f"network.{k}": v for k, v in model.network_.state_dict().items()}
    tails, described = packed(_tail(one, model) for one in model.series_)
    metadata = {
        "task": TASK,
        "settings": settings,
        "columns": asdict(model.columns_),
        "frequency": model.frequency_.to_dict(),
        "preparation": model.trained_.prepared.to_dict(),
        "sizes": asdict(model.network_.sizes),
        "chosen": asdict(model.chosen),
        "levels": list(model.levels),
        "bands": list(model.trained_.bands),
        "season": model.season_,
        "notices": list(model.notices_),
        "history": model.history_.to_dict(),
        "series": described,
    }
    write_file(path, tensors | tails, metadata)
    return path


def _tail(one: Series, model: Forecaster) -> Series:
    """The rows that the next forecast reads: the lookback, and each season before it."""
    seasons = model.trained_.prepared.seasons
    return one.tail(model.lookback_ + max(seasons, default=0) + model.horizon, seasons)


def load_forecaster(path: Path) -> Forecaster:
    """Reads a forecaster; see `Forecaster.load`."""
    tensors, metadata = read_file(path)
    check_task(path, metadata, TASK)
    with complete(path, TASK):
        return _build(tensors, metadata)


def _build(tensors: dict[str, torch.Tensor], metadata: dict[str, Any]) -> Forecaster:
    settings = dict(metadata["settings"])
    cell = cell_from(settings.pop("cell"))
    model = Forecaster(**settings, cell=cell)
    model.used_cell, model.levels = cell, tuple(metadata["levels"])
    columns: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in metadata["columns"].items()
    }
    if "category" not in columns:
        # in files of before, all static columns were categories
        columns |= {"static": (), "category": columns["static"]}
    model.columns_ = Columns(**columns)
    model.frequency_ = Frequency.from_dict(metadata["frequency"])
    chosen = metadata["chosen"]
    model.chosen = Defaults(**chosen | {"seasons": tuple(chosen.get("seasons", ()))})
    model.lookback_, model.season_ = model.chosen.lookback, metadata["season"]
    model.notices_, model.split_ = tuple(metadata["notices"]), []
    model.history_ = History.from_dict(metadata["history"])
    model.series_ = unpacked(tensors, metadata["series"], model.columns_, model.frequency_)
    network = model.build(NetworkSizes(**metadata["sizes"]))
    own = "network."
    weights = {k.removeprefix(own): v for k, v in tensors.items() if k.startswith(own)}
    network.load_state_dict(weights)
    model.trained_ = Trained(
        network.eval(),
        Preparation.from_dict(metadata["preparation"]),
        model.lookback_,
        model.seed,
        tuple(metadata["bands"]),
    )
    return model
