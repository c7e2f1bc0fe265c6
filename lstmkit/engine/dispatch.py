"""The door to every engine path: what `use_path` asks for, else the fastest that can."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch

from lstmkit.engine.checkpoint import checkpointed
from lstmkit.engine.cpu.operator import compiled, fits
from lstmkit.engine.cpu.path import cpu, refuse_cpu
from lstmkit.engine.derived import derived, refuse_derived
from lstmkit.engine.fused import fused, refuse_fused
from lstmkit.engine.reference import reference
from lstmkit.engine.scan import Scan, Scanned
from lstmkit.errors import CellError, SettingsError, nearest


@dataclass(frozen=True, slots=True)
class Path:
    """One way to run a scan.

    Attributes:
        run: Runs it.
        refuse: Says why it cannot run a given scan, or None.
        automatic: Whether it is chosen without being asked for.
    """

    run: Callable[[Scan], Scanned]
    refuse: Callable[[Scan], str | None]
    automatic: bool = True


# the fastest first; the reference runs everything
PATHS = {
    "cpu": Path(cpu, refuse_cpu),
    "torch": Path(fused, refuse_fused),
    "derived": Path(derived, refuse_derived, automatic=False),
    "reference": Path(reference, lambda scan: None),
}
_wanted: ContextVar[str | None] = ContextVar("wanted_path", default=None)
_heard: ContextVar[list[str] | None] = ContextVar("heard_choices", default=None)


@contextmanager
def use_path(name: str) -> Iterator[None]:
    """Makes every scan inside the block run on one engine path.

    Args:
        name: `cpu` (the compiled engine), `reference` (the tree walked step by step), `derived`
            (the same with the derived backward equations) or `torch` (torch's fused kernel).

    Yields:
        Nothing.

    Raises:
        SettingsError: No path has this name.
        CellError: Inside the block, where the path cannot run a scan.

    Example:
        >>> with use_path("reference"):
        ...     pass
    """
    if name not in PATHS:
        raise SettingsError(
            f"use_path: expected one of {', '.join(PATHS)}, got {name!r}.{nearest(name, PATHS)}"
        )
    token = _wanted.set(name)
    try:
        yield
    finally:
        _wanted.reset(token)


def path_is_open() -> bool:
    """Whether nobody asks for a path, or which one is taken."""
    return _wanted.get() is None and _heard.get() is None


def run(scan: Scan) -> Scanned:
    """Runs a scan on the path that was asked for, or on the fastest that can.

    Args:
        scan: What to run.

    Returns:
        Outputs, final state, trace.

    Raises:
        CellError: The path that was asked for cannot run this scan.
    """
    if torch.compiler.is_compiling():
        exporting = getattr(torch.compiler, "is_exporting", lambda: False)()
        # elsewhere than here, an exported graph knows nothing but torch's own operations
        return compiled(scan) if not exporting and fits(scan) else reference(scan)
    name, reason = choose(scan)
    heard = _heard.get()
    if heard is not None:
        heard.append(f"{name}: {reason}")
    path = PATHS[name].run
    every = scan.checkpoint_every
    if every is None or scan.trace or not torch.is_grad_enabled():
        return path(scan)
    return checkpointed(scan, every, path)


def choose(scan: Scan) -> tuple[str, str]:
    """Chooses the engine path for a scan.

    Args:
        scan: What to run.

    Returns:
        The path's name and why it was chosen.

    Raises:
        CellError: The path that was asked for cannot run this scan.
    """
    wanted = _wanted.get()
    if wanted is not None:
        refusal = PATHS[wanted].refuse(scan)
        if refusal is not None:
            raise CellError(
                f"use_path({wanted!r}): {refusal}. Leave the path open, or use 'reference'."
            )
        return wanted, "asked for by use_path"
    refusals: list[str] = []
    for name, path in PATHS.items():
        if not path.automatic:
            continue
        refusal = path.refuse(scan)
        if refusal is None:
            return name, "; ".join(refusals) or "the fastest path for these equations"
        refusals.append(refusal)
    raise AssertionError("the reference runs everything")


def explain(layer: torch.nn.Module, x: torch.Tensor, **inputs: Any) -> str:
    """Says which engine path each scan of a layer takes for an input, and why.

    The layer runs as it would now, so that inside `torch.no_grad()` the answer is for inference.

    Args:
        layer: A layer of `lstmkit.nn`, or any module that contains some.
        x: Its input.
        inputs: Further arguments of its `forward`, such as `lengths`.

    Returns:
        One line a scan: its number, the path, the reason.

    Raises:
        CellError: The path that `use_path` asks for cannot run a scan.
    """
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        with torch.random.fork_rng():
            layer(x, **inputs)
    finally:
        _heard.reset(token)
    return "\n".join(f"scan {number}: {line}" for number, line in enumerate(heard, start=1))
