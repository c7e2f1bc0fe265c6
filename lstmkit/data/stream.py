"""Long sequences in windows, side by side, one after another: what truncated training reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from lstmkit.errors import DataError, SettingsError


@dataclass(frozen=True, slots=True)
class Piece:
    """A window of every lane.

    Attributes:
        x: Input (batch, time, ...), zero where a lane has run out.
        target: What belongs to each step, zero where a lane has run out; None if the stream has
            no targets.
        reset: Steps at which a sequence begins.
        lengths: Real steps of each lane.
    """

    x: Tensor
    target: Tensor | None
    reset: Bool[Tensor, "batch time"]
    lengths: Int[Tensor, " batch"]

    @property
    def real(self) -> Bool[Tensor, "batch time"]:
        """Which steps are real."""
        steps = torch.arange(self.x.shape[1], device=self.x.device)
        return steps < self.lengths[:, None]

    def to(self, device: torch.device | str) -> "Piece":
        """Returns the piece on a device."""
        target = None if self.target is None else self.target.to(device)
        return Piece(self.x.to(device), target, self.reset.to(device), self.lengths.to(device))


class Stream:
    """Deals sequences of any length out to lanes and cuts the lanes into windows.

    A lane that ends a sequence goes on with the next one in the same window; `reset` says where.
    Nothing is padded but the end of a lane that has run out of sequences.

    Args:
        sequences: Inputs, each (time, input), or (time,) of tokens, or (time, ...) of maps, on one
            device.
        targets: For each sequence a tensor whose first axis is time; None for none.
        batch: Lanes.
        window: Steps of a piece: how far truncated back-propagation reaches at most.
        seed: Order of the sequences, another one in each pass; None keeps them as they are.

    Raises:
        DataError: No sequences, an empty one, one that is no tensor or of another shape or type
            than the first, the like of a target, or a target of another length.
        SettingsError: Lanes or a window below 1, or one of these or a seed that is no whole number.

    Example:
        >>> stream = Stream([torch.ones(5, 1), torch.ones(3, 1)], batch=1, window=4)
        >>> [piece.reset[0].int().tolist() for piece in stream]
        [[1, 0, 0, 0], [0, 1, 0, 0]]
    """

    def __init__(
        self,
        sequences: Sequence[Tensor],
        targets: Sequence[Tensor] | None = None,
        *,
        batch: int,
        window: int,
        seed: int | None = None,
    ) -> None:
        _check_counts(batch, window, seed)
        _check(sequences, targets)
        self.sequences, self.targets = sequences, targets
        self.batch, self.window, self.seed, self.passes = batch, window, seed, 0

    def __iter__(self) -> Iterator[Piece]:
        """Yields the pieces of one pass over all sequences."""
        lanes = [_Lane() for _ in range(self.batch)]
        waiting = self._order()
        while True:
            for lane in lanes:
                while waiting and lane.left < self.window:
                    number = waiting.pop(0)
                    lane.add(number, len(self.sequences[number]))
            if not any(lane.left for lane in lanes):
                return
            yield self._piece(lanes)

    def _order(self) -> list[int]:
        count = len(self.sequences)
        if self.seed is None:
            return list(range(count))
        generator = torch.Generator().manual_seed(self.seed + 1_000_003 * self.passes)
        self.passes += 1
        order: list[int] = torch.randperm(count, generator=generator).tolist()
        return order

    def _piece(self, lanes: "list[_Lane]") -> Piece:
        taken = [lane.take(self.window) for lane in lanes]
        x = self._filled(self.sequences, taken)
        reset = torch.zeros(self.batch, self.window, dtype=torch.bool, device=x.device)
        for lane, parts in enumerate(taken):
            for part in parts:
                if part.first == 0:
                    reset[lane, part.at] = True
        lengths = [sum(part.steps for part in parts) for parts in taken]
        target = None if self.targets is None else self._filled(self.targets, taken)
        return Piece(x, target, reset, torch.tensor(lengths, device=x.device))

    def _filled(self, tensors: Sequence[Tensor], taken: "list[list[_Part]]") -> Tensor:
        like = tensors[0]
        found = like.new_zeros(self.batch, self.window, *like.shape[1:])
        for lane, parts in enumerate(taken):
            for part in parts:
                steps = tensors[part.number][part.first : part.first + part.steps]
                found[lane, part.at : part.at + part.steps] = steps
        return found


@dataclass(frozen=True, slots=True)
class _Part:
    """Steps of a sequence, and where they lie in a window."""

    number: int
    first: int
    steps: int
    at: int


class _Lane:
    def __init__(self) -> None:
        self.parts: list[_Part] = []

    @property
    def left(self) -> int:
        return sum(part.steps for part in self.parts)

    def add(self, number: int, steps: int) -> None:
        self.parts.append(_Part(number, 0, steps, 0))

    def take(self, window: int) -> list[_Part]:
        found, at = [], 0
        while self.parts and at < window:
            part = self.parts.pop(0)
            steps = min(part.steps, window - at)
            found.append(_Part(part.number, part.first, steps, at))
            if steps < part.steps:
                rest = _Part(part.number, part.first + steps, part.steps - steps, 0)
                self.parts.insert(0, rest)
            at += steps
        return found


def _check_counts(batch: int, window: int, seed: int | None) -> None:
    for count in (batch, window):
        if not isinstance(count, Integral) or count < 1:
            raise SettingsError(
                "Stream: expected batch and window as whole numbers of at least 1, got "
                f"{batch!r} and {window!r}."
            )
    if seed is not None and not isinstance(seed, Integral):
        raise SettingsError(
            f"Stream: expected a whole number as seed, got {seed!r}. Leave it out to keep the "
            "order of the sequences."
        )


def _check(sequences: Sequence[Tensor], targets: Sequence[Tensor] | None) -> None:
    _check_alike("sequences", sequences)
    if targets is None:
        return
    if _is_list(targets) and len(targets) != len(sequences):
        raise DataError(
            f"Stream: expected a target for each of {len(sequences)} sequences, got {len(targets)}."
        )
    _check_alike("targets", targets)
    for number, (sequence, target) in enumerate(zip(sequences, targets, strict=True)):
        if len(target) != len(sequence):
            raise DataError(
                f"Stream: expected a target for each of the {len(sequence)} steps of sequence "
                f"{number}, got {len(target)}."
            )


def _check_alike(what: str, tensors: Sequence[Tensor]) -> None:
    if not _is_list(tensors):
        shape = tuple(getattr(tensors, "shape", ()))
        raise DataError(
            f"Stream: expected {what} as a list of tensors, got {type(tensors).__name__}"
            f"{f' {shape}' if shape else ''}. Give a list of tensors (time, ...), one for each "
            "sequence."
        )
    if not len(tensors):
        raise DataError(f"Stream: expected {what}, got none.")
    like = tensors[0]
    for number, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise DataError(
                f"Stream: expected {what} that are tensors, got {type(tensor).__name__} at number "
                f"{number}. Convert each with torch.as_tensor."
            )
        if not tensor.dim() or not len(tensor):
            raise DataError(
                f"Stream: expected {what} (time, ...) of at least one step, got shape "
                f"{tuple(tensor.shape)} at number {number}."
            )
        if (tensor.shape[1:], tensor.dtype) != (like.shape[1:], like.dtype):
            raise DataError(
                f"Stream: expected steps of shape {tuple(like.shape[1:])} and {like.dtype} as in "
                f"the first of the {what}, got {tuple(tensor.shape[1:])} and {tensor.dtype} at "
                f"number {number}. Give all alike."
            )


def _is_list(given: object) -> bool:
    """Whether something has elements at numbers, and is no array of them."""
    counted = hasattr(given, "__getitem__") and hasattr(given, "__len__")
    return counted and not (isinstance(given, Mapping) or hasattr(given, "dtype"))
