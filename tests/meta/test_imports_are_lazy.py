"""What is heavy is imported when it is needed, and not before."""

import subprocess
import sys

import pytest

HEAVY = {
    "accelerate",
    "matplotlib",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "rich",
    "scipy",
    "sympy",
    "torch",
    "utilsforecast",
}


def loaded_after(program: str) -> set[str]:
    """Top-level packages that a fresh interpreter has imported at the end of a program."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, atexit\n"
            "atexit.register(lambda: print(*{m.split('.')[0] for m in sys.modules}, "
            "file=sys.stderr))\n" + program,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.splitlines()[-1].split())


def test_the_package_alone_imports_nothing():
    loaded = loaded_after("import lstmkit")
    assert "lstmkit" in loaded
    assert loaded & {*HEAVY, "typer"} == set()


@pytest.mark.parametrize(
    "arguments", ["--help", "--version", "train forecast --help", "demo --help"]
)
def test_help_imports_nothing_heavy(arguments: str):
    loaded = loaded_after(
        f"import lstmkit.cli\nlstmkit.cli.main({arguments.split()!r})\n",
    )
    assert "typer" in loaded
    assert loaded & HEAVY == set()


def test_layers_and_watching_gradients_need_no_tables_and_no_pictures():
    loaded = loaded_after(
        "from lstmkit import LSTM, Cell, cells\n"
        "from lstmkit.inspect import GradientWatch, gradient_flow, memory_span"
    )
    assert "torch" in loaded
    assert loaded & {"accelerate", "matplotlib", "pandas", "polars", "typer", "pyarrow"} == set()
