"""A cell: its equations as text, and beside them, as data, what the text does not say."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

from lstmkit.engine.equations import Equations, read
from lstmkit.errors import CellError


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A limiting case: with some parameters fixed, a cell equals another one.

    Attributes:
        of: Name of the other cell in the catalogue.
        here: Parameters of this cell to fix. A value is a number (fill), `"identity"` (a square
            map), or another parameter of this cell, as `"W_i"`, `"-W_i"` or `"10*W_i"`.
        there: Parameters of the other cell to fix likewise, from the parameters of this one;
            all others are copied from their namesakes.
        tolerance: Largest difference between the outputs in float64, relative to their norm.
    """

    of: str
    here: Mapping[str, float | str] = field(default_factory=dict)
    there: Mapping[str, float | str] = field(default_factory=dict)
    tolerance: float = 1e-10


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The equations of one step and the facts about them.

    Attributes:
        name: Short name in lower case; `custom` for a text without one.
        text: The equations, in the notation that `lstmkit.engine.read` explains.
        title: Name in the literature.
        year: Year of publication.
        reference: Authors, title, venue.
        link: Where to read it.
        summary: One line for listings.
        differs_lstm: What differs from the plain LSTM.
        differs_paper: What differs from the paper.
        limit: The limiting case that ties it to another cell, for a law to test.
        vectors: Initial constants of learned vectors that do not start at 0.
        forget_bias: The vector that is the bias of the forget gate.
        input_bias: The vector that is the bias of the input gate.
        shared: Quantities that the units of one memory block share.
        joint: States that share one scale, so that none may be mixed or clipped alone.

    Example:
        >>> Cell(text="h = tanh(W @ x + U @ h[-1] + b)").equations.states
        ('h',)
    """

    text: str
    name: str = "custom"
    title: str = "a cell of one's own"
    year: int | None = None
    reference: str = ""
    link: str = ""
    summary: str = ""
    differs_lstm: str = ""
    differs_paper: str = ""
    limit: Limit | None = None
    vectors: Mapping[str, float] = field(default_factory=dict)
    forget_bias: str | None = None
    input_bias: str | None = None
    shared: tuple[str, ...] = ()
    joint: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Takes the common indentation off the text, so that it prints and counts as written."""
        if isinstance(self.text, str):
            object.__setattr__(self, "text", textwrap.dedent(self.text).strip())

    def __hash__(self) -> int:
        """Hashes by name and text."""
        return hash((self.name, self.text))

    @property
    def equations(self) -> Equations:
        """The equations, read from the text.

        Raises:
            CellError: The text is not a cell.
        """
        return read(self.text, self.name)

    def blocks(self, block_size: int) -> Equations:
        """The equations with the gates shared by the units of each memory block.

        Args:
            block_size: Units a block; 1 gives every unit its own gates.

        Returns:
            The equations; gates have `hidden_size / block_size` values.

        Raises:
            CellError: The cell does not say which quantities a block shares.
        """
        if block_size == 1:
            return self.equations
        if not self.shared:
            raise CellError(
                f"{self.name}: block_size={block_size} needs gates that units can share, and "
                "this cell names none. Use block_size=1, or say which quantities are shared: "
                "Cell(text=..., shared=('i', 'o'))."
            )
        return read(self.text, self.name, self.shared)
