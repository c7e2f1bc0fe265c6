"""Libraries: built in advance, compiled at first use, never run when damaged or somebody else's."""

import ctypes
import os
import re
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from lstmkit import LSTM, explain
from lstmkit.cells import CATALOGUE
from lstmkit.cells.in_advance import in_advance
from lstmkit.engine import read
from lstmkit.engine.cpu import build, compiler, library, path, processor, program
from lstmkit.engine.cpu.compiler import CompilerError

TEXT = "h = tanh(W @ x + U @ h[-1] + b) * 0.{}"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, and no memory of what was loaded."""
    monkeypatch.setenv("LSTMKIT_CACHE", str(tmp_path))
    for known in (library.cell_functions, program.program, path._say_once):
        known.cache_clear()
    yield tmp_path / "compiled"
    for known in (library.cell_functions, program.program, path._say_once):
        known.cache_clear()


def test_the_catalogue_is_built_in_advance():
    instructions = processor.instruction_set()
    built = {file.name for file in library.BUILT.glob("*")}
    for equations in in_advance(CATALOGUE).values():
        assert library.cell_name(library.cell_source(equations), instructions) in built
    assert library.engine_name(instructions) in built


def test_a_cell_of_ones_own_is_compiled_once_and_kept(cache):
    equations = read(TEXT.format(1))
    first = library.cell_functions(equations)
    files = sorted(file.name for file in cache.iterdir())
    library.cell_functions.cache_clear()
    assert library.cell_functions(equations) == first
    assert sorted(file.name for file in cache.iterdir()) == files
    assert len(files) == 2


def test_a_damaged_library_is_built_again_and_not_run(cache):
    equations = read(TEXT.format(2))
    made = cache / library.cell_name(library.cell_source(equations), processor.instruction_set())
    cache.mkdir(parents=True, mode=0o700)
    for content in (b"", b"\x7fELF but no more"):
        made.write_bytes(content)
        library.cell_functions.cache_clear()
        assert all(library.cell_functions(equations))
        assert made.read_bytes() != content
        made.unlink()
        made.with_suffix(".sha256").unlink()


def test_a_folder_that_others_may_write_into_is_refused(cache):
    cache.mkdir(parents=True)
    cache.chmod(0o777)
    with pytest.raises(CompilerError, match="chmod go-w"):
        library.cell_functions(read(TEXT.format(3)))


def test_several_builders_at_once_agree(cache):
    source = library.cell_source(read(TEXT.format(4)))
    instructions = processor.instruction_set()
    name = library.cell_name(source, instructions)
    with ThreadPoolExecutor(2) as pool:
        found = list(
            pool.map(lambda _: library._load(name, source, instructions)._handle, range(2))
        )
    assert all(found)
    assert library._intact(cache / name)
    assert len(list(cache.iterdir())) == 2


BUILDER = """
import sys
from lstmkit.engine import read
from lstmkit.engine.cpu import library
sys.stdin.readline()  # until all are ready
print(len(library.cell_functions(read(sys.argv[1]))))
"""


def test_several_processes_at_once_agree(cache):
    text = TEXT.format(11)
    each = [sys.executable, "-c", BUILDER, text]
    team = [
        subprocess.Popen(each, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for one in team:
        one.stdin.write("\n")
        one.stdin.flush()
    assert {one.communicate()[0] for one in team} == {"4\n"}
    assert [one.returncode for one in team] == [0, 0]
    source = library.cell_source(read(text))
    assert library._intact(cache / library.cell_name(source, processor.instruction_set()))
    assert len(list(cache.iterdir())) == 2


def test_without_a_compiler_one_line_says_so_and_the_reference_runs(cache, monkeypatch):
    monkeypatch.setattr(compiler, "compiler", lambda: None)
    layer, x = LSTM(3, 4, cell=TEXT.format(5)), torch.zeros(1, 2, 3)
    with pytest.warns(RuntimeWarning, match=r"Install g\+\+ or clang\+\+") as told:
        outputs = [layer(x)[0] for _ in range(2)]
    assert len(told) == 1
    assert torch.equal(*outputs)
    assert explain(layer, x).startswith("scan 1: reference")


def test_a_compiler_that_fails_is_quoted(cache, monkeypatch):
    monkeypatch.setattr(compiler, "compiler", lambda: "/bin/false")
    with pytest.raises(CompilerError, match=r"/bin/false failed on cell\.cpp"):
        library.cell_functions(read(TEXT.format(6)))
    assert list(cache.iterdir()) == []


def test_a_compiler_that_fails_is_asked_once(cache, monkeypatch):
    asked = []

    def failing(command, **_):
        asked.append(command)
        return subprocess.CompletedProcess(command, 1, "", "cannot be")

    monkeypatch.setattr(compiler.subprocess, "run", failing)
    layer, x = LSTM(3, 4, cell=TEXT.format(7)), torch.zeros(1, 2, 3)
    with pytest.warns(RuntimeWarning, match="cannot be"):
        layer(x)
    layer(x)
    assert len(asked) == 1


@pytest.fixture
def nowhere(tmp_path):
    """A folder that cannot be made."""
    (tmp_path / "file").write_text("in the way")
    return tmp_path / "file" / "cache"


def test_a_cache_that_cannot_be_written_is_no_obstacle(cache, nowhere, monkeypatch):
    monkeypatch.setenv("LSTMKIT_CACHE", str(nowhere))
    layer, x = LSTM(3, 4, cell=TEXT.format(8)), torch.zeros(1, 2, 3)
    with pytest.warns(RuntimeWarning, match="LSTMKIT_CACHE") as told:
        assert explain(layer, x).startswith("scan 1: reference")
    assert len(str(told[0].message).splitlines()) == 1


def test_nobody_needs_a_home(cache, monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    for name in ("LSTMKIT_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(CompilerError, match="LSTMKIT_CACHE"):
        library.cell_functions(read(TEXT.format(9)))


def test_a_library_that_the_system_refuses_is_no_obstacle(cache, monkeypatch):
    """As where the folder lies on a disk from which nothing may be run."""

    def refused(path):
        raise OSError(f"{path}: failed to map segment from shared object")

    monkeypatch.setattr(library.ctypes, "CDLL", refused)
    layer, x = LSTM(3, 4, cell=TEXT.format(10)), torch.zeros(1, 2, 3)
    with pytest.warns(RuntimeWarning, match="failed to map segment"):
        assert explain(layer, x).startswith("scan 1: reference")


def test_a_processor_without_an_engine_is_told(monkeypatch):
    monkeypatch.setattr(library, "instruction_set", lambda: None)
    with pytest.raises(CompilerError, match="no code for this processor"):
        library._instructions()


def test_instructions_that_are_none_are_told(monkeypatch):
    monkeypatch.setenv("LSTMKIT_INSTRUCTIONS", "avx3")
    with pytest.raises(CompilerError, match="LSTMKIT_INSTRUCTIONS=avx3 asks for it; leave it out"):
        library._instructions()


def test_nothing_of_a_text_but_its_arithmetic_is_generated():
    text = "system = tanh(exit @ x + asm @ h[-1] + goto)\nh = system * 1e3 + 0.1"
    source = library.cell_source(read(text))
    for name in ("system", "exit", "asm", "goto"):
        assert not re.search(rf"\b{name}\b", source)
    assert "float(0x1.f400000000000p+9)" in source


@pytest.mark.parametrize("name", ["cl", "clang-cl.exe"])
def test_commands_for_windows_are_its_own(monkeypatch, tmp_path, name):
    monkeypatch.setattr(compiler, "compiler", lambda: f"/tools/{name}")
    chosen = compiler.command(tmp_path / "a.cpp", tmp_path / "a.dll", processor.INSTRUCTION_SETS[0])
    assert ("/LD" in chosen) == name.startswith("clang-cl")


@pytest.mark.parametrize(("system", "asked"), [("Darwin", False), ("Linux", True)])
def test_threads_are_asked_for_where_they_are_apart(monkeypatch, tmp_path, system, asked):
    monkeypatch.setattr(compiler, "compiler", lambda: "/usr/bin/clang++")
    monkeypatch.setattr(compiler.platform, "system", lambda: system)
    chosen = compiler.command(tmp_path / "a.cpp", tmp_path / "a", processor.INSTRUCTION_SETS[-1])
    assert ("-pthread" in chosen) == asked


@pytest.mark.parametrize(("machine", "names"), [("AMD64", {"avx512", "avx2"}), ("arm64", {"neon"})])
def test_other_systems_call_families_of_processors_by_other_names(monkeypatch, machine, names):
    monkeypatch.setattr(processor.platform, "machine", lambda: machine)
    assert {each.name for each in processor.of_this_family()} == names


def test_an_instruction_set_can_be_asked_for(monkeypatch):
    for each in processor.of_this_family():
        monkeypatch.setenv("LSTMKIT_INSTRUCTIONS", each.name)
        assert processor.instruction_set() == (each if each.here() else None)


# the best one is that of all other tests
OTHERS = [
    each.name
    for each in processor.of_this_family()
    if each.here() and each != processor.instruction_set()
]


@pytest.mark.parametrize("wanted", OTHERS)
def test_every_other_instruction_set_of_this_processor_gives_the_same(wanted):
    """In a process of its own, because the engine is chosen once."""
    program_text = textwrap.dedent("""
        import torch
        from comparing import worst
        from lstmkit import LSTM
        from lstmkit.cells import CATALOGUE
        from lstmkit.engine.cpu.processor import instruction_set
        from lstmkit.nn.tolerance import TOLERANCE
        torch.manual_seed(0)
        for cell in CATALOGUE:
            errors = worst(LSTM(5, 37, cell=cell), torch.randn(9, 6, 5), {})
            assert max(errors.values()) < TOLERANCE["engine"], (cell, errors)
        print(instruction_set().name)
    """)
    done = subprocess.run(
        [sys.executable, "-c", program_text],
        env={
            **os.environ,
            "LSTMKIT_INSTRUCTIONS": wanted,
            "PYTHONPATH": str(Path(__file__).parent),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [wanted]


def test_the_build_makes_every_library_and_removes_others(tmp_path, monkeypatch):
    # the engine itself, which takes long, is there already; see the test of the catalogue above
    quick, folder = tmp_path / "sources", tmp_path / "built"
    for each in (quick, folder):
        each.mkdir()
    export = '__attribute__((visibility("default")))'
    text = f'extern "C" {export} int lstmkit_quick() {{ return 7; }}'
    (quick / "engine.cpp").write_text(text)
    monkeypatch.setattr(build, "NATIVE", quick)
    (folder / "stale.so").write_bytes(b"")
    small = {"elman": CATALOGUE["elman"].equations}
    made = build.build_all(folder, small)
    assert sorted(folder.iterdir()) == made
    assert len(made) == 2 * len(processor.of_this_family())
    engine = folder / library.engine_name(processor.instruction_set())
    assert ctypes.CDLL(str(engine)).lstmkit_quick() == 7
