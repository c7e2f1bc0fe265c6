"""The last measurements of a layer's gradients, and what is usual for them."""

import math
import statistics
from collections import deque
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(eq=False)
class Measured:
    """What was measured of one layer's gradients over the last steps of training.

    Attributes:
        norms: Norms of the gradient of its parameters.
        factors: Factors from step to step back through the sequence, NaN where none was heard.
        steps: Steps of the last sequence.
    """

    KEPT: ClassVar[int] = 100
    RECENT: ClassVar[int] = 10

    norms: deque[float] = field(default_factory=lambda: deque(maxlen=Measured.KEPT))
    factors: deque[float] = field(default_factory=lambda: deque(maxlen=Measured.RECENT))
    steps: int = 0

    def add(self, norm: float, factor: float, steps: int) -> None:
        """Takes note of one step of training."""
        self.norms.append(norm)
        self.factors.append(factor)
        self.steps = steps

    @property
    def usual_norm(self) -> float:
        """Median of the norms, up to now."""
        finite = [norm for norm in self.norms if math.isfinite(norm)]
        return statistics.median(finite) if finite else math.nan

    @property
    def factor(self) -> float:
        """Median of the last factors; NaN where none was heard."""
        known = [factor for factor in self.factors if not math.isnan(factor)]
        return statistics.median(known) if known else math.nan

    @property
    def told_factor(self) -> str:
        """The factor in words, or nothing."""
        return "" if math.isnan(self.factor) else f" (x {self.factor:.3f} a step back)"
