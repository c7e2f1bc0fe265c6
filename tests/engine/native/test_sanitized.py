"""The engine under sanitizers: random cases show nothing wrong, and what is wrong is shown."""

import importlib.util
import subprocess
from pathlib import Path

import pytest

from lstmkit.engine.cpu.compiler import compiler
from lstmkit.engine.cpu.processor import instruction_set

SPECIFICATION = importlib.util.spec_from_file_location(
    "sanitize", Path(__file__).with_name("sanitize.py")
)
sanitize = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(sanitize)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(compiler() is None, reason="no C++ compiler"),
    pytest.mark.skipif(instruction_set() is None, reason="no engine for this processor"),
]


@pytest.fixture(scope="module")
def drivers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drivers")
    found = {name: build for name, build in sanitize.BUILDS.items() if not build.missing()}
    return {name: sanitize.make(name, folder) for name in found}


def run(driver: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    emulator = sanitize.BUILDS[driver.name].emulator
    command = [*([emulator] if emulator else []), driver, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_nothing_is_found(drivers, tmp_path):
    options = {"address": ["--record"], "plain": ["--against"], "arm64": ["--against"]}
    for name, driver in drivers.items():
        build = sanitize.BUILDS[name]
        record = [*options.get(name, []), str(tmp_path / "record")] if name in options else []
        done = run(driver, "--cases", str(build.cases), *record)
        assert done.returncode == 0, done.stderr
        assert f"{build.cases} cases from seed 1 on" in done.stdout


@pytest.mark.parametrize(
    ("name", "wrong", "found"),
    [
        ("address", "memory", "heap-buffer-overflow"),
        ("plain", "alignment", "misaligned address"),
        ("plain", "value", "breaks the law"),
        ("thread", "race", "data race"),
    ],
)
def test_what_is_wrong_is_found(drivers, name, wrong, found):
    done = run(drivers[name], "--break", wrong, "--cases", "20")
    assert done.returncode != 0
    assert found in done.stderr
    assert "seed" in done.stderr


def test_results_of_other_cases_are_refused(drivers, tmp_path):
    record = tmp_path / "record"
    assert run(drivers["plain"], "--cases", "5", "--record", str(record)).returncode == 0
    done = run(drivers["plain"], "--cases", "5", "--first", "9", "--against", str(record))
    assert 'breaks the law "another build"' in done.stderr


def test_an_option_that_is_none_is_refused(drivers):
    done = run(drivers["plain"], "--seeds", "5")
    assert done.returncode == 2
    assert "got --seeds" in done.stderr
