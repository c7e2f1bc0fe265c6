"""Builds the wheel, installs it where there is no compiler and no source tree, and tests it there.

python tests/wheel/install.py
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# what a build reads; no library that an earlier one has made
SOURCES = ("lstmkit", "pyproject.toml", "setup.py", "README.md", "LICENSE")
TESTS = ("tests/wheel/test_installed.py", "tests/engine/cpu/comparing.py")
# of this processor's own choice, of an older one, and of one without an engine
INSTRUCTIONS = ("", "avx2", "plain")
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")


def build(folder: Path) -> Path:
    """Returns a wheel built from a copy of the source tree, which is gone afterwards."""
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            without = shutil.ignore_patterns("__pycache__", "built")
            shutil.copytree(ROOT / name, source / name, ignore=without)
        else:
            shutil.copy(ROOT / name, source)
    options = ("wheel", "--no-deps", "--wheel-dir", str(folder), str(source))
    subprocess.run([sys.executable, *PIP, *options], check=True, cwd=folder)
    shutil.rmtree(source)
    return next(folder.glob("lstmkit-*.whl"))


def environment(folder: Path, wheel: Path) -> Path:
    """Returns the programs of a fresh environment in which the wheel is installed."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "environment")], check=True)
    programs = folder / "environment" / "bin"
    options = ("install", "--constraint", str(ROOT / "constraints.txt"), str(wheel), "pytest")
    subprocess.run([str(programs / "python"), *PIP, *options], check=True, cwd=folder)
    return programs


def test(folder: Path, programs: Path, instructions: str) -> int:
    """Runs the tests with nothing in reach but the environment; returns their exit status."""
    place, cache = folder / "tests", folder / f"cache-{instructions}"
    place.mkdir(exist_ok=True)
    for name in TESTS:
        shutil.copy(ROOT / name, place)
    variables = {
        "PATH": str(programs),
        "HOME": str(folder),
        "LSTMKIT_CACHE": str(cache),
        "LSTMKIT_INSTRUCTIONS": instructions,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    sys.stdout.write(f"instructions: {instructions or 'best'}\n")
    sys.stdout.flush()
    command = [
        str(programs / "python"),
        "-m",
        "pytest",
        "-q",
        "-W",
        "error",
        "-p",
        "no:cacheprovider",
    ]
    return subprocess.run([*command, str(place)], check=False, cwd=place, env=variables).returncode


def main() -> None:
    """Ends with a failure if any test fails."""
    os.environ.pop("PYTHONPATH", None)
    with tempfile.TemporaryDirectory(prefix="lstmkit-wheel-") as name:
        folder = Path(name)
        wheel = build(folder)
        sys.stdout.write(f"{wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB\n")
        programs = environment(folder, wheel)
        sys.exit(max(test(folder, programs, instructions) for instructions in INSTRUCTIONS))


if __name__ == "__main__":
    main()
