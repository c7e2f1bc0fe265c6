"""C++ beside the programs, compiled at first use and kept as the library keeps a user's cells."""

import ctypes
from pathlib import Path

from lstmkit.engine.cpu.compiler import SUFFIX, CompilerError, build
from lstmkit.engine.cpu.library import cache_folder, digest
from lstmkit.engine.cpu.processor import instruction_set


def compiled(source: Path) -> ctypes.CDLL:
    """Returns a C++ file as a library.

    Args:
        source: The file; it may include headers that lie beside it.

    Raises:
        CompilerError: There is no compiler, it failed, or the processor is none that is known.
    """
    instructions = instruction_set()
    if instructions is None:
        raise CompilerError(
            f"{source.name}: expected a processor of which the engine knows, got none."
        )
    headers = tuple(sorted(source.parent.glob("*.h")))
    name = digest(source.read_text(encoding="utf-8"), headers, instructions)
    made = cache_folder() / f"{source.stem}-{instructions.name}-{name}{SUFFIX}"
    if not made.exists():
        build(source, made, instructions)
    return ctypes.CDLL(str(made))
