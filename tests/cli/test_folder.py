"""The folder of a run: its name, and that no run in it is lost by accident."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lstmkit.cli.folder import claim, default_folder
from lstmkit.errors import SettingsError

pytestmark = pytest.mark.usefixtures("_no_report")


def test_a_finished_run_is_replaced_only_when_told(
    run, arguments, trained: Path, tmp_path: Path
) -> None:
    command = arguments(trained / "sales.csv", tmp_path / "run")
    assert run(*command).code == 0
    before = (tmp_path / "run" / "model.safetensors").read_bytes()
    refused = run(*command, "--seed", "5")
    assert refused.code == 2
    assert refused.out == ""
    assert "holds a finished run. Replace it by --overwrite" in refused.err
    resumed = run(*command, "--resume")
    assert resumed.code == 2
    assert "holds a finished run, nothing to resume." in resumed.err
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == before
    assert run(*command, "--seed", "5", "--overwrite").code == 0
    assert (tmp_path / "run" / "model.safetensors").read_bytes() != before


def test_both_ways_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"--resume or --overwrite, got both"):
        claim(tmp_path, resume=True, overwrite=True)


def test_a_run_has_its_folder_by_table_and_target(
    run, arguments, trained: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = arguments(trained / "sales.csv", "unused")
    command.remove("--out")
    command.remove("unused")
    answer = run(*command)
    assert answer.code == 0
    assert f"Model:  {Path('runs/sales-units/model.safetensors')}" in answer.out
    assert (tmp_path / "runs" / "sales-units" / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("data", "target", "folder"),
    [
        ("a/sales.csv.gz", "units", "runs/sales-units"),
        ("sales.csv", ["a/b", "net price"], "runs/sales-a_b-net_price"),
        ("sales.csv", "../../up", "runs/sales-.._.._up"),
        ("größe.parquet", "größe", "runs/größe-größe"),
    ],
)
def test_no_name_leads_out_of_the_folder_of_runs(data: str, target, folder: str) -> None:
    assert default_folder(Path(data), target) == Path(folder)


def test_quiet_leaves_the_results_alone(run, arguments, trained: Path, tmp_path: Path) -> None:
    answer = run(*arguments(trained / "sales.csv", tmp_path / "run", "--quiet"))
    assert answer.code == 0
    assert answer.err == ""
    assert "seasonal naive" in answer.out


def test_the_best_of_each_metric_has_a_star(run, trained: Path) -> None:
    lines = run("info", trained / "run" / "model.safetensors").out.splitlines()
    rows = [line.split()[-5:] for line in lines[-4:]]
    for column in zip(*rows, strict=True):
        values = [float(cell.rstrip("*").replace(",", "")) for cell in column]
        best = [value for value, cell in zip(values, column, strict=True) if cell.endswith("*")]
        assert set(best) == {min(values)}


def test_a_path_with_a_blank_is_quoted_where_it_is_to_be_typed(
    run, arguments, trained: Path, tmp_path: Path
) -> None:
    answer = run(*arguments(trained / "sales.csv", tmp_path / "my run"))
    assert f"lstmkit predict '{tmp_path / 'my run' / 'model.safetensors'}'" in answer.err


def test_a_disk_full_at_the_end_costs_no_training(
    run, arguments, trained: Path, tmp_path: Path, monkeypatch
) -> None:
    from lstmkit.train import model_file

    write = model_file._write_durably

    def full(path: Path, content: bytes) -> None:
        if "model.safetensors" in path.name:
            path.touch()
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(model_file, "_write_durably", full)
    command = arguments(trained / "sales.csv", tmp_path / "run")
    answer = run(*command)
    assert answer.code == 1
    assert answer.out == ""
    assert "the disk is full" in answer.err
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["checkpoint.safetensors"]
    monkeypatch.setattr(model_file, "_write_durably", write)
    answer = run(*command, "--resume", "--json")
    assert "epoch 1/1" not in answer.err
    whole = json.loads((trained / "run" / "metrics.json").read_text())
    assert json.loads(answer.out)["overall"] == whole["overall"]


# the lightest verb stands for all: each writes by the same function, within the same `main`
def test_the_package_is_a_command() -> None:
    command = [sys.executable, "-m", "lstmkit", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said.stdout.startswith("lstmkit ")
    assert said.stderr == ""


def test_a_reader_that_leaves_early_hears_nothing() -> None:
    program = (
        "import importlib.metadata as known\n"
        "known.version = lambda _: 'x,' * 1_000_000\n"
        "from lstmkit.cli import main; main(['--version'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(10) == b"lstmkit x,"
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_full_disk_behind_stdout_is_said(process: Callable[..., subprocess.Popen[str]]) -> None:
    with Path("/dev/full").open("w") as full:
        command = process("--version", stdout=full)
        err = command.communicate(timeout=100)[1]
    assert command.returncode == 1
    assert err == "Error: the disk is full. Free some space and try again.\n"
