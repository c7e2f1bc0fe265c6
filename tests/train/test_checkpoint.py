"""Checkpoints: what they hold, and when they are refused."""

import errno
import shutil
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

from lstmkit.errors import ModelFileError, SettingsError
from lstmkit.train import CHECKPOINT, fit, read_file, write_file


@pytest.fixture
def folder(toy: ModuleType, tmp_path: Path) -> Path:
    toy.train(toy.Toy(), tmp_path, epochs=2)
    return tmp_path


def resume(toy: ModuleType, folder: Path, model: nn.Module | None = None, **settings: object):
    return toy.train(model or toy.Toy(), folder, resume=True, **{"epochs": 2, **settings})


def test_a_checkpoint_names_weights_best_weights_and_optimiser_by_parameter(
    toy: ModuleType, folder: Path
) -> None:
    tensors, metadata = read_file(folder / CHECKPOINT)
    model = toy.Toy()
    assert {name for name in tensors if name.startswith(("model/", "best/"))} == {
        f"{group}/{name}" for group in ("model", "best") for name in model.state_dict()
    }
    assert {name for name in tensors if name.startswith("optimiser/")} == {
        f"optimiser/{name}/{key}"
        for name, _ in model.named_parameters()
        for key in ("step", "exp_avg", "exp_avg_sq")
    }
    assert metadata["kind"] == "checkpoint"
    assert metadata["run"]["epoch"] == 2
    assert metadata["run"]["history"]["stopped"] == "epochs"


def test_there_is_a_checkpoint_before_the_first_step(toy: ModuleType, tmp_path: Path) -> None:
    def look(_number: int) -> None:
        assert read_file(tmp_path / CHECKPOINT)[1]["run"]["step"] == 0
        raise StopIteration

    model = toy.Toy()
    model.at_call = look
    with pytest.raises(StopIteration):
        toy.train(model, tmp_path)
    assert toy.train(toy.Toy(), tmp_path, resume=True).stopped == "epochs"


def test_resuming_needs_a_folder(toy: ModuleType) -> None:
    with pytest.raises(SettingsError, match="resume=True needs the folder"):
        toy.train(toy.Toy(), None, resume=True)


def test_resuming_needs_a_checkpoint(toy: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"nothing to resume: .* Start without --resume"):
        resume(toy, tmp_path)


def test_a_model_file_is_no_checkpoint(toy: ModuleType, folder: Path) -> None:
    write_file(folder / CHECKPOINT, {"w": torch.ones(1)}, {"kind": "forecaster"})
    with pytest.raises(ModelFileError, match="is a model file, not a checkpoint"):
        resume(toy, folder)


def test_a_damaged_checkpoint_is_refused(toy: ModuleType, folder: Path) -> None:
    content = bytearray((folder / CHECKPOINT).read_bytes())
    content[-3] ^= 1
    (folder / CHECKPOINT).write_bytes(content)
    with pytest.raises(ModelFileError, match="is damaged: its checksum"):
        resume(toy, folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"epochs": 3}, "epochs was 2, is 3"),
        ({"learning_rate": 0.5}, "learning_rate was 0.02, is 0.5"),
        ({"clip_norm": None}, "clip_norm was 1.0, is None"),
        ({"seed": 1, "batch_size": 9, "patience": 3, "weight_decay": 0.0}, "and 1 more"),
    ],
)
def test_other_settings_are_refused_by_name(
    toy: ModuleType, folder: Path, change: dict[str, object], said: str
) -> None:
    with pytest.raises(SettingsError, match="the run differs") as caught:
        resume(toy, folder, **change)
    assert said in str(caught.value)


def test_the_times_and_the_device_may_change(toy: ModuleType, folder: Path) -> None:
    history = resume(toy, folder, max_seconds=900, checkpoint_seconds=5, device="auto")
    assert history.num_epochs == 2


def test_another_model_is_refused_by_parameter(toy: ModuleType, folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"parameter into.weight was \[4, 3\], is \[5, 3\]"):
        resume(toy, folder, toy.Toy(hidden=5))
    frozen = toy.Toy()
    frozen.out.requires_grad_(False)
    with pytest.raises(SettingsError, match=r"frozen parameter out.weight was None, is \[1, 4\]"):
        resume(toy, folder, frozen)
    without = toy.Toy()
    without.again.register_buffer("extra", torch.zeros(2))
    with pytest.raises(SettingsError, match=r"buffer again.extra was None, is \[2\]"):
        resume(toy, folder, without)


