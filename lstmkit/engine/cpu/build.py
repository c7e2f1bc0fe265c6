"""Builds the engine and a catalogue of cells in advance, so that a user needs no compiler."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lstmkit.engine.cpu.compiler import NATIVE, build
from lstmkit.engine.cpu.library import cell_name, cell_source, engine_name
from lstmkit.engine.cpu.processor import InstructionSet, of_this_family
from lstmkit.engine.equations import Equations


def build_all(folder: Path, cells: Mapping[str, Equations], workers: int = 2) -> list[Path]:
    """Compiles the engine and every cell for every instruction set.

    Args:
        folder: Where the libraries go; whatever else it holds is removed.
        cells: The cells by name.
        workers: Compilers at work at the same time.

    Returns:
        The libraries.

    Raises:
        CompilerError: There is no compiler, or it failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources = folder / "sources"
    sources.mkdir(exist_ok=True)
    jobs: list[tuple[Path, Path, InstructionSet]] = []
    for instructions in of_this_family():
        jobs.append((NATIVE / "engine.cpp", folder / engine_name(instructions), instructions))
        for name, equations in cells.items():
            text = cell_source(equations)
            source = sources / f"{name}.cpp"
            source.write_text(text, encoding="utf-8")
            jobs.append((source, folder / cell_name(text, instructions), instructions))
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda job: None if job[1].exists() else build(*job), jobs))
    wanted = {target for _, target, _ in jobs}
    for other in [*sources.iterdir(), *(p for p in folder.iterdir() if p.is_file())]:
        if other not in wanted:
            other.unlink()
    sources.rmdir()
    return sorted(wanted)
