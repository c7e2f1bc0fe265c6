"""What is told of a task's answers in a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmkit.tasks.report.section import Section


@dataclass(frozen=True, kw_only=True)
class Story:
    """The parts of a report that differ from task to task.

    Attributes:
        headline: The answer, in a sentence.
        scores: The table of scores, in HTML.
        facts: More of what the run was.
        sections: The figures.
    """

    headline: str
    scores: str
    facts: Mapping[str, str]
    sections: "Sequence[Section]"
