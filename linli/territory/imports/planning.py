"""Work out what a file would do to the register, and say everything that is wrong with it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from linli.core.sheets import is_blank
from linli.territory import geometry
from linli.territory.geometry import Datum, PointIndex, Zone
from linli.territory.imports.areas import AreaPlanner
from linli.territory.imports.layout import Table
from linli.territory.imports.plan import Key, Plan
from linli.territory.imports.register import Register, Standing, load_register
from linli.territory.imports.row import Row
from linli.territory.imports.source import Source
from linli.territory.models import Area, GridKind, Level
from linli.territory.services.fields import (
    ADDRESS_MAX,
    CODE_MAX,
    ENTRANCE_CODE_MAX,
    ENTRANCE_NAME_MAX,
    NAME_MAX,
    ROOM_MAX,
    STOREYS_MAX,
)
from linli.territory.services.standing import storey_of

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


class _Planner(AreaPlanner):
    """Plans what stands in the areas: estates, buildings, doors, places."""

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

    def _plan_estate(self, row: Row) -> None:
        code = row.text("code", limit=CODE_MAX, required=True)
        name = row.text("name", limit=NAME_MAX, required=True)
        values = {
            "name": name,
            "address": row.text("address", limit=ADDRESS_MAX),
            "boundary": self._boundary(row, "boundary"),
        }
        self._keep(row, (code,), values, {})
        self._name(Table.ESTATE, (code,), name)

    def _plan_building(self, row: Row) -> None:
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

    def _plan_entrance(self, row: Row) -> None:
        building = self._link_to_building(row)
        code = row.text("code", limit=ENTRANCE_CODE_MAX, required=True)
        name = row.text("name", limit=ENTRANCE_NAME_MAX)
        row.settle()
        key = (*building, code)
        standing = self.register.get(Table.ENTRANCE, key)
        values = {"name": name or self._kept(standing, "name") or _called(code, "单元")}
        self._keep(row, key, values, {"building": building})
        self._name(Table.ENTRANCE, key, values["name"])

    def _plan_dwelling(self, row: Row) -> None:
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

    def _plan_place(self, row: Row) -> None:
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

    def _grid_of_building(
        self,
        row: Row,
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

    def _check_beside(self, row: Row, grid: Key, values: Mapping[str, Any]) -> None:
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
            "grid" if is_blank(row.raw.cells.get("longitude")) else "longitude",
            _("The point lies %(metres)s m outside %(grid)s, which the row names.") % facts,
        )

    def _check_micro_grid(self, row: Row, micro_grid: Key | None, grid: Key | None) -> None:
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

    def _link_to_building(self, row: Row) -> Key:
        estate = self._link(row, "estate", Table.ESTATE, required=True)
        building = None
        if estate is not None:
            building = self._link(row, "building", Table.BUILDING, required=True, within=estate)
        row.settle()
        assert building is not None, "settle has refused a row without a building"
        row.within = building
        return building


def _called(code: str, word: str) -> str:
    return code + word if code.isalnum() and code.isascii() else code
