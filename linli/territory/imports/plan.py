"""What an import would do: rows that are new, changed or unchanged, and everything wrong."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from linli.territory.imports.causes import causes_among
from linli.territory.imports.layout import Table
from linli.territory.imports.source import Fault

Key = tuple[str, ...]
"""What names a row inside a community: an area's code; estate, building, entrance, room."""


class Change(StrEnum):
    """What a row does to the register."""

    NEW = "NEW"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One good row. `values` are columns; `links` name other rows, or are None to clear nothing."""

    table: Table
    sheet: str
    row: int
    key: Key
    change: Change
    values: Mapping[str, Any]
    links: Mapping[str, Key | None]
    id: int | None = None  # of the row it changes
    fields: tuple[str, ...] = ()  # what changes


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows of one table do what."""

    table: Table
    new: int
    changed: int
    unchanged: int
    bad: int


@dataclass(frozen=True)
class Plan:
    """The whole of it. Nothing has been written yet."""

    community_id: int
    rows: tuple[PlannedRow, ...]
    faults: tuple[Fault, ...]
    bad: Mapping[Table, int] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing is wrong with any row."""
        return not self.faults

    @property
    def causes(self) -> tuple[Fault, ...]:
        """Return what has to be put right, each cause once; the rest is right with it."""
        return causes_among(faults=self.faults)

    @property
    def following_total(self) -> int:
        """Return how many rows are wrong only because of a row that they point to."""
        return sum(fault.follows for fault in self.faults)

    @property
    def changes_nothing(self) -> bool:
        """Tell whether everything is in the register already."""
        return all(row.change == Change.UNCHANGED for row in self.rows)

    @property
    def counts(self) -> tuple[Count, ...]:
        """Return the count of each table that the file speaks of."""
        seen = Counter((row.table, row.change) for row in self.rows)
        return tuple(
            Count(
                table=table,
                new=seen[table, Change.NEW],
                changed=seen[table, Change.CHANGED],
                unchanged=seen[table, Change.UNCHANGED],
                bad=self.bad.get(table, 0),
            )
            for table in Table
            if self.bad.get(table, 0) or any(seen[table, change] for change in Change)
        )

    @property
    def fingerprint(self) -> str:
        """Return a digest that differs as soon as the plan would do anything else."""
        said = hashlib.sha256()
        for row in self.rows:
            said.update(repr((row.table.value, row.key, row.change.value, row.fields)).encode())
        said.update(repr([(one.sheet, one.row, one.column) for one in self.faults]).encode())
        return said.hexdigest()[:32]
