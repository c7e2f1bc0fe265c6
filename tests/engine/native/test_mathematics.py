"""The engine's functions on vectors, against double precision over the whole range of floats."""

import shutil
import subprocess
from pathlib import Path

import pytest

from lstmkit.engine.cpu.compiler import NATIVE, compiler
from lstmkit.engine.cpu.processor import of_this_family

# largest error in units of the last place; beside it what every float gave on the worst of the
# instruction sets (docs/mathematics.md)
LIMITS = {
    "exponential": 1.4,  # 1.31
    "sigmoid": 2.2,  # 2.11
    "hyperbolic_tangent": 2.6,  # 2.54
    "logarithm": 2.0,  # 1.996
    "logsigmoid": 3.4,  # 3.32
    "softplus": 3.4,  # 3.32
    "reciprocal": 0.6,  # 0.53
    "square_root": 0.5,  # 0.5
    "absolute": 0.0,
    "relu": 0.0,
    "sign": 0.0,
    "operations": 0.0,
}
SETS = {each.name: each for each in of_this_family()}
SOURCE = Path(__file__).parent / "mathematics_driver.cpp"
BUILD = ["-std=c++17", "-O2", "-ffp-contract=fast", "-fno-math-errno", f"-I{NATIVE}", str(SOURCE)]
CROSS, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"


def measure(stride: int, *program: str) -> None:
    """Runs a driver on every `stride`-th float and holds it to the limits."""
    told = subprocess.run(
        [*program, str(stride)], check=True, capture_output=True, text=True
    ).stdout
    lines = [line.split() for line in told.splitlines()]
    errors = {name: float(error) for name, error, _, _ in lines}
    assert errors.keys() == LIMITS.keys()
    assert {n: e for n, e in errors.items() if e > LIMITS[n]} == {}
    assert {name: wrong for name, _, _, wrong in lines if wrong != "0"} == {}


@pytest.mark.skipif(compiler() is None, reason="no C++ compiler")
@pytest.mark.parametrize("name", [*SETS, "plain"])
def test_errors_stay_within_their_limits(name, tmp_path):
    each = SETS.get(name)
    if each is not None and not each.here():
        pytest.skip(f"this processor has no {name}")
    flags = each.flags if each else ("-U__ARM_NEON",)
    made = tmp_path / "mathematics"
    subprocess.run([str(compiler()), *BUILD, *flags, "-o", str(made)], check=True)
    measure(997, str(made))


@pytest.mark.skipif(
    not (shutil.which(CROSS) and shutil.which(EMULATOR)), reason="no compiler and emulator of ARM"
)
def test_errors_stay_within_their_limits_on_emulated_neon(tmp_path):
    made = tmp_path / "mathematics"
    subprocess.run([CROSS, "-static", *BUILD, "-o", str(made)], check=True)
    measure(9973, EMULATOR, str(made))
