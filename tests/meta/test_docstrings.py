"""Every public object says what it is, what it takes and what can go wrong."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

ROOMS = ("cells", "data", "engine", "inspect", "nn", "tasks", "train")
SHAPED = re.compile(r"\b(Float|Int|Bool|Shaped|Num|Inexact)\[")
# explain hands its input on to any module
ANY_SHAPE = {"engine.explain"}
SECTION = re.compile(r"^(\w+):$", re.MULTILINE)


def public_objects() -> Iterator[tuple[str, Any]]:
    """Classes and functions of every room's `__all__`, and the public methods of the classes."""
    for room in ROOMS:
        module = import_module(f"lstmkit.{room}")
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value):
                yield f"{room}.{name}", value
                yield from methods(f"{room}.{name}", value)
            elif inspect.isroutine(value):
                yield f"{room}.{name}", value


def methods(owner: str, cls: type) -> Iterator[tuple[str, Any]]:
    """Its own methods and those of bases in our rooms."""
    bases = [base for base in cls.__mro__ if base.__module__.startswith("lstmkit.")]
    for name, value in {k: v for base in reversed(bases) for k, v in vars(base).items()}.items():
        plain = inspect.unwrap(getattr(value, "__func__", value))
        if not name.startswith("_") and inspect.isfunction(plain):
            yield f"{owner}.{name}", plain


OBJECTS = dict(public_objects())
FUNCTIONS = {name: one for name, one in OBJECTS.items() if not inspect.isclass(one)}
CLASSES = {name: one for name, one in OBJECTS.items() if inspect.isclass(one)}


def documentation(value: Any) -> str:
    # what Python writes for a dataclass or a NamedTuple without a docstring is no docstring
    text = inspect.cleandoc(value.__doc__ or "")
    return "" if text.startswith(f"{getattr(value, '__name__', '')}(") else text


def sections(text: str) -> dict[str, str]:
    """Google sections of a docstring, by title."""
    parts = SECTION.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def described(section: str) -> set[str]:
    return set(re.findall(r"^    \*{0,2}(\w+)(?: \(.*?\))?:", section, re.MULTILINE)) | {
        name
        for line in re.findall(r"^    ((?:\w+, )+\w+):", section, re.MULTILINE)
        for name in line.split(", ")
    }


def arguments(function: Callable[..., Any]) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]


def raises(function: Callable[..., Any]) -> bool:
    """Whether the body itself raises something for callers (an assertion is for us)."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return any(
        isinstance(node, ast.Raise) and node.exc is not None for node in ast.walk(tree.body[0])
    )


def missing(function: Callable[..., Any]) -> list[str]:
    """What the docstring of a function or method still owes."""
    text = documentation(function)
    if not text:
        return ["a docstring"]
    found = sections(text)
    owed = []
    names = arguments(function)
    undescribed = set(names) - described(found.get("Args", "")) - set(re.findall(r"`(\w+)`", text))
    # one argument may be told in the sentence that says what the function does
    if undescribed and (len(names) > 1 or "Args" in found):
        owed.append(f"a description of {', '.join(sorted(undescribed))}")
    if raises(function) and "Raises" not in found:
        owed.append("a Raises section")
    return owed


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_class_has_a_docstring(name: str):
    assert documentation(CLASSES[name])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_documents_its_arguments_and_errors(name: str):
    assert missing(FUNCTIONS[name]) == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_describes_what_it_is_made_with(name: str):
    cls = CLASSES[name]
    if issubclass(cls, Exception) or getattr(cls, "_is_protocol", False):
        return
    found = sections(documentation(cls))
    told = described(found.get("Args", "") + found.get("Attributes", ""))
    told |= set(re.findall(r"`(\w+)`", documentation(cls)))
    wanted = {one for one in arguments(cls) if not one.startswith("_")}
    assert wanted - told == set()


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - ANY_SHAPE))
def test_tensors_in_public_signatures_have_shapes(name: str):
    annotations = inspect.get_annotations(FUNCTIONS[name])
    bare = {
        argument: str(annotation)
        for argument, annotation in annotations.items()
        if "Tensor" in inspect.formatannotation(annotation)
        and not SHAPED.search(inspect.formatannotation(annotation))
    }
    # collections of tensors of any shape, such as the weights of a file
    plain = {one: text for one, text in bare.items() if not re.search(r"\[.*Tensor", text)}
    assert plain == {}


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_what_it_is_for(room: str):
    assert import_module(f"lstmkit.{room}").__doc__


def bare(number):
    return number


def half_told(number, other):
    """Adds.

    Args:
        number: One of them.
    """
    if number < 0:
        raise ValueError("negative")
    return number + other


@pytest.mark.parametrize(
    ("function", "owed"),
    [
        (bare, ["a docstring"]),
        (half_told, ["a description of other", "a Raises section"]),
        (sections, []),
    ],
)
def test_the_check_sees_what_is_missing(function, owed):
    assert missing(function) == owed
