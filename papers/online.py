r"""Many small nets of memory blocks at once, each learning by its own truncated gradient, online.

The nets of the early papers have some hundred weights, so that the work of one step is lost in the
calls that do it. Here one call runs a step of many nets, or leads one of them along thousands of
steps, in C++ (online.cpp). The rule is the truncated gradient of 1997 in its online form, written
out for memory blocks (Hochreiter and Schmidhuber 1997, appendix A.1; Gers, Schmidhuber and Cummins
2000, section 3.2.1):

.. math:: s &= f \hat s + i\, g(net_c), \qquad y = o\, h(s) \\
          E_c &= f \hat E_c + i\, g'\, a, \qquad E_i = f \hat E_i + g\, i'\, a, \qquad
          E_f = f \hat E_f + \hat s f'\, a

with a hat for the step before and a for what enters a unit. The error e_k of the outputs gives
:math:`e_s = o\, h'(s) \sum_k V_k e_k` for a state, hence :math:`e_s E` for the weights of cells,
input gates and forget gates, and :math:`o' h(s) \sum_k V_k e_k a` for those of output gates. No
error passes a recurrent connection or a peephole.
"""

import ctypes
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int

from papers.compiled import compiled
from papers.shape import RANGES, Array, Shape, draw
from papers.stretch import Course, Stretch


class Nets:
    """Nets of one shape, trained side by side.

    Args:
        shape: Their shape.
        seeds: One for each net; a net depends on its own alone.
        spread: Weights start uniform within plus and minus this.
        biases: Where the gates' biases start, block by block, by the kind of gate: i, f, o.
        momentum: Share of the change before that is made again.

    Attributes:
        hidden: Weights of cells and gates, (nets, units, sources).
        peepholes: Weights of the peepholes, (nets, kinds of gates, cells).
        output: Weights of the outputs, (nets, outputs, cells and inputs and 1).
        s: The cells' states.
    """

    def __init__(
        self,
        shape: Shape,
        seeds: list[int],
        *,
        spread: float,
        biases: dict[str, tuple[float, ...]],
        momentum: float = 0.0,
    ) -> None:
        self.shape, self.momentum = shape, momentum
        drawn = [draw(shape, np.random.default_rng((seed, 1)), spread, biases) for seed in seeds]
        self.hidden, self.peepholes, self.output = (
            np.stack(part) for part in zip(*drawn, strict=True)
        )
        self._begin()

    def reset(self, which: Bool[Array, " nets"]) -> None:
        """Empties the state and the traces of some nets."""
        for each in self.memory:
            each[which] = 0.0

    def step(self, x: Float[Array, "nets inputs"], *, tracing: bool = True) -> Array:
        """Runs one step of every net.

        Args:
            x: Inputs.
            tracing: Whether to keep what `learn` needs; without it a step costs half.

        Returns:
            The outputs (nets, outputs).
        """
        return self.run(x[:, None], self.once, tracing=tracing)

    def run(
        self,
        x: Float[Array, "nets time inputs"],
        steps: Int[Array, " nets"],
        *,
        tracing: bool = True,
    ) -> Array:
        """Runs some steps of every net.

        Args:
            x: Inputs.
            steps: How many each net sees.
            tracing: As in `step`.

        Returns:
            The outputs (nets, outputs) after each net's last step.
        """
        x = np.ascontiguousarray(x, dtype=float)
        kernel().papers_run(
            *self.described, self.places, len(x), x.ctypes.data, x.shape[1], steps.ctypes.data,
            tracing,
        )  # fmt: skip
        return self.outputs.copy()

    def learn(
        self, error: Float[Array, "nets outputs"], rate: float | Float[Array, " nets"]
    ) -> None:
        """Changes the weights by the error of the last step.

        Args:
            error: Target minus output. Nets with zeros change by their momentum alone.
            rate: Learning rate, of all nets or of each.
        """
        self._learn(error, rate, self.weights_at, self.momentum)

    def follow(
        self, place: int, stretch: Stretch, course: Course, out: Array | None = None
    ) -> bool:
        """Leads one of the nets along a stretch, at once for many steps.

        It learns wherever something is due. A stream ends with the first mistake or when it is as
        long as it may be; the net is emptied then, and goes on where the next one may begin.

        Args:
            place: The net's.
            stretch: What comes and what is due.
            course: Where on the stretch the net is, and how far on its stream.
            out: Where outputs (steps, outputs) are kept for the steps at which something is due.

        Returns:
            Whether it has stopped since a stream is over that was good or the last one, and not at
            the end of the stretch.
        """
        x, symbols = (None, stretch.x) if stretch.x.ndim == 1 else (stretch.x, None)
        assert x is None or (x.dtype == float and x.flags.c_contiguous)
        assert symbols is None or symbols.dtype == np.int64
        stopped: int = kernel().papers_follow(
            *self.described, self.places, place, _place(x), _place(symbols),
            _place(stretch.target), _place(stretch.flags), len(stretch.flags), _place(out),
            ctypes.byref(course), self.weights_at, self.changes_at, self.momentum,
        )  # fmt: skip
        return bool(stopped)

    def gradients(self, error: Float[Array, "nets outputs"]) -> list[Array]:
        """Returns what the outputs' derivatives times an error are, for the last step.

        Args:
            error: What each output's derivatives are multiplied by before they are added up.

        Returns:
            For `hidden`, `peepholes` and `output`, of their shapes.
        """
        found = [np.zeros_like(w) for w in (self.hidden, self.peepholes, self.output)]
        self._learn(error, 1.0, _places(*found), 0.0)
        return found

    def select(self, which: Array) -> "Nets":
        """Returns copies of some nets, in the order in which they are named, each at rest."""
        copy = object.__new__(Nets)
        copy.shape, copy.momentum = self.shape, self.momentum
        for name in ("hidden", "peepholes", "output"):
            setattr(copy, name, getattr(self, name)[which])
        copy._begin()
        for own, change in zip(copy.changes, self.changes, strict=True):
            own[...] = change[which]
        return copy

    def _begin(self) -> None:
        """Makes room for what changes from step to step, and says where everything lies."""
        shape, count = self.shape, len(self.hidden)
        cells, kinds, sources = shape.blocks * shape.cells, len(shape.kinds), self.hidden.shape[2]
        # traces: of the weights of cells, input gates, and forget gates if there are any
        traced = 2 + shape.forget
        self.changes = [np.zeros_like(w) for w in (self.hidden, self.peepholes, self.output)]
        self.s, self.y, squashed, to_state = (np.zeros((count, cells)) for _ in range(4))
        gates = np.zeros((count, kinds, shape.blocks))
        traces = np.zeros((count, traced, cells, sources))
        peeks = np.zeros((count, traced - 1, cells))
        a, b = np.zeros((count, sources)), np.zeros((count, self.output.shape[2]))
        self.outputs, slope = (np.zeros((count, shape.outputs)) for _ in range(2))
        self.memory = (self.s, self.y, gates, traces, peeks)
        self.once = np.ones(count, dtype=np.int64)
        # the addresses alone would not keep the arrays
        self.kept = (a, b, squashed, to_state, slope)
        self.described = _described(shape)
        self.weights_at = _places(self.hidden, self.peepholes, self.output)
        self.changes_at = _places(*self.changes)
        self.places = _places(
            self.hidden, self.peepholes, self.output, *self.memory, a, b, squashed, to_state,
            self.outputs, slope,
        )  # fmt: skip

    def _learn(
        self, error: Array, rate: float | Array, to: ctypes.Array[ctypes.c_void_p], momentum: float
    ) -> None:
        error = np.ascontiguousarray(error, dtype=float)
        rates = np.broadcast_to(np.asarray(rate, dtype=float), len(error)).copy()
        kernel().papers_learn(
            self.described[0], self.places, len(error), error.ctypes.data, rates.ctypes.data, to,
            self.changes_at, momentum,
        )  # fmt: skip


