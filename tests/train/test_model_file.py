"""Model files: whole or absent, and refused with a reason when they are anything else."""

import errno
import json
import os
import pickle
from pathlib import Path

import pytest
import safetensors.torch
import torch
from safetensors import safe_open

from lstmkit.errors import ModelFileError
from lstmkit.train import model_file, read_file, write_file

TENSORS = {
    "W_f": torch.arange(6, dtype=torch.float64).reshape(2, 3),
    "b_f": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
    "count": torch.tensor(3),
    "none": torch.zeros(0, 4),
}
METADATA = {"kind": "forecaster", "scale": {"mean": [0.1, 1e-300], "text": "größer"}, "cell": None}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    write_file(path, TENSORS, METADATA)
    return path


def rewrite(path: Path, labels: dict[str, str]) -> None:
    safetensors.torch.save_file({"b": torch.ones(2)}, path, labels)


def test_what_is_written_is_read_back(path: Path) -> None:
    tensors, metadata = read_file(path)
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in tensors.items():
        assert tensor.dtype == TENSORS[name].dtype
        assert torch.equal(tensor, TENSORS[name])
    assert METADATA.items() <= metadata.items()
    assert metadata["format"] == 1
    assert isinstance(metadata["version"], str)


def test_any_safetensors_reader_opens_the_file(path: Path) -> None:
    with safe_open(path, framework="pt") as file:
        assert set(file.keys()) == set(TENSORS)
        assert json.loads(file.metadata()["lstmkit"])["kind"] == "forecaster"


def test_the_version_of_an_installed_lstmkit_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_file, "version", lambda _name: "1.2.3")
    write_file(path, TENSORS, METADATA)
    assert read_file(path)[1]["version"] == "1.2.3"


def test_a_tree_that_is_not_installed_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise model_file.PackageNotFoundError(name)

    monkeypatch.setattr(model_file, "version", absent)
    write_file(path, TENSORS, METADATA)
    assert read_file(path)[1]["version"] == "unreleased"


def test_tensors_that_share_memory_are_written_each(tmp_path: Path) -> None:
    table = torch.arange(6.0).reshape(2, 3)
    write_file(tmp_path / "f", {"all": table, "row": table[1], "turned": table.T}, {})
    tensors, _ = read_file(tmp_path / "f")
    assert torch.equal(tensors["turned"], table.T)
    tensors["row"].zero_()
    assert torch.equal(tensors["all"], table)


def test_a_parameter_is_written_without_its_gradient(tmp_path: Path) -> None:
    write_file(tmp_path / "f", {"w": torch.ones(2, requires_grad=True)}, {})
    assert not read_file(tmp_path / "f")[0]["w"].requires_grad


def test_tensors_outlive_their_file(path: Path) -> None:
    tensors, _ = read_file(path)
    path.write_bytes(b"\0" * path.stat().st_size)
    assert torch.equal(tensors["W_f"], TENSORS["W_f"])


def test_a_number_that_json_cannot_hold_is_our_mistake_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_file(tmp_path / "f", {}, {"loss": float("nan")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["os.fsync", "os.replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch, place: str, number: int
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    before = path.read_bytes()
    monkeypatch.setattr(place, fail)
    with pytest.raises(ModelFileError) as caught:
        write_file(path, {"b": torch.zeros(3)}, {})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    message = str(caught.value)
    assert str(path) in message
    assert "before is untouched" in message
    full = number != errno.EIO
    assert ("the disk is full" in message) == full
    assert ("Free some space" in message) == full


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_a_write_that_is_broken_off_leaves_the_old_file_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    def fail(*_: object) -> None:
        raise stop

    before = path.read_bytes()
    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(stop):
        write_file(path, {"b": torch.zeros(3)}, {})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_disk_that_is_full_is_said_with_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(ModelFileError, match=r"1\.0 MB are needed\. Free some space") as caught:
        write_file(tmp_path / "f", {"w": torch.zeros(250_000)}, {})
    assert "untouched" not in str(caught.value)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"No such file.*Choose a folder that exists"):
        write_file(tmp_path / "absent" / "f", TENSORS, {})


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"absent does not exist\. Give the path"):
        read_file(tmp_path / "absent")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="is a folder"):
        read_file(tmp_path)


class Harm:
    """What a pickle would run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("harm",)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"time,y\n1,2\n" * 9, pickle.dumps(Harm()), b"\xff" * 64],
    ids=["empty", "one byte", "csv", "pickle", "ones"],
)
def test_what_is_no_safetensors_file_is_refused_and_not_run(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"is damaged or is no safetensors file"):
        read_file(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_cut_short_anywhere_is_refused(path: Path) -> None:
    content = path.read_bytes()
    for length in range(0, len(content), 37):
        path.write_bytes(content[:length])
        with pytest.raises(ModelFileError, match="damaged"):
            read_file(path)


def test_a_file_with_one_wrong_bit_is_never_read_as_something_else(path: Path) -> None:
    content = path.read_bytes()
    for place in range(0, len(content), 5):
        path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        # in the header, the bit may also turn the file into another's, or into nothing
        with pytest.raises(ModelFileError, match=r"damaged|not one of lstmkit's|newer|file format"):
            read_file(path)


def test_a_foreign_safetensors_file_is_refused(path: Path) -> None:
    for labels in ({"format": "pt"}, None):
        rewrite(path, labels)
        with pytest.raises(ModelFileError, match="not one of lstmkit's"):
            read_file(path)


def test_a_file_of_a_newer_format_asks_for_an_upgrade(path: Path) -> None:
    rewrite(path, {"lstmkit": json.dumps({"format": 2, "version": "9.1"})})
    with pytest.raises(ModelFileError, match=r"made by lstmkit 9\.1 in file format 2.*Upgrade"):
        read_file(path)


@pytest.mark.parametrize("text", ["{", "[1]", "{}", '{"format": "1"}'])
def test_metadata_that_say_no_format_are_refused(path: Path, text: str) -> None:
    rewrite(path, {"lstmkit": text})
    with pytest.raises(ModelFileError, match="is damaged: its metadata"):
        read_file(path)


def test_a_file_that_the_system_cannot_read_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(ModelFileError, match="cannot be read: Permission denied"):
        read_file(path)
