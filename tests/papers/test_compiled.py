"""C++ beside the programs is compiled once, and what the compiler says of a mistake is told."""

import pytest

from lstmkit.engine.cpu.compiler import CompilerError
from papers.compiled import compiled

SOURCE = 'extern "C" __attribute__((visibility("default"))) int answer() { return 42; }\n'


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LSTMKIT_CACHE", str(tmp_path / "cache"))


def test_a_file_is_compiled_once_and_again_when_it_changes(tmp_path):
    source = tmp_path / "one.cpp"
    source.write_text(SOURCE)
    assert compiled(source).answer() == 42
    (library,) = (tmp_path / "cache").glob("compiled/one-*")
    made = library.stat().st_mtime_ns
    compiled(source)
    assert library.stat().st_mtime_ns == made
    source.write_text(SOURCE.replace("42", "43"))
    assert compiled(source).answer() == 43


def test_a_mistake_is_told_in_the_compilers_words(tmp_path):
    source = tmp_path / "wrong.cpp"
    source.write_text("int answer() { return nothing; }\n")
    with pytest.raises(CompilerError, match="nothing"):
        compiled(source)
