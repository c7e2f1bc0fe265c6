"""Files of labelled sequences: the archive's .ts, and the tab-separated lines of UCR."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lstmkit.data.sequences import Sequences, to_sequences
from lstmkit.errors import DataError

SUFFIXES = (".ts", ".tsv", ".txt")

_HEADER = re.compile(r"@(\w+)\s*(.*)")


@dataclass(frozen=True, eq=False)
class Labelled:
    """Sequences of a file with what it says of each.

    Attributes:
        sequences: The sequences.
        labels: One for each, text or numbers as the file has them; None where it has none.
    """

    sequences: Sequences
    labels: np.ndarray | None


def read_labelled(path: str | Path) -> Labelled:
    r"""Reads a file of the time series classification archives.

    Args:
        path: A `.ts` file (Löning et al. 2019: a header of lines that begin with @, then a line a
            sequence, channels apart by colons, steps by commas, the label last, ? where a value is
            missing, pairs in brackets where steps have times); or a `.tsv` or `.txt` file of the
            UCR archive (Dau et al. 2018: a line a sequence of one channel, the label first, NaN
            after the last step of a short one).

    Returns:
        The sequences and their labels.

    Raises:
        DataError: No such file, or a line that is not of this kind; the message names the line.

    Example:
        >>> import tempfile; path = Path(tempfile.mkdtemp()) / "two_TRAIN.tsv"
        >>> _ = path.write_text("up\t1\t2\t3\ndown\t3\t2\tNaN\n")
        >>> found = read_labelled(path)
        >>> found.labels.tolist(), found.sequences.lengths.tolist()
        (['up', 'down'], [3, 2])
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(
            f"{path}: expected a file of sequences (.ts, or .tsv or .txt of the UCR archive), got "
            f"{path.suffix or 'no suffix'!r}. Convert it, or give arrays or a long table."
        )
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error}). Check the path.") from error
    return (_ts if path.suffix.lower() == ".ts" else _ucr)(lines, path.name)


def _ucr(lines: list[str], name: str) -> Labelled:
    labels, values = [], []
    for number, line in _filled(lines):
        label, *steps = line.split("\t") if "\t" in line else line.split()
        labels.append(label)
        values.append(_floats(steps, name, number))
    longest = max(map(len, values), default=0)
    padded = np.full((len(values), longest), np.nan)
    for row, one in zip(padded, values, strict=True):
        row[: len(one)] = one
    return Labelled(to_sequences(padded, what=name), _labels(labels))


def _ts(lines: list[str], name: str) -> Labelled:
    labelled, at = _ts_header(lines, name)
    labels, values, times = [], [], []
    for number, line in _filled(lines[at:], at):
        parts = _split(line)
        if labelled:
            labels.append(parts.pop().strip())
        steps, when = _channels(parts, name, number)
        values.append(steps)
        times.append(when)
    known = [when for when in times if when is not None]
    timed = known if known and len(known) == len(times) else None
    found = to_sequences(values, times=timed, what=name)
    return Labelled(found, _labels(labels) if labelled else None)


def _ts_header(lines: list[str], name: str) -> tuple[bool, int]:
    """Whether sequences have labels, and the line after @data."""
    labelled = False
    for number, line in _filled(lines):
        found = _HEADER.match(line)
        if not found:
            raise DataError(
                f"{name}: expected lines that begin with @ before @data, got {line[:40]!r} in line "
                f"{number}. Is it a .ts file?"
            )
        key, value = found[1].lower(), found[2].lower().split()
        if key in ("classlabel", "targetlabel"):
            labelled = value[:1] == ["true"]
        if key == "data":
            return labelled, number
    raise DataError(f"{name}: expected a line @data, got none. Is the file complete?")


def _split(line: str) -> list[str]:
    """Cuts at colons, but not inside of brackets, where times have some."""
    return re.split(r":(?![^(]*\))", line)


def _channels(parts: list[str], name: str, number: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Steps (T, C) of the channels of a line, and their times where it has any."""
    if "(" in parts[0]:
        pairs = [re.findall(r"\(([^,]+),([^)]+)\)", part) for part in parts]
        columns = [_floats([value for _, value in each], name, number) for each in pairs]
        times = _floats([when for when, _ in pairs[0]], name, number)
    else:
        columns = [_floats(part.split(","), name, number) for part in parts]
        times = None
    longest = max(map(len, columns))
    steps = np.full((longest, len(columns)), np.nan)
    for channel, column in enumerate(columns):
        steps[: len(column), channel] = column
    return steps, times


def _floats(words: list[str], name: str, number: int) -> np.ndarray:
    try:
        return np.array([np.nan if word.strip() == "?" else float(word) for word in words])
    except ValueError as error:
        raise DataError(
            f"{name}: expected numbers in line {number}, got something else ({error}). Put ? where "
            "a value is missing."
        ) from error


def _filled(lines: list[str], first: int = 0) -> Iterator[tuple[int, str]]:
    """Lines that say something, with their number counted from 1."""
    for number, line in enumerate(lines, first + 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.strip()


def _labels(words: list[str]) -> np.ndarray:
    """Labels as whole numbers or numbers where all of them are."""
    array = np.array(words)
    for kind in (np.int64, np.float64):
        try:
            return array.astype(kind)
        except ValueError:
            continue
    return array
