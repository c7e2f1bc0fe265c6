"""Which dropout and clipping a cell allows, and the rules of one scan that come of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from lstmkit.engine import Cell, Equations, Rules
from lstmkit.engine.tree import Previous, walk
from lstmkit.errors import CellError, nearest
from lstmkit.nn.drop import Drop


@dataclass(frozen=True, kw_only=True)
class StateRules:
    """What was asked for, checked against the cell.

    Attributes:
        zoneout: Probability by state.
        clip: Bound by state.
        recurrent: Dropout probability of the states that maps read.
        read_by_maps: Those states.
    """

    zoneout: Mapping[str, float]
    clip: Mapping[str, float]
    recurrent: float
    read_by_maps: tuple[str, ...]

    def draw(self, state: Mapping[str, Tensor], *, training: bool) -> Rules:
        """Draws the masks of one sequence.

        Args:
            state: State before the first step, whose shapes the masks take.
            training: Whether anything is left out at all.

        Returns:
            The rules of one scan.
        """
        masks = {}
        if training and self.recurrent:
            for name in self.read_by_maps:
                like = state[name]
                # the same draws for every type
                drawn = torch.rand(like.shape, dtype=torch.float32, device=like.device)
                masks[name] = (drawn >= self.recurrent).to(like.dtype) / (1 - self.recurrent)
        seed = None
        if training and self.zoneout:
            # drawn by torch, so that its seed governs
            seed = torch.randint(1 << 62, (), device="cpu")
        return Rules(
            zoneout=self.zoneout, clip=self.clip, masks=masks, training=training, seed=seed
        )


def state_rules(cell: Cell, drop: Drop, clip_state: float | None) -> StateRules:
    """Checks dropout and clipping against a cell.

    Args:
        cell: The cell.
        drop: The dropout family.
        clip_state: Bound on every state but the output h, or None.

    Returns:
        The rules by state.

    Raises:
        CellError: The cell does not allow what was asked for, with the reason.
    """
    return StateRules(
        zoneout=_zoneout(cell, drop),
        clip=_clip(cell, clip_state),
        recurrent=drop.recurrent,
        read_by_maps=_read_by_maps(cell, drop),
    )


def _zoneout(cell: Cell, drop: Drop) -> dict[str, float]:
    states = cell.equations.states
    if not isinstance(drop.zoneout, Mapping):
        asked = dict.fromkeys(states, drop.zoneout) if drop.zoneout else {}
    else:
        asked = {name: value for name, value in drop.zoneout.items() if value}
    for name in asked:
        if name not in states:
            raise CellError(
                f"zoneout: {name!r} is not a state of the cell {cell.name!r}; "
                f"its states are {', '.join(states)}.{nearest(name, states)}"
            )
        if name in cell.joint:
            free = [state for state in states if state not in cell.joint]
            raise CellError(
                f"zoneout: the states {', '.join(cell.joint)} of the cell {cell.name!r} share "
                "one scale, and mixing one of them with its past alone would change what they "
                f"mean. Name the others: zoneout={{{', '.join(f'{s!r}: p' for s in free)}}}."
            )
    return asked


def _clip(cell: Cell, bound: float | None) -> dict[str, float]:
    if bound is None:
        return {}
    if bound <= 0:
        raise CellError(f"clip_state: expected a positive bound, got {bound}.")
    if cell.joint:
        raise CellError(
            f"clip_state: the states {', '.join(cell.joint)} of the cell {cell.name!r} share one "
            "scale, and clipping them would change what they mean. Leave clip_state out."
        )
    states = [name for name in cell.equations.states if name != "h"]
    if not states:
        raise CellError(
            f"clip_state: the only state of the cell {cell.name!r} is its output h. "
            "Leave clip_state out."
        )
    return dict.fromkeys(states, bound)


def _read_by_maps(cell: Cell, drop: Drop) -> tuple[str, ...]:
    found = recurrent_states(cell.equations)
    for name, asked in (("recurrent", drop.recurrent), ("weight", drop.weight)):
        if asked and not found:
            raise CellError(
                f"Drop({name}={asked}): no learned map of the cell {cell.name!r} reads its state. "
                f"Leave {name} out."
            )
    return found


def recurrent_states(equations: Equations) -> tuple[str, ...]:
    """Returns the states that some learned map reads.

    Args:
        equations: The cell.

    Returns:
        Names of states, in their order.
    """
    read = {
        part.name
        for learned in equations.maps.values()
        for part in walk(learned.operand)
        if isinstance(part, Previous)
    }
    return tuple(name for name in equations.states if name in read)
