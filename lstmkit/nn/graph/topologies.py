"""The networks of the paper: memory blocks, and how one block speaks to another.

A block is four units: input gate i, forget gate f, memory cell c, output gate o. The cell keeps its
state, gated by f; i gates what enters the cell, o gates what leaves it. Units of a kind run
together: all i, all f, all c, all o, then the outputs.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, get_args

from lstmkit.errors import SettingsError
from lstmkit.nn.checks import check_count
from lstmkit.nn.graph.graph import Connection, Graph, Unit

GATES = "ifo"
Peepholes = Literal["full", "truncated", "none"]


def lstm(inputs: int, blocks: int, outputs: int, *, peepholes: Peepholes = "full") -> Graph:
    """The standard LSTM with forget gates; inputs reach the outputs directly too.

    Args:
        inputs: Number of inputs, x1, x2, ...
        blocks: Number of memory blocks of one cell.
        outputs: Number of outputs, y1, y2, ...
        peepholes: From each cell to the gates of its own block: errors pass them (`full`) as LSTM-g
            has it, or do not (`truncated`) as LSTM has it, or there are none (`none`).

    Returns:
        The network; `lstm(10, 8, 4)` is that of the paper, with 416 weights.

    Raises:
        SettingsError: Another word for `peepholes`, or a number below 1.

    Example:
        >>> lstm(10, 8, 4).num_weights
        416
    """
    _check_sizes("lstm", inputs, blocks, outputs)
    if peepholes not in get_args(Peepholes):
        raise SettingsError(
            f"lstm: expected peepholes to be one of {', '.join(get_args(Peepholes))}, "
            f"got {peepholes!r}."
        )
    numbers = range(1, blocks + 1) if peepholes != "none" else ()
    return _layered(
        inputs, blocks, outputs, _peepholes(numbers, truncated=peepholes == "truncated")
    )


def ungated_recurrence(inputs: int, blocks: int, outputs: int) -> Graph:
    """The standard LSTM whose cells feed the gates of all blocks, without a gate.

    Args:
        inputs: Number of inputs.
        blocks: Number of memory blocks.
        outputs: Number of outputs.

    Returns:
        The network.

    Raises:
        SettingsError: A number below 1.

    Example:
        >>> ungated_recurrence(10, 8, 4).num_weights
        584
    """
    _check_sizes("ungated_recurrence", inputs, blocks, outputs)
    numbers = range(1, blocks + 1)
    return _layered(
        inputs, blocks, outputs, (one for a in numbers for b in numbers for one in _to_gates(a, b))
    )


def gated_recurrence(inputs: int, blocks: int, outputs: int) -> Graph:
    """The standard LSTM whose cells also feed the gates of other blocks, each by its output gate.

    Args:
        inputs: Number of inputs.
        blocks: Number of memory blocks.
        outputs: Number of outputs.

    Returns:
        The network.

    Raises:
        SettingsError: A number below 1.

    Example:
        >>> gated_recurrence(10, 8, 4).num_weights
        584
    """
    _check_sizes("gated_recurrence", inputs, blocks, outputs)
    numbers = range(1, blocks + 1)
    others = (
        one
        for a in numbers
        for b in numbers
        for one in _to_gates(a, b, gate=None if a == b else f"o{a}")
    )
    return _layered(inputs, blocks, outputs, others)


def two_stage(inputs: int, blocks: tuple[int, int], outputs: int) -> Graph:
    """Two layers of blocks in series: inputs feed the first, the second feeds the outputs.

    A first cell feeds the gates of the second layer, gated by its output gate, and the cells of
    the second layer, gated by their input gates.

    Args:
        inputs: Number of inputs.
        blocks: Number of memory blocks of the first and of the second layer.
        outputs: Number of outputs.

    Returns:
        The network.

    Raises:
        SettingsError: A number below 1, or not two numbers of blocks.

    Example:
        >>> two_stage(10, (4, 4), 4).num_weights
        304
    """
    if not isinstance(blocks, Sequence) or len(blocks) != 2:
        raise SettingsError(
            "two_stage: expected blocks as two numbers, of the first and of the second layer, got "
            f"{blocks!r}. Write two_stage(10, (4, 4), 4)."
        )
    for layer in blocks:
        _check_sizes("two_stage", inputs, layer, outputs)
    first = range(1, blocks[0] + 1)
    second = range(blocks[0] + 1, sum(blocks) + 1)
    names = _names("x", inputs), _names("y", outputs)
    between = [
        one
        for a in first
        for b in second
        for one in (
            *_to_gates(a, b, gate=f"o{a}"),
            Connection(source=f"c{a}", target=f"c{b}", gate=f"i{b}"),
        )
    ]
    return Graph(
        units=(*_inputs(names[0]), *_blocks(first), *_blocks(second), *_outputs(names[1])),
        connections=(
            *_into(names[0], first),
            *_peepholes((*first, *second)),
            *between,
            *_kept((*first, *second)),
            *_out(second, names[1]),
            *_direct(*names),
        ),
    )


def _check_sizes(who: str, inputs: int, blocks: int, outputs: int) -> None:
    for name, count in {"inputs": inputs, "blocks": blocks, "outputs": outputs}.items():
        check_count(who, name, count)


def _layered(inputs: int, blocks: int, outputs: int, recurrent: Iterable[Connection]) -> Graph:
    numbers = range(1, blocks + 1)
    sources, targets = _names("x", inputs), _names("y", outputs)
    return Graph(
        units=(*_inputs(sources), *_blocks(numbers), *_outputs(targets)),
        connections=(
            *_into(sources, numbers),
            *recurrent,
            *_kept(numbers),
            *_out(numbers, targets),
            *_direct(sources, targets),
        ),
    )


def _names(letter: str, count: int) -> list[str]:
    return [f"{letter}{number}" for number in range(1, count + 1)]


def _inputs(names: Iterable[str]) -> Iterator[Unit]:
    return (Unit(name=name, role="input") for name in names)


def _outputs(names: Iterable[str]) -> Iterator[Unit]:
    return (Unit(name=name, role="output") for name in names)


def _blocks(numbers: Iterable[int]) -> Iterator[Unit]:
    numbers = list(numbers)
    return (Unit(name=f"{kind}{number}") for kind in "ifco" for number in numbers)


def _into(sources: Iterable[str], numbers: Iterable[int]) -> Iterator[Connection]:
    numbers = list(numbers)
    for source in sources:
        for number in numbers:
            for gate in GATES:
                yield Connection(source=source, target=f"{gate}{number}")
            yield Connection(source=source, target=f"c{number}", gate=f"i{number}")


def _to_gates(
    block: int, other: int, *, gate: str | None = None, truncated: bool = False
) -> Iterator[Connection]:
    return (
        Connection(source=f"c{block}", target=f"{kind}{other}", gate=gate, truncated=truncated)
        for kind in GATES
    )


def _peepholes(numbers: Iterable[int], *, truncated: bool = False) -> Iterator[Connection]:
    return (one for number in numbers for one in _to_gates(number, number, truncated=truncated))


def _kept(numbers: Iterable[int]) -> Iterator[Connection]:
    return (Connection(source=f"c{n}", target=f"c{n}", gate=f"f{n}") for n in numbers)


def _out(numbers: Iterable[int], targets: Iterable[str]) -> Iterator[Connection]:
    targets = list(targets)
    return (
        Connection(source=f"c{number}", target=name, gate=f"o{number}")
        for number in numbers
        for name in targets
    )


def _direct(sources: Iterable[str], targets: Iterable[str]) -> Iterator[Connection]:
    targets = list(targets)
    return (Connection(source=one, target=name) for one in sources for name in targets)
