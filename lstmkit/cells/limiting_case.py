"""The limiting case that ties a cell to another one, in words."""

from collections.abc import Mapping

from lstmkit.engine import Limit
from lstmkit.engine.tree import Line, Number
from lstmkit.engine.unicode import to_unicode


def limiting_case(limit: Limit) -> str:
    """Says when a cell equals another one.

    Args:
        limit: What the cell's file states and a law tests.

    Returns:
        One sentence.

    Example:
        >>> from lstmkit.engine import Limit
        >>> limiting_case(Limit(of="lstm", here={"p_i": 0.0, "p_f": 0.0}))
        'with p_i = p_f = 0 this cell equals lstm, to a relative error of 10⁻¹⁰'
    """
    here, there = _settings(limit.here), _settings(limit.there)
    condition = f"with {here} " if here else ""
    other = f" with {there}" if there else ""
    error = _number(limit.tolerance)
    return f"{condition}this cell equals {limit.of}{other}, to a relative error of {error}"


def _settings(values: Mapping[str, float | str]) -> str:
    """Joins what is fixed, parameters of one value together."""
    equal: dict[str, list[str]] = {}
    scaled: dict[str, list[str]] = {}
    for name, value in values.items():
        if isinstance(value, str) and value.endswith(f"*{name}"):
            scaled.setdefault(_number(float(value.split("*")[0])), []).append(name)
        else:
            equal.setdefault(_written(value), []).append(name)
    parts = [" = ".join([*names, value]) for value, names in equal.items()]
    parts += [f"{_listed(names)} {factor} times as large" for factor, names in scaled.items()]
    return _listed(parts)


def _written(value: float | str) -> str:
    if isinstance(value, str):
        return "the identity" if value == "identity" else value.replace("-", "−").replace("*", " ")
    return _number(value)


def _number(value: float) -> str:
    return to_unicode([Line("", Number(value))]).removeprefix(" = ")


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
