"""The dropout family: what a layer may leave out in training, for any cell."""

from collections.abc import Mapping
from dataclasses import dataclass

from lstmkit.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class Drop:
    """Probabilities of leaving things out; all 0 by default.

    Attributes:
        between: Dropout on what passes from layer to layer, not after the last (Zaremba et al.
            2014). Raise it first when a stack overfits.
        recurrent: Dropout on the state where learned maps read it, with one mask for all steps
            of a sequence (Gal and Ghahramani 2016).
        weight: Dropout on the recurrent maps themselves, one mask a call (Merity et al. 2018).
        zoneout: Probability that a unit of a state keeps its value of the step before (Krueger
            et al. 2017): one number for all states, or a mapping from a state's name.

    Raises:
        SettingsError: A probability is outside [0, 1).

    Example:
        >>> Drop(between=0.2, zoneout={"h": 0.05, "c": 0.5}).zoneout["c"]
        0.5
    """

    between: float = 0.0
    recurrent: float = 0.0
    weight: float = 0.0
    zoneout: float | Mapping[str, float] = 0.0

    def __post_init__(self) -> None:
        """Checks the ranges."""
        named = {"between": self.between, "recurrent": self.recurrent, "weight": self.weight}
        zoneout = self.zoneout if isinstance(self.zoneout, Mapping) else {"all": self.zoneout}
        named |= {f"zoneout of {name}": value for name, value in zoneout.items()}
        for name, probability in named.items():
            if not 0 <= probability < 1:
                raise SettingsError(
                    f"Drop: expected a probability in [0, 1) for {name}, got {probability}."
                )
