"""The rows of the paper's tables for the tasks whose answer is due at the end of a sequence."""

from dataclasses import dataclass, replace
from math import inf

from papers.hochreiter1997.sequences import Draw, lags, marked, ordered, two_sequences
from papers.program import clipped
from papers.shape import Shape, Squash


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One row of the paper's tables.

    Training stops when all of the conditions hold for the latest training sequences, or for fresh
    ones while the net is at rest.

    Attributes:
        name: Experiment and setting.
        shape: The net's shape.
        spread: Its weights start uniform within plus and minus this ...
        biases: ... but for the biases of these gates, block by block: i, o.
        weights: How many weights the paper counts; those of nets without recurrence are ours.
        rate: Learning rate of plain stochastic descent.
        draw: Draws sequences.
        published: Mean number of training sequences in the paper.
        limit: Sequences after which a net counts as failed.
        right: Largest absolute error of an output that counts as right.
        error: Mean absolute error that it must be below; 1 where the paper asks none.
        wrong: How many sequences may be wrong.
        latest: How many training sequences count, the latest ones ...
        fresh: ... or, where this is not 0, how many fresh ones, tried every 1,000 sequences.
        noise: Variance of noise on the targets of training; errors are measured without it.
        clip: Norm that gradients are cut to where they are longer.
        wrong_published: Wrong test sequences of 2,560 in the paper; None where it gives none.
    """

    name: str
    shape: Shape
    spread: float = 0.1
    biases: dict[str, tuple[float, ...]]
    weights: int
    rate: float
    draw: Draw
    published: int
    limit: int
    right: float
    error: float = 1.0
    wrong: int = 0
    latest: int = 2000
    fresh: int = 0
    noise: float = 0.0
    clip: float = inf
    wrong_published: float | None = None


ALL = ("cells", "gates", "outputs")


def _shape(
    inputs: int,
    outputs: int,
    blocks: int,
    cells: int,
    biased: tuple[str, ...] = ALL,
    output: Squash = "logistic",
    *,
    entropy: bool = False,
) -> Shape:
    """Blocks whose cells and gates all feed one another, g in [-2, 2] and h in [-1, 1]."""
    return Shape(
        inputs=inputs,
        outputs=outputs,
        blocks=blocks,
        cells=cells,
        recurrence="all",
        forget=False,
        biased=biased,
        squash_in="wide",
        squash_state="centred",
        output=output,
        entropy=entropy,
    )


# by what is added to a task's name; a logistic output hardly ever comes within 0.04 of the sums
# near 0 and 1
TWO_NUMBERS = {
    "": _shape(2, 1, 2, 2, output="linear"),
    ", logistic output": _shape(2, 1, 2, 2),
    ", cross-entropy": _shape(2, 1, 2, 2, entropy=True),
}


def _adding(
    length: int, published: int, wrong: float, output: str = "", *, spread: float = 0.1
) -> Task:
    wide = f", weights within {spread}" if spread > 0.1 else ""
    return Task(
        name=f"4 adding T={length}{output}{wide}",
        shape=TWO_NUMBERS[output],
        spread=spread,
        biases={"i": (-3.0, -6.0)},
        weights=93,
        rate=0.5,
        draw=marked(length, multiply=False),
        right=0.04,
        error=0.01,
        published=published,
        limit=5 * published,
        wrong_published=wrong,
    )


def _multiplication(wrong: int, published: int, wrong_published: float, output: str = "") -> Task:
    return Task(
        name=f"5 multiplication, {wrong} wrong{output}",
        shape=TWO_NUMBERS[output],
        biases={},
        weights=93,
        rate=0.1,
        draw=marked(100, multiply=True),
        right=0.04,
        wrong=wrong - 1,
        published=published,
        limit=4 * published,
        wrong_published=wrong_published,
    )


def _order(symbols: int, *, entropy: bool = False, clip: float = inf) -> Task:
    published = {2: 31_390, 3: 571_100}[symbols]
    return Task(
        name=f"6{'ab'[symbols - 2]} temporal order of {symbols}"
        + ", cross-entropy" * entropy
        + clipped(clip),
        shape=_shape(8, 2**symbols, symbols, 2, entropy=entropy),
        clip=clip,
        biases={"i": (-2.0, -4.0, -6.0)[:symbols]},
        weights={2: 156, 3: 308}[symbols],
        rate={2: 0.5, 3: 0.1}[symbols],
        draw=ordered(symbols),
        right=0.3,
        error=0.1,
        published=published,
        limit=5 * published,
        wrong_published={2: 1, 3: 2}[symbols],
    )


def _two_sequences(
    part: str,
    length: int,
    informative: int,
    published: int,
    wrong: float,
    *,
    error: float,
    entropy: bool = False,
    clip: float = inf,
) -> Task:
    soft = part == "c"
    return Task(
        name=f"3{part} two sequences T={length} N={informative}"
        + ", cross-entropy" * entropy
        + clipped(clip),
        shape=_shape(1, 1, 3, 1, ("cells", "gates"), entropy=entropy),
        biases={"i": (-1.0, -3.0, -5.0), "o": (-2.0, -4.0, -6.0)},
        weights=102,
        rate=0.1 if soft else 1.0,
        draw=two_sequences(length, informative, noisy=part != "a", soft=soft),
        right=0.1 if soft else 0.2,
        error=error,
        wrong=5 if part == "b" else 0,
        fresh=256,
        noise=0.1 if soft else 0.0,
        clip=clip,
        published=published,
        limit=5 * published,
        wrong_published=wrong * 2560,
    )


def _lags(
    lag: int, distractors: int, published: int, *, spread: float = 0.2, alone: bool = False
) -> Task:
    """Two cells without any bias; `alone` sees inputs and no other hidden unit."""
    shape = _shape(distractors + 4, 2, 2, 1, ())
    if alone:
        shape = replace(shape, recurrence="none")
    return Task(
        name=f"2c lag {lag}, {distractors} distractors, "
        + ("no recurrence" if alone else f"weights within {spread}"),
        shape=shape,
        spread=spread,
        biases={},
        weights=6 * (distractors + 4 + (0 if alone else 6)) + 4,
        rate=0.01,
        draw=lags(lag, distractors),
        right=0.2,
        fresh=10_000,
        published=published,
        limit=5 * published,
    )


TASKS = (
    _lags(50, 50, 30_000),
    _lags(50, 50, 30_000, spread=0.01),
    _lags(100, 100, 31_000, spread=0.01),
    _lags(200, 200, 33_000, spread=0.01),
    _lags(500, 500, 38_000, spread=0.01),
    _lags(1000, 1000, 49_000, spread=0.01),
    _lags(50, 50, 30_000, alone=True),
    _lags(100, 100, 31_000, alone=True),
    _lags(200, 200, 33_000, alone=True),
    _lags(500, 500, 38_000, alone=True),
    _lags(1000, 1000, 49_000, alone=True),
    _lags(1000, 500, 49_000, alone=True),
    _lags(1000, 200, 75_000, alone=True),
    _lags(1000, 100, 135_000, alone=True),
    _lags(1000, 50, 203_000, alone=True),
    _two_sequences("a", 100, 3, 39_850, 0.000195, error=0.01),
    _two_sequences("a", 100, 1, 64_330, 0.000117, error=0.01),
    _two_sequences("a", 1000, 3, 452_460, 0.000078, error=0.01),
    _two_sequences("b", 100, 3, 43_250, 0.00828, error=0.04),
    _two_sequences("b", 100, 1, 78_430, 0.0150, error=0.04),
    _two_sequences("c", 100, 3, 269_650, 0.00558, error=0.015),
    _two_sequences("c", 100, 3, 269_650, 0.00558, error=0.015, entropy=True),
    _two_sequences("c", 100, 1, 565_640, 0.00441, error=0.015),
    _two_sequences("c", 100, 1, 565_640, 0.00441, error=0.015, clip=0.1),
    _adding(100, 74_000, 1),
    _adding(100, 74_000, 1, ", logistic output"),
    _adding(500, 209_000, 0),
    _adding(500, 209_000, 0, spread=0.8),
    _adding(1000, 853_000, 1, spread=0.8),
    _multiplication(140, 482_000, 139, ", cross-entropy"),
    _multiplication(13, 1_273_000, 14, ", cross-entropy"),
    _order(2),
    _order(3),
    _order(3, clip=1.0),
    _order(3, entropy=True, clip=0.3),
)
