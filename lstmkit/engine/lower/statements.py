"""One generated function: what it reads, its statements, what it writes, and its loops around them.

It runs over some rows and some units of one step. Every value has a letter and a number for a name.
"""

from lstmkit.engine.lower.arrays import arrays
from lstmkit.engine.lower.schedule import Schedule


class Statements:
    """Statements of one function, each value computed once.

    Args:
        plan: The schedule of the cell.
    """

    def __init__(self, plan: Schedule) -> None:
        self.plan = plan
        self.arrays = arrays(plan.normal.source)
        self.statements: list[str] = []
        self.stores: list[str] = []
        self.once: list[str] = []
        self.after: list[str] = []
        self.pointers: dict[int, str] = {}
        self.rows: dict[str, str] = {}
        self.named: dict[object, str] = {}

    def new(self, expression: str, key: object) -> str:
        """Names the value of an expression, unless it has a name by this key already."""
        if key not in self.named:
            self.named[key] = f"v{len(self.named)}"
            self.statements.append(f"const V {self.named[key]} = {expression};")
        return self.named[key]

    def has(self, kind: str, name: str) -> bool:
        """Whether the cell has such an array."""
        return any(array.kind == kind and array.name == name for array in self.arrays)

    def number(self, kind: str, name: str, level: int = 0) -> int:
        """The place of an array in the frame."""
        return next(
            number
            for array, number in self.arrays.items()
            if (array.kind, array.name, array.level) == (kind, name, level)
        )

    def pointer(self, number: int) -> str:
        """The name of the pointer to an array."""
        self.pointers.setdefault(number, f"a{number}")
        return self.pointers[number]

    def at(self, number: int) -> str:
        """The address of this row's units in an array that has one value a unit."""
        self.rows[f"o{number}"] = f"row * f.stride[{number}] + u"
        return f"{self.pointer(number)} + o{number}"

    def slot(self, group: int, position: int) -> str:
        """The address of this row's units in one slot of a group."""
        slots = len(self.plan.groups[group].slots)
        number = self.number("slots", str(group))
        self.rows[f"o{number}"] = f"row * f.stride[{number}] + slot_offset(u, {slots})"
        return f"{self.pointer(number)} + o{number} + {position * 16}"

    def load(self, kind: str, name: str, level: int = 0) -> str:
        """Reads an array that has one value a unit."""
        number = self.number(kind, name, level)
        return self.new(f"load({self.at(number)})", ("load", number))

    def load_slot(self, group: int, position: int) -> str:
        """Reads a slot of a group."""
        return self.new(f"load({self.slot(group, position)})", ("slot", group, position))

    def scalar(self, kind: str, name: str, offset: int, size: int) -> str:
        """Reads one of the `size` numbers that an array has for each row."""
        number = self.number(kind, name)
        where = f"{self.pointer(number)}[row * {size} + {offset}]"
        return self.new(f"splat({where})", ("scalar", number, offset))

    def vector(self, name: str) -> str:
        """Reads a learned vector, once for all rows."""
        number = self.number("vector", name)
        if f"vector {name}" not in self.named:
            self.named[f"vector {name}"] = f"w{number}"
            self.once.append(f"const V w{number} = load({self.pointer(number)} + u);")
        return self.named[f"vector {name}"]

    def store(self, kind: str, name: str, value: str, level: int = 0) -> None:
        """Writes a value into an array that has one a unit."""
        self.stores.append(f"store({self.at(self.number(kind, name, level))}, {value});")

    def store_slot(self, group: int, position: int, value: str) -> None:
        """Writes a value into a slot of a group."""
        self.stores.append(f"store({self.slot(group, position)}, {value});")

    def add_to_vector(self, name: str, value: str) -> None:
        """Adds a value to the gradient of a learned vector, which is summed over rows."""
        number = self.number("vector gradient", name)
        address = f"{self.pointer(number)} + u"
        self.once.append(f"V g{number} = load({address});")
        self.statements.append(f"g{number} = g{number} + {value};")
        self.after.append(f"store({address}, g{number});")

    def function(self, name: str) -> str:
        """The C++: loops over units and rows around all statements."""
        pointers = [f"float* const a{k} = f.array[{k}];" for k in sorted(self.pointers)]
        rows = [f"const int64_t {n} = {text};" for n, text in sorted(self.rows.items())]
        inner = "\n      ".join(
            ["const int64_t row = f.row[r];", *rows, *self.statements, *self.stores]
        )
        outer = "\n    ".join(
            [
                *self.once,
                "for (int64_t r = 0; r < f.rows; ++r) {\n      " + inner + "\n    }",
                *self.after,
            ]
        )
        head = "\n  ".join(
            [
                *pointers,
                "for (int64_t u = f.first; u < f.last; u += WIDTH) {\n    " + outer + "\n  }",
            ]
        )
        return f"static void {name}(const Frame& f) {{\n  {head}\n}}\n"
