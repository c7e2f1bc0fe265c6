"""Tasks on whole sequences: a label, a number, or a label for every step."""

from lstmkit.tasks.sequence.classifier import Classifier

__all__ = ["Classifier"]
