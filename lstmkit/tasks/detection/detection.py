"""What a detector finds in a series, step by step."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float


@dataclass(frozen=True, eq=False)
class Detection:
    """How unusual the steps of one series are, and which channel says so.

    Attributes:
        score: Powers of ten: 3 is what one clean step in 1,000 reaches (T,).
        alarm: Where the score has reached the threshold (T,).
        blame: Surprise of each channel by itself (T, C), in the same unit but before it is made up
            for that the score takes the largest.
        channels: Names of the channels.
    """

    score: Float[np.ndarray, " time"]
    alarm: Bool[np.ndarray, " time"]
    blame: Float[np.ndarray, "time channels"]
    channels: tuple[str, ...]

    @property
    def cause(self) -> list[str | None]:
        """The channel that surprises most, at each step; None where none does or none is known."""
        most = self.blame.argmax(1)
        return [
            self.channels[place] if row[place] > 0 else None
            for place, row in zip(most, self.blame, strict=True)
        ]
