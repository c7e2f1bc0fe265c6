"""Which column of a table plays which part."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import polars as pl

from lstmkit.errors import DataError, SettingsError, nearest


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Names of the columns of a table, by the part they play.

    Attributes:
        target: Columns to forecast, at least one; numbers.
        time: Column of dates, times or whole numbers in even steps; None where rows are the steps.
        series: Column that tells which series a row belongs to; None for one series.
        past: Covariates known up to the origin of a forecast only (a measured temperature).
        known: Covariates known ahead (a price list, a holiday flag).
        static: Columns that hold for a whole series: numbers (an area, a rated power), and until
            `told_apart` categories too.
        category: Categories that hold for a whole series (a region, a kind of shop).
    """

    target: tuple[str, ...]
    time: str | None = None
    series: str | None = None
    past: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    category: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        target: str | Sequence[str],
        time: str | None = None,
        series: str | None = None,
        past: str | Sequence[str] = (),
        known: str | Sequence[str] = (),
        static: str | Sequence[str] = (),
        category: str | Sequence[str] = (),
    ) -> "Columns":
        """Makes columns from single names or sequences of names, and checks them.

        Args:
            target: Column or columns to forecast.
            time: Time column, if there is one.
            series: Column of series names, if there are several series.
            past: Covariates known up to the origin.
            known: Covariates known ahead.
            static: Numbers and categories of a whole series.
            category: Categories of a whole series, whatever their columns hold.

        Returns:
            The columns, every part but time and series as a tuple.

        Raises:
            SettingsError: No target, or a column that plays two parts.

        Example:
            >>> Columns.of("units", time="day", known=["price", "holiday"]).known
            ('price', 'holiday')
        """
        columns = cls(
            target=names_of(target),
            time=time,
            series=series,
            past=names_of(past),
            known=names_of(known),
            static=names_of(static),
            category=names_of(category),
        )
        if not columns.target:
            raise SettingsError("Columns: expected at least one target column, got none.")
        seen: dict[str, str] = {}
        for part, name in columns.parts():
            if name in seen:
                raise SettingsError(
                    f"Columns: expected each column in one part, got {name!r} as {seen[name]} "
                    f"and as {part}. Leave it in one of them."
                )
            seen[name] = part
        return columns

    def parts(self) -> list[tuple[str, str]]:
        """Every named column with the part it plays, in the order of the attributes.

        Example:
            >>> Columns.of("units", time="day").parts()
            [('target', 'units'), ('time', 'day')]
        """
        single = [("time", self.time), ("series", self.series)]
        return [
            *(("target", name) for name in self.target),
            *((part, name) for part, name in single if name is not None),
            *(("past", name) for name in self.past),
            *(("known", name) for name in self.known),
            *(("static", name) for name in self.static),
            *(("category", name) for name in self.category),
        ]

    def told_apart(self, table: pl.DataFrame, categories: Collection[str] = ()) -> "Columns":
        """Tells numbers of a whole series from categories, by what a table holds.

        Args:
            table: A table with these columns.
            categories: Columns of it that are known to hold categories.

        Returns:
            Columns of which `static` are numbers; those of anything else are categories.

        Example:
            >>> table = pl.DataFrame({"y": [1.0], "area": [120], "town": ["Ulm"]})
            >>> told = Columns.of("y", static=["area", "town"]).told_apart(table)
            >>> told.static, told.category
            (('area',), ('town',))
        """
        numbers = tuple(
            name
            for name in self.static
            if table[name].dtype.is_numeric() and name not in categories
        )
        others = tuple(name for name in self.static if name not in numbers)
        return replace(self, static=numbers, category=self.category + others)

    @property
    def numeric(self) -> tuple[str, ...]:
        """Columns that hold numbers: target, past, known and static, in this order."""
        return self.target + self.past + self.known + self.static

    @property
    def numeric_parts(self) -> tuple[str, ...]:
        """The part that each of `numeric` plays."""
        parts = ("target", "past", "known", "static")
        return tuple(part for part, _ in self.parts() if part in parts)

    @property
    def bounds(self) -> tuple[int, int, int]:
        """Where past, known and static columns begin in `numeric`."""
        past = len(self.target)
        known = past + len(self.past)
        return past, known, known + len(self.known)

    def require(self, present: Sequence[str], what: str) -> None:
        """Checks that every named column is there.

        Args:
            present: Columns of the table.
            what: What the table is called in the message.

        Raises:
            DataError: A column is absent; the message lists near names and what there is.
        """
        for part, name in self.parts():
            if name not in present:
                shown = ", ".join(repr(column) for column in present[:20])
                more = f" and {len(present) - 20} more" if len(present) > 20 else ""
                raise DataError(
                    f"{what}: expected {part} column {name!r}, got the columns {shown}{more}."
                    f"{nearest(name, present)} Name a column that is there."
                )


def names_of(names: str | Sequence[str]) -> tuple[str, ...]:
    """One name or several as a tuple."""
    return (names,) if isinstance(names, str) else tuple(names)