def test_other_data_are_refused_by_their_size(toy: ModuleType, folder: Path) -> None:
    def resume_with(train: object, valid: object) -> None:
        told = toy.settings(epochs=2)
        fit(toy.Toy(), train, valid, told, folder=folder, resume=True, progress=False)

    with pytest.raises(SettingsError, match="rows of train_data was 30, is 31"):
        resume_with(toy.Rows(31), toy.VALID)
    with pytest.raises(SettingsError, match="rows of valid_data was 9, is 8"):
        resume_with(toy.TRAIN, toy.Rows(8))
    narrow = toy.Rows(30)
    narrow.x = narrow.x[:, :4]
    with pytest.raises(SettingsError, match=r"shape of a row's 'x' was \[5, 3\], is \[4, 3\]"):
        resume_with(narrow, toy.VALID)


def test_other_data_of_the_same_size_are_refused_by_their_mark(
    toy: ModuleType, tmp_path: Path
) -> None:
    def run(mark: str | None, **how: object) -> None:
        rows = toy.TRAIN, toy.VALID, toy.settings(epochs=2, **how)
        resumed = (tmp_path / CHECKPOINT).exists()
        fit(toy.Toy(), *rows, folder=tmp_path, resume=resumed, progress=False, data_mark=mark)

    run("a")
    run("a")
    with pytest.raises(
        SettingsError, match=r"the data that it was made from, got other data\. Res"
    ):
        run("b")
    with pytest.raises(SettingsError, match="because the run differs: seed was 0, is 1"):
        run("b", seed=1)


def test_a_checkpoint_that_tells_no_data_is_refused(toy: ModuleType, folder: Path) -> None:
    rows = toy.TRAIN, toy.VALID, toy.settings(epochs=2)
    with pytest.raises(SettingsError, match="got a checkpoint that does not tell"):
        fit(toy.Toy(), *rows, folder=folder, resume=True, progress=False, data_mark="a")


def test_a_folder_may_be_a_text(toy: ModuleType, tmp_path: Path) -> None:
    toy.train(toy.Toy(), str(tmp_path / "run"), epochs=1)
    assert (tmp_path / "run" / CHECKPOINT).exists()


def test_a_device_that_is_not_there_leaves_no_folder(toy: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'cuda:99' is not available"):
        toy.train(toy.Toy(), tmp_path / "run", device="cuda:99")
    assert not (tmp_path / "run").exists()


def test_a_refused_resume_leaves_the_model_as_it_was(toy: ModuleType, folder: Path) -> None:
    model = toy.Toy()
    before = toy.weights(model)
    with pytest.raises(SettingsError):
        resume(toy, folder, model, epochs=3)
    assert all(map(torch.equal, before, toy.weights(model)))


def test_a_disk_that_fills_up_stops_training_and_keeps_the_last_checkpoint(
    toy: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def fill_up(number: int) -> None:
        if number == 8:
            monkeypatch.setattr("os.fsync", full)

    model = toy.Toy()
    model.at_call = fill_up
    with pytest.raises(ModelFileError, match=r"the disk is full.*Free some space"):
        toy.train(model, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    monkeypatch.undo()
    again, whole = toy.Toy(), toy.Toy()
    toy.train(again, tmp_path, resume=True)
    toy.train(whole)
    assert all(map(torch.equal, toy.weights(again), toy.weights(whole)))


def test_what_a_kill_left_behind_is_cleared_away(toy: ModuleType, folder: Path) -> None:
    shutil.copy(folder / CHECKPOINT, folder / f".{CHECKPOINT}.12345.tmp")
    (folder / "model.safetensors").touch()
    resume(toy, folder)
    assert sorted(path.name for path in folder.iterdir()) == [CHECKPOINT, "model.safetensors"]


def test_a_folder_that_is_a_file_is_refused(toy: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(ModelFileError, match="cannot be used as a folder: File exists"):
        toy.train(toy.Toy(), tmp_path / "run")
