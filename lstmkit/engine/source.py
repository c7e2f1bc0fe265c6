"""Where something stands in a cell's text, and errors that show it the way a good compiler does."""

from dataclasses import dataclass

from lstmkit.errors import CellError


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one line of a text: line from 1, columns from 0, end exclusive."""

    line: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A text and the name under which errors mention it (`cell`, or a file's name)."""

    text: str
    name: str = "cell"

    def error(self, place: Place, problem: str, remedy: str) -> CellError:
        """Builds the error that shows a line, a caret under the place, and the way out.

        Args:
            place: What to point at.
            problem: What is wrong, a sentence.
            remedy: What to write instead, a sentence.

        Returns:
            The error, to be raised by the caller.
        """
        lines = self.text.split("\n")
        shown = lines[place.line - 1] if place.line <= len(lines) else ""
        margin = len(str(place.line))
        clip = max(0, place.start - 60)
        visible = shown[clip : clip + 100]
        width = max(1, min(place.end, clip + len(visible)) - place.start)
        caret = " " * (place.start - clip) + "^" * width
        return CellError(
            f"{self.name}, line {place.line}: {problem}\n"
            f"  {place.line} | {visible}\n"
            f"  {' ' * margin} | {caret}\n"
            f"{remedy}"
        )
