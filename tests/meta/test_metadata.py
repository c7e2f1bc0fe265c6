"""One version, one list of packages, one set of classifiers: said in one place each."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import lstmkit

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINNED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9.]+)")


def plain(name: str) -> str:
    """The name of a package, as all its spellings have it in common."""
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints() -> dict[str, str]:
    pinned = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            match = PINNED.fullmatch(line)
            assert match, f"expected name==version without a place or a label, got {line!r}"
            pinned[plain(match["name"])] = match["version"]
    return pinned


def requirements() -> dict[str, str]:
    extras = PROJECT["optional-dependencies"].values()
    wanted = [*PROJECT["dependencies"], *(one for extra in extras for one in extra)]
    return {plain(name): least for name, least in (one.split(">=") for one in wanted)}


def numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)))


def test_there_is_one_version():
    citation = (ROOT / "CITATION.cff").read_text()
    assert lstmkit.__version__ == version("lstmkit") == PROJECT["version"]
    assert f"\nversion: {PROJECT['version']}\n" in citation


@pytest.mark.parametrize("name", requirements())
def test_what_is_required_is_pinned_for_development(name: str):
    assert numbers(constraints()[name]) >= numbers(requirements()[name])


def test_the_changelog_knows_the_version():
    titles = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert titles[0] == "Unreleased" or titles[0].startswith(PROJECT["version"])
