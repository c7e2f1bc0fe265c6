"""What stands along the time axis of a picture: times with series, or a text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from lstmkit.errors import SettingsError


@dataclass(frozen=True, eq=False)
class Axis:
    """Labels of the steps, and series to draw along them.

    Args:
        labels: For each step its time or its token; None numbers them.
        series: Values over the steps by name, NaN where there is none.
        text: The labels are a text, to be written out along the axis.

    Raises:
        SettingsError: Numbers of steps that differ.

    Example:
        >>> Axis(list("hello"), text=True).steps
        5
    """

    labels: Sequence[str] | None = None
    series: Mapping[str, Float[np.ndarray, " _"]] = field(default_factory=dict)
    text: bool = False

    def __post_init__(self) -> None:
        """Checks that all parts have the same number of steps."""
        counts = {name: len(values) for name, values in self.series.items()}
        if self.labels is not None:
            counts["labels"] = len(self.labels)
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{count} in {name}" for name, count in counts.items())
            raise SettingsError(f"Axis: expected one number of steps, got {told}. Make them equal.")

    @property
    def steps(self) -> int | None:
        """Number of steps; None where nothing says."""
        if self.labels is not None:
            return len(self.labels)
        return next((len(values) for values in self.series.values()), None)
