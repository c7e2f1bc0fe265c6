"""Compiles the engine and the catalogue's cells while the package is built."""

import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
BUILT = Path("lstmkit") / "engine" / "cpu" / "built"


class BuildWithEngine(build_py):
    """Adds the compiled libraries to the package."""

    def run(self) -> None:
        """Copies the sources, then compiles."""
        super().run()
        sys.path.insert(0, str(ROOT))
        from lstmkit.cells import CATALOGUE
        from lstmkit.cells.in_advance import in_advance
        from lstmkit.engine.cpu.build import build_all
        from lstmkit.engine.cpu.compiler import CompilerError

        top = ROOT if self.editable_mode else Path(self.build_lib)
        try:
            build_all(top / BUILT, in_advance(CATALOGUE))
        except CompilerError as error:
            self.warn(f"the engine is not compiled, so that a slow path will run: {error}")


class PlatformWheel(bdist_wheel):
    """A wheel for any Python 3 on one kind of machine."""

    def get_tag(self) -> tuple[str, str, str]:
        """Returns the tag: the libraries depend on the machine, not on Python."""
        return "py3", "none", super().get_tag()[2]


class WithLibraries(Distribution):
    """A package that is not pure Python."""

    def has_ext_modules(self) -> bool:
        """Says so."""
        return True


setup(
    cmdclass={"build_py": BuildWithEngine, "bdist_wheel": PlatformWheel},
    distclass=WithLibraries,
)
