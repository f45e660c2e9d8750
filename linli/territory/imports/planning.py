"""Work out what a file would do to the register, and say everything that is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from linli.core.errors import Invalid
from linli.territory import geometry
from linli.territory.geometry import BoundaryWrong, Datum, PointIndex, Zone
from linli.territory.imports import cells
from linli.territory.imports.cells import CellWrong
from linli.territory.imports.layout import KIND_WORDS, LEVEL_WORDS, SHEET_OF, Table
from linli.territory.imports.plan import Change, Key, Plan, PlannedRow
from linli.territory.imports.register import Register, Standing, load_register
from linli.territory.imports.source import Fault, RawRow, Source
from linli.territory.models import Area, GridKind, Level
from linli.territory.services.areas import GRID_LEVELS, PARENTS
from linli.territory.services.fields import (
    ADDRESS_MAX,
    CODE_MAX,
    ENTRANCE_CODE_MAX,
    ENTRANCE_NAME_MAX,
    HOUSEHOLDS_MAX,
    NAME_MAX,
    ROOM_MAX,
    STOREYS_MAX,
    PointSwapped,
    PointWrong,
    clean_area_code,
    clean_point,
)
from linli.territory.services.standing import storey_of
from linli.territory.wording import LEVELS, say_boundary_fault

_DEPTH = {level: depth for depth, level in enumerate(Level.values)}
# A point taken at the door may lie a few steps beside a line drawn by hand.
_BESIDE_M = 30.0


def make_plan(*, community: Area, source: Source, datum: Datum) -> Plan:
    """Return what the file would do, table by table; writes nothing.

    A row that depends on a bad row is bad itself. Blank cells leave what is there as it is.
    """
    return plan_against(register=load_register(community=community), source=source, datum=datum)


def plan_against(*, register: Register, source: Source, datum: Datum) -> Plan:
    """Return what the file would do to a register that is loaded already."""
    planner = _Planner(register, source, datum)
    planner.read_areas()
    planner.read_estates()
    planner.read_buildings()
    planner.read_entrances()
    planner.read_dwellings()
    planner.read_places()
    return planner.result()


class _BadRow(Exception):
    """The row has been found out; its faults are kept already."""


class _Row:
    """One row while it is read: gathers the faults of its cells."""

    def __init__(self, raw: RawRow, source: Source) -> None:
        self.raw = raw
        self.faults: list[Fault] = []
        self.within: Key = ()  # the estate or building it was found to belong to
        self._source = source

    def wrong(self, key: str, sentence: str, *, follows: bool = False) -> None:
        shown = self.raw.cells.get(key, "")
        value = "" if isinstance(shown, dict) or cells.is_blank(shown) else str(shown)
        heading = self._source.heading(row=self.raw, key=key)
        if heading == key and key in (c.key for c in SHEET_OF[self.raw.table].columns):
            heading = SHEET_OF[self.raw.table].column(key).heading
        where = self.raw.sheet, self.raw.row, heading
        self.faults.append(Fault(*where, sentence, value[:60], follows))

    def read(self, key: str, read: Callable[[Any], Any]) -> Any:
        try:
            return read(self.raw.cells.get(key))
        except CellWrong as wrong:
            self.wrong(key, str(wrong))
            return None

    def text(self, key: str, *, limit: int, required: bool = False) -> str:
        before = len(self.faults)
        text: str = self.read(key, lambda cell: cells.read_text(cell, limit=limit)) or ""
        if required and not text and len(self.faults) == before:
            self.wrong(key, _("This cell is empty."))
        return text

    def whole(self, key: str, *, least: int, most: int) -> int | None:
        number: int | None = self.read(
            key, lambda cell: cells.read_whole(cell, least=least, most=most)
        )
        return number

    def settle(self) -> None:
        if self.faults:
            raise _BadRow


class _Planner:
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
        rows = [row for table in Table for row in self.planned[table].values()]
        return Plan(
            community_id=self.community.pk,
            rows=tuple(rows),
            faults=tuple(self.faults),
            bad=dict(self.bad),
        )

    # --- The tables ---

    def read_areas(self) -> None:
        rows = self._rows(Table.AREA)
        # From the top, so that whatever hangs on a bad area is known to be bad.
        leveled = [(self._level_of(row), row) for row in rows]
        for level in [*Level.values, ""]:
            for found, row in leveled:
                if found == level:
                    self._try(row, self._plan_area)
            if level in GRID_LEVELS:
                self._refuse_overlaps(level)

    def read_estates(self) -> None:
        for row in self._rows(Table.ESTATE):
            self._try(row, self._plan_estate)

    def read_buildings(self) -> None:
        for row in self._rows(Table.BUILDING):
            self._try(row, self._plan_building)

    def read_entrances(self) -> None:
        for row in self._rows(Table.ENTRANCE):
            self._try(row, self._plan_entrance)

    def read_dwellings(self) -> None:
        for row in self._rows(Table.DWELLING):
            self._try(row, self._plan_dwelling)

    def read_places(self) -> None:
        for row in self._rows(Table.PLACE):
            self._try(row, self._plan_place)

    # --- Single rows ---

    def _plan_area(self, row: _Row) -> None:
        level = self._level_of(row)
        if not level:
            row.wrong("level", _("Write one of 大网格, 网格 or 微网格."))
            row.text("code", limit=CODE_MAX, required=True)
            row.settle()
        written = row.text("code", limit=CODE_MAX, required=True)
        row.settle()
        parent = self._parent_of(row, level, written)
        row.settle()
        code = self._area_code(row, level, written, parent)
        row.settle()
        key = (code,)
        # Both what the sheet says and the whole code may be used to point to the row.
        self._name(Table.AREA, key, written)
        standing = self.register.get(Table.AREA, key)
        name = row.text("name", limit=NAME_MAX, required=True)
        values: dict[str, Any] = {"name": name, "level": level}
        values["kind"] = self._kind_of(row, level, standing)
        values["households_planned"] = row.whole("households_planned", least=0, most=HOUSEHOLDS_MAX)
        values["boundary"] = self._boundary(row, "boundary")
        self._check_area(row, level, standing, parent, values)
        self._keep(row, key, values, {"parent": parent})
        self._name(Table.AREA, key, name)

    def _plan_estate(self, row: _Row) -> None:
        code = row.text("code", limit=CODE_MAX, required=True)
        name = row.text("name", limit=NAME_MAX, required=True)
        values = {
            "name": name,
            "address": row.text("address", limit=ADDRESS_MAX),
            "boundary": self._boundary(row, "boundary"),
        }
        self._keep(row, (code,), values, {})
        self._name(Table.ESTATE, (code,), name)

    def _plan_building(self, row: _Row) -> None:
        estate = self._link(row, "estate", Table.ESTATE, required=True)
        row.within = estate or ()
        code = row.text("code", limit=CODE_MAX, required=True)
        name = row.text("name", limit=NAME_MAX)
        values: dict[str, Any] = {"storeys": row.whole("storeys", least=1, most=STOREYS_MAX)}
        values["longitude"], values["latitude"] = self._point(row)
        values["footprint"] = self._boundary(row, "footprint")
        if values["footprint"] is not None and values["longitude"] is None:
            x, y = geometry.centre_of(boundary=values["footprint"])
            values["longitude"], values["latitude"] = round(x, 7), round(y, 7)
        grid = self._link_to_area(row, "grid", (Level.GRID,))
        micro_grid = self._link_to_area(row, "micro_grid", (Level.MICRO_GRID,))
        row.settle()
        assert estate is not None, "settle has refused a row without an estate"
        key = (estate[0], code)
        standing = self.register.get(Table.BUILDING, key)
        values["name"] = name or self._kept(standing, "name") or _called(code, "号楼")
        grid = self._grid_of_building(row, grid, standing, values)
        self._check_micro_grid(row, micro_grid, grid)
        self._keep(row, key, values, {"estate": estate, "grid": grid, "micro_grid": micro_grid})
        self._name(Table.BUILDING, key, values["name"])

    def _plan_entrance(self, row: _Row) -> None:
        building = self._link_to_building(row)
        code = row.text("code", limit=ENTRANCE_CODE_MAX, required=True)
        name = row.text("name", limit=ENTRANCE_NAME_MAX)
        row.settle()
        key = (*building, code)
        standing = self.register.get(Table.ENTRANCE, key)
        values = {"name": name or self._kept(standing, "name") or _called(code, "单元")}
        self._keep(row, key, values, {"building": building})
        self._name(Table.ENTRANCE, key, values["name"])

    def _plan_dwelling(self, row: _Row) -> None:
        building = self._link_to_building(row)
        entrance = self._link(row, "entrance", Table.ENTRANCE, required=True, within=building)
        room = row.text("room", limit=ROOM_MAX, required=True)
        storey = row.whole("storey", least=-9, most=STOREYS_MAX)
        row.settle()
        assert entrance is not None, "settle has refused a row without an entrance"
        key = (*entrance, room)
        standing = self.register.get(Table.DWELLING, key)
        if storey is None:
            storey = storey_of(room=room) if standing is None else standing.values["storey"]
        values = {"storey": storey}
        self._keep(row, key, values, {"entrance": entrance})

    def _plan_place(self, row: _Row) -> None:
        code = row.text("code", limit=CODE_MAX, required=True)
        values: dict[str, Any] = {"name": row.text("name", limit=NAME_MAX, required=True)}
        values["longitude"], values["latitude"] = self._point(row)
        grid = self._link_to_area(row, "grid", (Level.GRID,))
        estate = self._link(row, "estate", Table.ESTATE)
        row.settle()
        if grid is not None:
            if self._area_value(grid, "level") != Level.GRID:
                row.wrong("grid", _("This is not a grid."))
            else:
                self._check_beside(row, grid, values)
        elif values["longitude"] is not None:
            grid = self._grid_at(values)
        self._keep(row, (code,), values, {"grid": grid, "estate": estate})

    # --- Areas ---

    def _level_of(self, row: _Row) -> str:
        said = row.raw.cells.get("level")
        return LEVEL_WORDS.get(str(said).strip().lower(), "") if said is not None else ""

    def _parent_of(self, row: _Row, level: str, written: str) -> Key | None:
        """Return the parent that the row names, or that its code or its level implies."""
        if not cells.is_blank(row.raw.cells.get("parent")):
            return self._link_to_area(row, "parent", PARENTS[level])
        if level not in GRID_LEVELS:
            standing = self.register.get(Table.AREA, (written,))
            return standing.links["parent"] if standing else None
        above = (written[:-3],)
        if above in self.bad_keys[Table.AREA]:
            row.wrong("code", _("The row it names has faults of its own."), follows=True)
            return None
        if len(written) > 3 and self._area_value(above, "level") in PARENTS[level]:
            return above
        if level == Level.MICRO_GRID:
            row.wrong("parent", _("Name the grid this micro-grid belongs to."))
            return None
        standing = self.register.get(Table.AREA, (written,))
        return standing.links["parent"] if standing else (self.community.code,)

    def _area_code(self, row: _Row, level: str, written: str, parent: Key | None) -> str:
        """Return the whole code; up to three digits are the area's own, behind its parent's."""
        own = self.community.code
        code = written
        if level in GRID_LEVELS and written.isdigit() and len(written) <= 3 and parent:
            code = parent[0] + written.zfill(3)
        try:
            return clean_area_code(
                code=code, level=level, community_code=own if level in GRID_LEVELS else ""
            )
        except Invalid as refused:
            row.wrong("code", str(refused))
            return ""

    def _kind_of(self, row: _Row, level: str, standing: Standing | None) -> str:
        said = row.text("kind", limit=NAME_MAX)
        if level != Level.GRID:
            return ""
        if not said:
            return str(self._kept(standing, "kind") or GridKind.COMPREHENSIVE)
        kind = KIND_WORDS.get(said.lower())
        if kind is None:
            row.wrong("kind", _("Write 综合 or 专属."))
        return str(kind or "")

    def _check_area(
        self,
        row: _Row,
        level: str,
        standing: Standing | None,
        parent: Key | None,
        values: Mapping[str, Any],
    ) -> None:
        if level not in GRID_LEVELS:
            self._check_upper(row, standing, values)
            return
        if parent is not None and self._area_value(parent, "level") not in PARENTS[level]:
            row.wrong("parent", _("An area of this level cannot belong to that one."))
        if standing is None:
            return
        if standing.is_ended:
            row.wrong("code", _("The area with this code is no longer in use."))
        elif standing.values["level"] != level:
            known = LEVELS[standing.values["level"]]
            sentence = _("The area with this code is of another level: %(level)s.")
            row.wrong("level", sentence % {"level": known})
        elif level == Level.MICRO_GRID and standing.links["parent"] != parent:
            row.wrong("parent", _("A micro-grid cannot move to another grid."))
        elif (
            values["kind"] == GridKind.DEDICATED
            and standing.values["kind"] == GridKind.COMPREHENSIVE
            and self.register.buildings_in.get(standing.id)
        ):
            row.wrong("kind", _("Buildings stand in this grid, so it has to stay comprehensive."))

    def _check_upper(self, row: _Row, standing: Standing | None, values: Mapping[str, Any]) -> None:
        """An import fills one community; what lies above it only has to agree."""
        if standing is None:
            row.wrong("code", _("Only areas inside the community can be brought in."))
        elif standing.id != self.community.pk and (
            values["name"] != standing.values["name"] or values["boundary"] is not None
        ):
            row.wrong("name", _("Areas above the community cannot be changed from here."))

    def _refuse_overlaps(self, level: str) -> None:
        """Take back the planned areas of a level whose ground another of their kind holds."""
        for kind in (*GridKind.values, ""):
            shapes: dict[str, Mapping[str, Any]] = {}
            for key in {**self.register.tables[Table.AREA], **self.planned[Table.AREA]}:
                if (
                    self._area_value(key, "level") == level
                    and self._area_value(key, "kind") == kind
                    and not self._is_ended(key)
                    and (shape := self._area_value(key, "boundary")) is not None
                ):
                    shapes[key[0]] = shape
            mine = [
                key[0]
                for key, one in self.planned[Table.AREA].items()
                if key[0] in shapes and one.change != Change.UNCHANGED
            ]
            if not mine:
                continue
            for left, right, shared in geometry.overlaps(boundaries=shapes, of=mine):
                for one, other in ((left, right), (right, left)):
                    if one in mine:
                        self._take_back((one,), (other,), shared)

    def _take_back(self, key: Key, other: Key, shared: float) -> None:
        name = self._area_value(other, "name")
        planned = self.planned[Table.AREA].pop(key, None)
        self.bad_keys[Table.AREA].add(key)
        if planned is not None:
            self.bad[Table.AREA] = self.bad.get(Table.AREA, 0) + 1
            self._taken[key] = planned
        row = self._taken[key]
        sentence = _("The boundary overlaps %(other)s by %(area)s m².")
        heading = self.source.headings.get((row.sheet, "boundary"), "边界")
        if row.sheet == "GeoJSON":
            heading = "geometry"
        self.faults.append(
            Fault(row.sheet, row.row, heading, sentence % {"other": name, "area": round(shared)})
        )

    # --- Buildings and points ---

    def _grid_of_building(
        self,
        row: _Row,
        grid: Key | None,
        standing: Standing | None,
        values: Mapping[str, Any],
    ) -> Key | None:
        named = grid is not None
        if grid is None and standing is not None:
            grid = standing.links["grid"]
        if grid is None and values["longitude"] is not None:
            grid = self._grid_at(values, only=GridKind.COMPREHENSIVE)
            if grid is None:
                row.wrong("grid", _("No grid is named, and no comprehensive grid holds the point."))
                return None
        if grid is None:
            row.wrong("grid", _("Name the building's grid, or give its point."))
        elif (
            self._area_value(grid, "level") != Level.GRID
            or self._area_value(grid, "kind") != GridKind.COMPREHENSIVE
        ):
            row.wrong("grid", _("A building stands in a comprehensive grid; this is none."))
        elif named:
            spot = values
            if values["longitude"] is None and standing is not None:
                spot = standing.values
            self._check_beside(row, grid, spot)
        return grid

    def _check_beside(self, row: _Row, grid: Key, values: Mapping[str, Any]) -> None:
        """Refuse a point that lies clearly outside the grid that the row names."""
        shape = self._area_value(grid, "boundary")
        x, y = values["longitude"], values["latitude"]
        if shape is None or x is None:
            return
        away = geometry.metres_outside(boundary=shape, longitude=x, latitude=y)
        if away <= _BESIDE_M:
            return
        facts = {"grid": self._area_value(grid, "name"), "metres": round(away)}
        row.wrong(
            "grid" if cells.is_blank(row.raw.cells.get("longitude")) else "longitude",
            _("The point lies %(metres)s m outside %(grid)s, which the row names.") % facts,
        )

    def _check_micro_grid(self, row: _Row, micro_grid: Key | None, grid: Key | None) -> None:
        if micro_grid is None or grid is None:
            return
        if self._area_value(micro_grid, "level") != Level.MICRO_GRID:
            row.wrong("micro_grid", _("This is not a micro-grid."))
        elif self._area_link(micro_grid, "parent") != grid:
            row.wrong("micro_grid", _("This micro-grid belongs to another grid."))

    def _grid_at(self, values: Mapping[str, Any], only: str = "") -> Key | None:
        """Return the grid that holds a point once the file has been taken in."""
        if self._grids is None:
            rows = {**self.register.tables[Table.AREA], **self.planned[Table.AREA]}
            self._grid_keys = [
                key
                for key in rows
                if self._area_value(key, "level") == Level.GRID
                and self._area_value(key, "boundary") is not None
                and not self._is_ended(key)
            ]
            self._grids = PointIndex(
                zones=[
                    Zone(
                        id=at,
                        community_id=0,
                        rank=int(self._area_value(key, "kind") != GridKind.COMPREHENSIVE),
                        boundary=self._area_value(key, "boundary"),
                    )
                    for at, key in enumerate(self._grid_keys)
                ]
            )
        found = self._grids.find(longitude=values["longitude"], latitude=values["latitude"])
        key = None if found is None else self._grid_keys[found]
        return key if key and (not only or self._area_value(key, "kind") == only) else None

    def _point(self, row: _Row) -> tuple[float | None, float | None]:
        x = row.read("longitude", cells.read_degrees)
        y = row.read("latitude", cells.read_degrees)
        if row.faults:
            return None, None
        try:
            return clean_point(longitude=x, latitude=y, datum=self.datum)
        except (PointWrong, PointSwapped) as refused:
            row.wrong("latitude" if y is None and x is not None else "longitude", str(refused))
            return None, None

    def _boundary(self, row: _Row, key: str) -> dict[str, Any] | None:
        shape = row.read(key, cells.read_shape)
        if shape is None:
            return None
        try:
            return geometry.read_boundary(geojson=shape, datum=self.datum)
        except BoundaryWrong as wrong:
            row.wrong(key, say_boundary_fault(fault=wrong.fault, near=wrong.near))
            return None

    # --- Links ---

    def _link_to_building(self, row: _Row) -> Key:
        estate = self._link(row, "estate", Table.ESTATE, required=True)
        building = None
        if estate is not None:
            building = self._link(row, "building", Table.BUILDING, required=True, within=estate)
        row.settle()
        assert building is not None, "settle has refused a row without a building"
        row.within = building
        return building

    def _link_to_area(self, row: _Row, key: str, levels: Sequence[str]) -> Key | None:
        return self._link(
            row, key, Table.AREA, prefer=lambda one: self._area_value(one, "level") in levels
        )

    def _link(
        self,
        row: _Row,
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
            row.wrong(key, sentence % {"sheet": title})
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

    # --- Keeping ---

    def _rows(self, table: Table) -> list[_Row]:
        return [_Row(raw, self.source) for raw in self.source.rows if raw.table == table]

    def _try(self, row: _Row, plan: Callable[[_Row], None]) -> None:
        try:
            plan(row)
        except _BadRow:
            table = row.raw.table
            self.bad[table] = self.bad.get(table, 0) + 1
            self.faults += row.faults
            self._remember_bad(row)

    def _remember_bad(self, row: _Row) -> None:
        """Keep what a bad row calls itself, so that rows pointing to it say why they are bad."""
        said = row.raw.cells
        try:
            code = cells.read_text(said.get("code"), limit=NAME_MAX)
            name = cells.read_text(said.get("name"), limit=NAME_MAX)
        except CellWrong:
            return
        key = (*row.within, code)
        if all(key) and key not in self.planned[row.raw.table]:
            self.bad_keys[row.raw.table].add(key)
            self._name(row.raw.table, key, name)

    def _keep(
        self,
        row: _Row,
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


def _called(code: str, word: str) -> str:
    return code + word if code.isalnum() and code.isascii() else code