@lru_cache(maxsize=1)
def kernel() -> ctypes.CDLL:
    """Returns online.cpp as a library, compiled where it is not yet."""
    library = compiled(Path(__file__).with_suffix(".cpp"))
    pointer, count = ctypes.c_void_p, ctypes.c_int64
    library.papers_run.argtypes = [*[pointer] * 3, count, pointer, count, pointer, count]
    library.papers_learn.argtypes = [*[pointer] * 2, count, *[pointer] * 4, ctypes.c_double]
    library.papers_follow.argtypes = [
        *[pointer] * 3, count, *[pointer] * 4, count, *[pointer] * 4, ctypes.c_double,
    ]  # fmt: skip
    library.papers_run.restype = library.papers_learn.restype = None
    library.papers_follow.restype = count
    return library


def _place(array: Array | None) -> int | None:
    return None if array is None else array.ctypes.data


def _places(*arrays: Array) -> ctypes.Array[ctypes.c_void_p]:
    assert all(array.flags.c_contiguous and array.dtype == float for array in arrays)
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))


def _described(shape: Shape) -> tuple[ctypes.Array[ctypes.c_int64], ctypes.Array[ctypes.c_double]]:
    """The structures of online.cpp: a shape, and its squashing functions."""
    assert shape.blocks * shape.cells <= 64
    numbers = [
        shape.inputs, shape.outputs, shape.blocks, shape.cells, len(shape.kinds), shape.forget,
        shape.output_gate, shape.peepholes, shape.shortcut, shape.recurrence != "none",
        shape.recurrence == "all", "cells" in shape.biased, "gates" in shape.biased,
        "outputs" in shape.biased, shape.entropy,
    ]  # fmt: skip
    kinds = (shape.squash_in, shape.squash_state, shape.output)
    ranges = [number for kind in kinds for number in RANGES[kind]]
    return (ctypes.c_int64 * len(numbers))(*numbers), (ctypes.c_double * 6)(*ranges)
