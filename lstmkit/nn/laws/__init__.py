"""What must be true of every cell, on every engine path: each law is one function.

A law takes a `Subject`, builds layers of it in float64 with random parameters, and raises
`LawBrokenError` with a sentence when the layer does not obey.
"""

from collections.abc import Callable, Mapping

from lstmkit.nn.laws.gradients import gradients
from lstmkit.nn.laws.manners import (
    copies,
    inputs_kept,
    long_sequences,
    odd_sizes,
    precision,
    repeatability,
    shapes,
)
from lstmkit.nn.laws.paths import paths
from lstmkit.nn.laws.scans import (
    batch_independence,
    causality,
    no_state,
    padding,
    pieces,
    resets,
    reverse,
    stepwise,
)
from lstmkit.nn.laws.subject import LawBrokenError, Subject

__all__ = ["LAWS", "LawBrokenError", "Subject"]

LAWS: Mapping[str, Callable[[Subject], None]] = {
    law.__name__: law
    for law in (
        shapes,
        stepwise,
        pieces,
        no_state,
        batch_independence,
        causality,
        padding,
        resets,
        reverse,
        gradients,
        paths,
        copies,
        repeatability,
        odd_sizes,
        inputs_kept,
        precision,
        long_sequences,
    )
}
