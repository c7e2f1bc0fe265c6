"""The engine's functions on vectors, against double precision over the whole range of floats."""

import subprocess
from pathlib import Path

import pytest

from lstmkit.engine.cpu.compiler import NATIVE, compiler
from lstmkit.engine.cpu.processor import of_this_family

# largest error in units of the last place; beside it what every float gave (docs/mathematics.md)
LIMITS = {
    "exp": 1.0,  # 0.86
    "log": 2.0,  # 1.83
    "sigmoid": 2.5,  # 2.2
    "tanh": 3.2,  # 3.0
    "logsigmoid": 3.0,  # 2.8
    "softplus": 3.0,  # 2.8
    "sqrt": 0.5,
    "reciprocal": 0.5,
    "relu": 0.0,
    "abs": 0.0,
    "sign": 0.0,
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
    source = Path(__file__).parent / "mathematics.cpp"
    build = [str(compiler()), "-std=c++17", "-O2", "-ffp-contract=fast", "-fno-math-errno"]
    subprocess.run([*build, *flags, f"-I{NATIVE}", str(source), "-o", str(made)], check=True)
    told = subprocess.run([str(made), "4999"], check=True, capture_output=True, text=True).stdout
    errors = {line.split()[0]: float(line.split()[1]) for line in told.splitlines()}
    assert errors.keys() == LIMITS.keys()
    assert {n: e for n, e in errors.items() if e > LIMITS[n]} == {}
