"""The engine's functions on vectors, against double precision over the whole range of floats."""

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


@pytest.mark.skipif(compiler() is None, reason="no C++ compiler")
@pytest.mark.parametrize("name", [*SETS, "plain"])
def test_errors_stay_within_their_limits(name, tmp_path):
    each = SETS.get(name)
    if each is not None and not each.here():
        pytest.skip(f"this processor has no {name}")
    flags = each.flags if each else ("-U__ARM_NEON",)
    made = tmp_path / "mathematics"
    source = Path(__file__).parent / "mathematics_driver.cpp"
    build = [str(compiler()), "-std=c++17", "-O2", "-ffp-contract=fast", "-fno-math-errno"]
    subprocess.run([*build, *flags, f"-I{NATIVE}", str(source), "-o", str(made)], check=True)
    told = subprocess.run([str(made), "997"], check=True, capture_output=True, text=True).stdout
    lines = [line.split() for line in told.splitlines()]
    errors = {name: float(error) for name, error, _, _ in lines}
    assert errors.keys() == LIMITS.keys()
    assert {n: e for n, e in errors.items() if e > LIMITS[n]} == {}
    assert {name: wrong for name, _, _, wrong in lines if wrong != "0"} == {}
