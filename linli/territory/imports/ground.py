"""What planning stands on: what is there, what was planned so far, and which keys are bad."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from linli.core.sheets import CellWrong, read_text
from linli.territory import geometry
from linli.territory.geometry import BoundaryWrong, Datum, PointIndex
from linli.territory.imports import cells
from linli.territory.imports.layout import SHEET_OF, Table
from linli.territory.imports.plan import Change, Key, Plan, PlannedRow
from linli.territory.imports.register import Register, Standing
from linli.territory.imports.row import BadRow, Row
from linli.territory.imports.source import Fault, Source
from linli.territory.services.fields import (
    NAME_MAX,
    PointSwapped,
    PointWrong,
    clean_point,
)
from linli.territory.wording import say_boundary_fault


class Ground:
    """Holds the register, what was planned so far, and which keys are bad."""

    def __init__(self, register: Register, source: Source, datum: Datum) -> None:
        self.register = register
        self.source = source
        self.datum = datum
        self.community = register.community
        self.planned: dict[Table, dict[Key, PlannedRow]] = {table: {} for table in Table}
        self.bad_keys: dict[Table, set[Key]] = {table: set() for table in Table}
        self.bad: dict[Table, int] = {}
        self.faults: list[Fault] = list(source.faults)
        self.names: dict[Table, dict[str, set[Key]]] = {table: {} for table in Table}
        for table, rows in register.tables.items():
            for key, standing in rows.items():
                if not standing.is_ended:
                    self._name(table, key, str(standing.values.get("name", "")))
        self._grids: PointIndex | None = None
        self._grid_keys: list[Key] = []
        # Areas whose boundary was refused after they had been planned.
        self._taken: dict[Key, PlannedRow] = {}

    def result(self) -> Plan:
        """Return what was planned, with everything that is wrong."""
        rows = [row for table in Table for row in self.planned[table].values()]
        return Plan(
            community_id=self.community.pk,
            rows=tuple(rows),
            faults=tuple(self.faults),
            bad=dict(self.bad),
        )

    def _point(self, row: Row) -> tuple[float | None, float | None]:
        x = row.read("longitude", cells.read_degrees)
        y = row.read("latitude", cells.read_degrees)
        if row.faults:
            return None, None
        try:
            return clean_point(longitude=x, latitude=y, datum=self.datum)
        except (PointWrong, PointSwapped) as refused:
            row.wrong("latitude" if y is None and x is not None else "longitude", str(refused))
            return None, None

    def _boundary(self, row: Row, key: str) -> dict[str, Any] | None:
        shape = row.read(key, cells.read_shape)
        if shape is None:
            return None
        try:
            return geometry.read_boundary(geojson=shape, datum=self.datum)
        except BoundaryWrong as wrong:
            row.wrong(key, say_boundary_fault(fault=wrong.fault, near=wrong.near))
            return None

    def _link_to_area(self, row: Row, key: str, levels: Sequence[str]) -> Key | None:
        return self._link(
            row, key, Table.AREA, prefer=lambda one: self._area_value(one, "level") in levels
        )

    def _link(
        self,
        row: Row,
        key: str,
        table: Table,
        *,
        required: bool = False,
        within: Key = (),
        prefer: Callable[[Key], bool] | None = None,
    ) -> Key | None:
        """Return the row that a cell names by code or by name; `within` an estate or building.

        Of several, those that `prefer` likes: a grid and its micro-grid may both be called 001.
        """
        said = row.text(key, limit=NAME_MAX, required=required)
        if not said:
            return None
        found = {
            one
            for one in self.names[table].get(said.lower(), set()) | {(*within, said)}
            if one[: len(within)] == within and self._is_known(table, one)
        }
        exact = (*within, said)
        if len(found) > 1 and prefer is not None:
            found = {one for one in found if prefer(one)} or found
        if len(found) > 1 and exact in found:
            found = {exact}
        if len(found) == 1:
            one = found.pop()
            if one in self.bad_keys[table] and one not in self.planned[table]:
                row.wrong(key, _("The row it names has faults of its own."), follows=True)
                return None
            return one
        title = SHEET_OF[table].title
        if found:
            row.wrong(key, _("Several rows of “%(sheet)s” are called so.") % {"sheet": title})
        else:
            sentence = _("There is nothing called so in “%(sheet)s”, nor in the register.")
            row.wrong(key, sentence % {"sheet": title}, missing=(title, *within, said))
        return None

    def _is_known(self, table: Table, key: Key) -> bool:
        standing = self.register.get(table, key)
        return (
            key in self.planned[table]
            or key in self.bad_keys[table]
            or (standing is not None and not standing.is_ended)
        )

    def _name(self, table: Table, key: Key, name: str) -> None:
        if name:
            self.names[table].setdefault(name.lower(), set()).add(key)

    def _rows(self, table: Table) -> list[Row]:
        return [Row(raw, self.source) for raw in self.source.rows if raw.table == table]

    def _try(self, row: Row, plan: Callable[[Row], None]) -> None:
        try:
            plan(row)
        except BadRow:
            table = row.raw.table
            self.bad[table] = self.bad.get(table, 0) + 1
            self.faults += row.faults
            self._remember_bad(row)

    def _remember_bad(self, row: Row) -> None:
        """Keep what a bad row calls itself, so that rows pointing to it say why they are bad."""
        said = row.raw.cells
        try:
            code = read_text(said.get("code"), limit=NAME_MAX)
            name = read_text(said.get("name"), limit=NAME_MAX)
        except CellWrong:
            return
        key = (*row.within, code)
        if all(key) and key not in self.planned[row.raw.table]:
            self.bad_keys[row.raw.table].add(key)
            self._name(row.raw.table, key, name)

    def _keep(
        self,
        row: Row,
        key: Key,
        values: Mapping[str, Any],
        links: Mapping[str, Key | None],
    ) -> None:
        """Take the row as good, and compare it with what stands in the register."""
        row.settle()
        table = row.raw.table
        first = self.planned[table].get(key)
        if first is not None:
            column = "room" if table == Table.DWELLING else "code"
            row.wrong(column, _("Row %(row)s has the same code already.") % {"row": first.row})
            row.settle()
        standing = self.register.get(table, key)
        if standing is not None and standing.is_ended and table != Table.AREA:
            row.wrong("code", _("What has this code is no longer in use. Take another code."))
            row.settle()
        given = {name: value for name, value in values.items() if value is not None}
        fields: Sequence[str] = ()
        if standing is not None:
            # A cell left blank, or a column that is not there, changes nothing.
            given = {n: v for n, v in given.items() if v != ""} if table != Table.AREA else given
            changed = [n for n, v in given.items() if standing.values.get(n) != v]
            moved = [n for n, k in links.items() if k is not None and standing.links.get(n, k) != k]
            fields = sorted([*changed, *moved])
        change = Change.NEW if standing is None else Change.CHANGED if fields else Change.UNCHANGED
        self.planned[table][key] = PlannedRow(
            table=table,
            sheet=row.raw.sheet,
            row=row.raw.row,
            key=key,
            change=change,
            values=given,
            links=links,
            id=standing.id if standing else None,
            fields=tuple(fields),
        )

    @staticmethod
    def _kept(standing: Standing | None, column: str) -> Any:
        return standing.values.get(column) if standing else None

    def _area_value(self, key: Key, column: str) -> Any:
        """Return a column of an area as it will be once the file has been taken in."""
        planned = self.planned[Table.AREA].get(key) or self._taken.get(key)
        if planned is not None and column in planned.values:
            return planned.values[column]
        return self._kept(self.register.get(Table.AREA, key), column)

    def _area_link(self, key: Key, name: str) -> Key | None:
        planned = self.planned[Table.AREA].get(key)
        if planned is not None and planned.links.get(name) is not None:
            return planned.links[name]
        standing = self.register.get(Table.AREA, key)
        return standing.links.get(name) if standing else None

    def _is_ended(self, key: Key) -> bool:
        standing = self.register.get(Table.AREA, key)
        return standing is not None and standing.is_ended
