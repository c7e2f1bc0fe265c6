"""Which instruction sets the processor has, and how a compiler is told of them."""

import os
import platform
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class InstructionSet:
    """One of the instruction sets that the engine is built for.

    Attributes:
        name: Short name, part of the libraries' names.
        machine: Family of processors, as `platform.machine()` calls it in lower case.
        flags: What a compiler is told.
        needs: Features that the processor must have, as the system names them.
    """

    name: str
    machine: tuple[str, ...]
    flags: tuple[str, ...]
    needs: frozenset[str]

    def here(self) -> bool:
        """Whether this processor has it."""
        return platform.machine().lower() in self.machine and self.needs <= _features()


X86 = ("x86_64", "amd64")
ARM = ("aarch64", "arm64")
# the fastest first
INSTRUCTION_SETS = (
    InstructionSet(
        "avx512",
        X86,
        ("-march=x86-64-v4", "-mprfchw", "-mprefer-vector-width=512"),
        frozenset({"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"}),
    ),
    InstructionSet("avx2", X86, ("-march=x86-64-v3",), frozenset({"avx2", "fma", "bmi2"})),
    InstructionSet("neon", ARM, (), frozenset()),
)


def of_this_family() -> tuple[InstructionSet, ...]:
    """Returns the instruction sets that some processor of this machine's family has."""
    machine = platform.machine().lower()
    return tuple(each for each in INSTRUCTION_SETS if machine in each.machine)


@lru_cache(maxsize=1)
def _features() -> frozenset[str]:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        text = listing.read_text(encoding="utf-8", errors="replace")
        for line in text.splitlines():
            if line.partition(":")[0].strip() in {"flags", "Features"}:
                return frozenset(line.partition(":")[2].split())
    # elsewhere torch has asked the processor already
    import torch

    level = torch.backends.cpu.get_cpu_capability()
    found: set[str] = set()
    if level in {"AVX2", "AVX512"}:
        found |= {"avx2", "fma", "bmi2"}
    if level == "AVX512":
        found |= {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"}
    return frozenset(found)


def instruction_set() -> InstructionSet | None:
    """Returns the best instruction set of this processor, or None if the engine has none for it.

    `LSTMKIT_INSTRUCTIONS` names another one, for tests.
    """
    wanted = os.environ.get("LSTMKIT_INSTRUCTIONS")
    for each in of_this_family():
        if wanted not in {None, "", each.name}:
            continue
        if each.here():
            return each
    return None
