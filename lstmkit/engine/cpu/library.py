"""The compiled libraries: the engine, and each cell's functions, ready or made at first use."""

import ctypes
import hashlib
import os
import stat
import tempfile
from functools import lru_cache
from pathlib import Path

from lstmkit.engine.cpu.compiler import NATIVE, SUFFIX, CompilerError, build
from lstmkit.engine.cpu.processor import InstructionSet, instruction_set
from lstmkit.engine.equations import Equations
from lstmkit.engine.lower.emit import emit

BUILT = Path(__file__).parent / "built"
CELL_HEADERS = ("cell.h", "vector.h")


def cache_folder() -> Path:
    """Returns the folder for compiled cells, made so that nobody else can write into it.

    Raises:
        CompilerError: It belongs to somebody else, or others may write into it.
    """
    own = os.environ.get("LSTMKIT_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = (Path(own) if own else base / "lstmkit") / "compiled"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.stat()
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise CompilerError(
            f"{folder} belongs to another user, so its libraries are not run. "
            "Name another folder in the variable LSTMKIT_CACHE."
        )
    if os.name == "posix" and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise CompilerError(
            f"others may write into {folder}, so its libraries are not run. "
            f"Mend it with: chmod go-w {folder}"
        )
    return folder


def cell_source(equations: Equations) -> str:
    """Returns the C++ of a cell as a library of its own."""
    generated = emit(equations)
    return (
        '#include "cell.h"\n#include "vector.h"\n\nnamespace lstmkit {\n\n'
        f"{generated.text}\n}}  // namespace lstmkit\n\n"
        "#if defined(_WIN32)\n#define EXPORT __declspec(dllexport)\n"
        '#else\n#define EXPORT __attribute__((visibility("default")))\n#endif\n'
        'extern "C" EXPORT const lstmkit::Function lstmkit_functions[] = {\n'
        + "".join(f"    lstmkit::{name},\n" for name in generated.functions)
        + "};\n"
    )


def digest(text: str, headers: tuple[Path, ...], instructions: InstructionSet) -> str:
    """Returns a name for what a library is made of."""
    parts = [text, instructions.name, *instructions.flags]
    parts += [path.read_text(encoding="utf-8") for path in headers]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def headers(*names: str) -> tuple[Path, ...]:
    """Returns the C++ headers, all of them or those of a cell."""
    found = sorted(path for path in NATIVE.glob("*.h"))
    if not names:
        return tuple(found)
    return tuple(p for p in found if p.name in names or p.name.startswith(("vector", "math")))


def engine_name(instructions: InstructionSet) -> str:
    """Returns the file name of the engine for an instruction set."""
    text = (NATIVE / "engine.cpp").read_text(encoding="utf-8")
    return f"engine-{instructions.name}-{digest(text, headers(), instructions)}{SUFFIX}"


def cell_name(source: str, instructions: InstructionSet) -> str:
    """Returns the file name of a cell for an instruction set."""
    found = digest(source, headers(*CELL_HEADERS), instructions)
    return f"cell-{instructions.name}-{found}{SUFFIX}"


@lru_cache(maxsize=1)
def engine() -> ctypes.CDLL:
    """Loads the engine for this processor.

    Raises:
        CompilerError: There is none for this processor, or it is neither built nor buildable.
    """
    instructions = _instructions()
    library = _load(engine_name(instructions), (NATIVE / "engine.cpp"), instructions)
    library.lstmkit_program.restype = ctypes.c_void_p
    library.lstmkit_program.argtypes = [ctypes.c_void_p]
    library.lstmkit_forget.argtypes = [ctypes.c_void_p]
    library.lstmkit_sizes.argtypes = [ctypes.c_void_p] * 3
    library.lstmkit_fingerprint.argtypes = [ctypes.c_void_p] * 2
    library.lstmkit_fingerprint.restype = ctypes.c_int64
    library.lstmkit_has_int8.restype = ctypes.c_int64
    for run in (library.lstmkit_forward, library.lstmkit_backward):
        run.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64]
        run.restype = None
    return library


@lru_cache(maxsize=256)
def cell_functions(equations: Equations) -> tuple[int, ...]:
    """Loads a cell's functions, compiling them where they are not built yet.

    Args:
        equations: The cell.

    Returns:
        Their addresses, in the order of `emit`.

    Raises:
        CompilerError: They cannot be built.
    """
    instructions = _instructions()
    source = cell_source(equations)
    library = _load(cell_name(source, instructions), source, instructions)
    count = len(emit(equations).functions)
    table = (ctypes.c_void_p * count).in_dll(library, "lstmkit_functions")
    _loaded.append(library)
    return tuple(int(address or 0) for address in table)


_loaded: list[ctypes.CDLL] = []


def _instructions() -> InstructionSet:
    found = instruction_set()
    if found is None:
        wanted = os.environ.get("LSTMKIT_INSTRUCTIONS")
        asked = f" LSTMKIT_INSTRUCTIONS={wanted} asks for it; leave it out." if wanted else ""
        raise CompilerError(f"the engine has no code for this processor's instruction set.{asked}")
    return found


# a compiler that has failed would be as slow and fail again at every call
_failed: dict[str, CompilerError] = {}


def _load(name: str, source: str | Path, instructions: InstructionSet) -> ctypes.CDLL:
    if name in _failed:
        raise _failed[name]
    try:
        ready = BUILT / name
        if ready.exists():
            return ctypes.CDLL(str(ready))
        made = cache_folder() / name
        if not _intact(made):
            _make(made, source, instructions)
        return ctypes.CDLL(str(made))
    except (OSError, RuntimeError) as error:  # the latter where nobody has a home
        raise CompilerError(
            f"its library can be neither kept nor loaded ({error}). "
            "Name a folder of your own in the variable LSTMKIT_CACHE."
        ) from error


def _intact(library: Path) -> bool:
    """Whether a library of the cache is what the compiler wrote."""
    seal = library.with_suffix(".sha256")
    try:
        return seal.read_text(encoding="ascii") == _checksum(library)
    except (OSError, UnicodeDecodeError):
        return False


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _make(target: Path, source: str | Path, instructions: InstructionSet) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".make-") as folder:
        if isinstance(source, str):
            written = Path(folder) / "cell.cpp"
            written.write_text(source, encoding="utf-8")
            source = written
        made = Path(folder) / target.name
        try:
            build(source, made, instructions)
        except CompilerError as error:
            _failed[target.name] = error
            raise
        seal = Path(folder) / "seal"
        seal.write_text(_checksum(made), encoding="ascii")
        made.replace(target)
        seal.replace(target.with_suffix(".sha256"))
