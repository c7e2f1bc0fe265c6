"""A cell of given sizes as the numbers that the C++ engine reads; `native/program.h` says which."""

from collections.abc import Sequence

from lstmkit.engine.equations import Equations
from lstmkit.engine.layout import Sizes
from lstmkit.engine.lower.adjoints import adjoints
from lstmkit.engine.lower.arrays import Array, arrays
from lstmkit.engine.lower.keep import Values
from lstmkit.engine.lower.schedule import Group, Schedule, Stage, schedule
from lstmkit.engine.sizing import Size
from lstmkit.engine.tree import Name, Node, Previous

KINDS = (
    "slots",
    "state",
    "previous",
    "value",
    "moments",
    "vector",
    "arriving",
    "carry",
    "vector gradient",
    "partial",
    "partial carry",
    "adjoint",
    "summand",
    "mean",
    "given",
    "trace",
)
NONE = -1
INPUT, RECURRENT, OPERAND = range(3)


def describe(equations: Equations, sizes: Sizes, functions: Sequence[int]) -> list[int]:
    """Describes a cell to the engine.

    Args:
        equations: The cell.
        sizes: Sizes of a layer.
        functions: Addresses of its functions, in the order of `emit`.

    Returns:
        The numbers.
    """
    return _Description(equations, sizes).numbers(functions)


class _Description:
    def __init__(self, equations: Equations, sizes: Sizes) -> None:
        self.plan: Schedule = schedule(equations)
        self.back = adjoints(equations)
        self.arrays: dict[Array, int] = arrays(equations)
        self.units = sizes.of
        self.stage_of = {(s.level, s.width): k for k, s in enumerate(self.plan.stages)}
        self.map_names = list(self.plan.equations.maps)
        self.states = self.plan.equations.states

    def array(self, kind: str, name: str) -> int:
        for array, number in self.arrays.items():
            if (array.kind, array.name) == (kind, name):
                return number
        return NONE

    def holder(self, name: str) -> int:
        """The array of a quantity of this step."""
        state = self.array("state", name)
        return state if state != NONE else self.array("value", name)

    def numbers(self, functions: Sequence[int]) -> list[int]:
        parts = [
            self.listed([self.of_array(array) for array in self.arrays]),
            self.listed([self.of_map(name) for name in self.map_names]),
            self.listed([self.of_group(group) for group in self.plan.groups]),
            self.listed(self.blocks()),
            self.listed(
                [
                    self.of_stage(stage, functions[4 * k : 4 * k + 4])
                    for k, stage in enumerate(self.plan.stages)
                ]
            ),
            self.listed([self.of_state(name) for name in self.states]),
            self.listed([self.of_arriving(name) for name in self.back.arriving]),
            self.listed(
                [
                    [
                        self.array("vector", name),
                        self.array("vector gradient", name),
                        self.units(size),
                    ]
                    for name, size in self.plan.equations.vectors.items()
                ]
            ),
        ]
        return [self.units("input"), self.array("state", "h"), *(n for p in parts for n in p)]

    @staticmethod
    def listed(items: list[list[int]]) -> list[int]:
        return [len(items), *(number for item in items for number in item)]

    def of_array(self, array: Array) -> list[int]:
        lasting = array.kind != "value" or array.name in self.plan.operands
        return [KINDS.index(array.kind), self.units(array.width), int(lasting)]

    def of_map(self, name: str) -> list[int]:
        learned = self.plan.equations.maps[name]
        constant = name in self.plan.normal.constants
        return [self.units(learned.rows), self.units(learned.columns), int(not constant)]

    def of_group(self, group: Group) -> list[int]:
        stage = self.stage_of[group.level, group.width]
        return [stage, len(group.slots), self.units(group.width)]

    def blocks(self) -> list[list[int]]:
        found = []
        for number, group in enumerate(self.plan.groups):
            # the input first, because its products are there before the first step
            order = sorted(range(len(group.sources)), key=lambda k: group.sources[k] != Name("x"))
            for k in order:
                maps = [slot.maps[k] for slot in group.slots]
                columns: Size = self.plan.equations.maps[maps[0]].columns
                found.append(
                    [
                        number,
                        *self.source(group.sources[k]),
                        int(group.stopped[k]),
                        self.units(columns),
                        len(maps),
                        *(self.map_names.index(name) for name in maps),
                    ]
                )
        return found

    def source(self, node: Node) -> tuple[int, int]:
        match node:
            case Name("x"):
                return INPUT, NONE
            case Previous(name):
                return RECURRENT, self.states.index(name)
            case Name(name):
                return OPERAND, self.holder(name)
        raise AssertionError(node)

    def of_stage(self, stage: Stage, functions: Sequence[int]) -> list[int]:
        moments = [self.of_moments(n) for n in self.plan.normalised if self.at(stage, n)]
        means = [
            [self.array("summand", str(k)), self.array("mean", str(k))]
            for k, (_, level) in enumerate(self.back.means)
            if level == stage.level and self.width_of_mean(k) == stage.width
        ]
        return [
            self.units(stage.width),
            *functions,
            *self.listed(moments),
            *self.listed(means),
        ]

    def at(self, stage: Stage, name: str) -> bool:
        return (self.plan.levels[name], self.plan.widths[name]) == (stage.level, stage.width)

    def width_of_mean(self, number: int) -> Size:
        return next(a.width for a in self.arrays if (a.kind, a.name) == ("summand", str(number)))

    def of_moments(self, name: str) -> list[int]:
        place = Values(self.plan, {}).alone(name)
        moments = self.array("moments", name)
        if place is not None:
            return [self.array("slots", str(place[0])), place[1], moments]
        return [self.holder(name), NONE, moments]

    def of_state(self, name: str) -> list[int]:
        arriving = self.back.arriving
        return [
            self.array("state", name),
            self.array("previous", name),
            self.array("carry", name),
            arriving.index(name) if name in arriving else NONE,
            self.units(self.plan.equations.sizes[name]),
        ]

    def of_arriving(self, name: str) -> list[int]:
        plan = self.plan
        return [
            self.array("arriving", name),
            self.stage_of[plan.levels[name], plan.widths[name]],
            self.states.index(name) if name in self.states else NONE,
            self.holder(name) if name in plan.operands else NONE,
            int(name == "h"),
        ]
