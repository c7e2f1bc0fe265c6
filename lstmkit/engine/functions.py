"""The functions that a cell's text may use: names, number of arguments, one line of meaning."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the notation.

    Attributes:
        arity: Number of arguments.
        meaning: What it computes, unit by unit unless it says otherwise.
    """

    arity: int
    meaning: str


FUNCTIONS = {
    "sigmoid": Function(1, "1 / (1 + exp(-a))"),
    "tanh": Function(1, "hyperbolic tangent"),
    "exp": Function(1, "exponential"),
    "log": Function(1, "natural logarithm"),
    "logsigmoid": Function(1, "log(sigmoid(a)), safe for large negative a"),
    "softplus": Function(1, "log(1 + exp(a)), safe for large a"),
    "relu": Function(1, "a where a > 0, else 0; derivative 0 at 0"),
    "sqrt": Function(1, "square root"),
    "abs": Function(1, "absolute value; derivative 0 at 0"),
    "max": Function(2, "the larger of two; where they are equal the first has the derivative"),
    "min": Function(2, "the smaller of two; where they are equal the first has the derivative"),
    "stop": Function(1, "a itself, which every gradient takes for a constant"),
    "layer_norm": Function(1, "(a - mean) / sqrt(variance + 1e-5) over the units of one row"),
}

LAYER_NORM_EPSILON = 1e-5
