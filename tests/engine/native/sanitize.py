"""Compiles the native driver in several ways and runs it; any finding ends with a failure.

    python tests/engine/native/sanitize.py                         # what `make sanitize` runs
    python tests/engine/native/sanitize.py address --minutes 5     # one build, as long as one likes
    python tests/engine/native/sanitize.py address --seed 123      # one case again

Builds: `address` looks for memory that is not the engine's own and for undefined behaviour,
`plain` for undefined behaviour with vectors of the compiler's own, whose results must be those of
the processor's vectors, and `thread` for races. Where a compiler for 64-bit ARM and QEMU's
emulator of its programs are at hand, `arm64` asks the same of NEON's vectors.
"""

import argparse
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lstmkit.engine.cpu.compiler import NATIVE, compiler
from lstmkit.engine.cpu.processor import instruction_set

HERE = Path(__file__).parent
FOLDER = Path("build") / "sanitize"
UNDEFINED = "-fno-sanitize-recover=undefined"


@dataclass(frozen=True, slots=True)
class Build:
    """One way to compile the driver.

    Attributes:
        flags: What the compiler is told.
        cases: How many cases `make sanitize` runs.
        vectors: Whether it is compiled for the processor's own vectors.
        compiler: What compiles it, if not the compiler of users' cells.
        emulator: What runs it, if not this processor.
    """

    flags: tuple[str, ...]
    cases: int
    vectors: bool = True
    compiler: str | None = None
    emulator: str | None = None

    def missing(self) -> list[str]:
        """The programs that it needs and that are not here."""
        return [each for each in (self.compiler, self.emulator) if each and not shutil.which(each)]


BUILDS = {
    "address": Build(("-g1", "-fsanitize=address,undefined", UNDEFINED), 500),
    "plain": Build(("-U__ARM_NEON", "-fsanitize=undefined", UNDEFINED), 500, vectors=False),
    "thread": Build(("-g1", "-fsanitize=thread"), 200),
    "arm64": Build(("-static",), 100, False, "aarch64-linux-gnu-g++", "qemu-aarch64"),
}


def make(name: str, folder: Path) -> Path:
    """Compiles the driver.

    Args:
        name: One of the builds.
        folder: Where it goes.

    Returns:
        The program.
    """
    build, here = BUILDS[name], instruction_set()
    found = build.compiler or compiler()
    if found is None:
        sys.exit("no C++ compiler found. Install g++ or clang++, or name one in the variable CXX.")
    if build.missing():
        sys.exit(f"{name} needs {' and '.join(build.missing())}, not found on the path.")
    vectors = here.flags if here is not None and build.vectors else ()
    common = [
        found,
        "-std=c++17",
        "-O1",
        "-pthread",
        "-fno-math-errno",
        "-w",
        *vectors,
        *build.flags,
    ]
    folder.mkdir(parents=True, exist_ok=True)
    cells = folder / "cells.cpp"
    subprocess.run([sys.executable, str(HERE / "generate.py"), str(cells)], check=True)

    def object_of(source: Path) -> Path:
        made = folder / f"{name}-{source.stem}.o"
        places = [f"-I{NATIVE}", f"-I{HERE}"]
        subprocess.run([*common, *places, "-c", str(source), "-o", str(made)], check=True)
        return made

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(object_of, (cells, NATIVE / "engine.cpp", HERE / "driver.cpp")))
    program = folder / name
    subprocess.run([*common, *map(str, objects), "-o", str(program)], check=True)
    return program


def run(program: Path, *arguments: str) -> None:
    """Runs a driver, and ends with its exit status if it finds something."""
    sys.stdout.write(f"{program.name}: ")
    sys.stdout.flush()
    emulator = BUILDS[program.name].emulator
    around = [emulator] if emulator else []
    done = subprocess.run([*around, str(program.resolve()), *arguments], check=False)
    if done.returncode:
        sys.exit(f"again: python {Path(__file__)} {program.name} --seed SEED")


def sanitize(folder: Path) -> None:
    """Runs a fixed number of cases in every build."""
    record = folder / "record"
    compared = {
        "address": ["--record", str(record)],
        "plain": ["--against", str(record)],
        "arm64": ["--against", str(record)],
    }
    for name, build in BUILDS.items():
        if build.missing():
            sys.stdout.write(f"{name}: left out, {' and '.join(build.missing())} not found\n")
            continue
        program = make(name, folder)
        run(program, "--cases", str(build.cases), *compared.get(name, []))
    record.unlink()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", nargs="?", choices=BUILDS)
    asked, rest = parser.parse_known_args()
    if asked.build is None:
        sanitize(FOLDER)
    else:
        run(make(asked.build, FOLDER), *rest)
