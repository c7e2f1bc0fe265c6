"""Objectives that need no targets: outputs that say as much as they can about what was read."""

from lstmkit.train.objectives.entropy import likeliest_width, parzen_entropy
from lstmkit.train.objectives.information_gain import (
    binary_information_gain,
    expected_outputs,
)

__all__ = ["binary_information_gain", "expected_outputs", "likeliest_width", "parzen_entropy"]
