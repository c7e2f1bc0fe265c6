"""The system's C++ compiler: found once, called without a shell, its output whole or not there."""

import os
import platform
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from lstmkit.engine.cpu.processor import InstructionSet
from lstmkit.errors import LstmkitError

NATIVE = Path(__file__).parent.parent / "native"
SUFFIX = {"Windows": ".dll", "Darwin": ".dylib"}.get(platform.system(), ".so")


class CompilerError(LstmkitError):
    """There is no compiler, or it failed."""


@lru_cache(maxsize=1)
def compiler() -> str | None:
    """Returns the path of a C++ compiler, or None; `CXX` names another one."""
    for name in (os.environ.get("CXX", ""), "c++", "g++", "clang++", "clang-cl"):
        found = shutil.which(name) if name else None
        if found:
            return found
    return None


def command(source: Path, target: Path, instructions: InstructionSet) -> list[str]:
    """Returns the command that makes a shared library of one source file.

    Args:
        source: The C++ file.
        target: The library.
        instructions: What to compile for.

    Raises:
        CompilerError: There is no compiler.
    """
    found = compiler()
    if found is None:
        raise CompilerError(
            "no C++ compiler found. Install g++ or clang++, or name one in the variable CXX."
        )
    if Path(found).stem.lower() == "clang-cl":
        passed = [f"/clang:{flag}" for flag in (*instructions.flags, "-O3", "-ffp-contract=fast")]
        return [
            found, "/nologo", "/std:c++17", "/EHsc", "/LD", *passed, f"/I{NATIVE}", str(source),
            f"/Fe:{target}",
        ]  # fmt: skip
    threads = [] if platform.system() == "Darwin" else ["-pthread"]
    return [
        found, "-std=c++17", "-O3", "-ffp-contract=fast", "-fno-math-errno", "-shared", "-fPIC",
        "-fvisibility=hidden", *instructions.flags, *threads, f"-I{NATIVE}", str(source),
        "-o", str(target),
    ]  # fmt: skip


def build(source: Path, target: Path, instructions: InstructionSet) -> None:
    """Compiles a shared library; it appears whole or not at all.

    Args:
        source: The C++ file.
        target: The library, replaced if it is there.
        instructions: What to compile for.

    Raises:
        CompilerError: There is no compiler, or it failed, with what it said.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as folder:
        made = Path(folder) / target.name
        done = subprocess.run(
            command(source, made, instructions), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CompilerError(
                f"the compiler {compiler()} failed on {source.name} ({instructions.name}), "
                f"exit {done.returncode}:\n{done.stderr[-2000:]}"
            )
        made.replace(target)
