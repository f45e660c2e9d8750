"""Work out what a file would do to the tree: areas from the top down, and their ground."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from linli.core.errors import Invalid
from linli.core.sheets import is_blank
from linli.territory import geometry
from linli.territory.imports.ground import Ground
from linli.territory.imports.layout import KIND_WORDS, LEVEL_WORDS, Table
from linli.territory.imports.plan import Change, Key
from linli.territory.imports.register import Standing
from linli.territory.imports.row import Row
from linli.territory.imports.source import Fault
from linli.territory.models import GridKind, Level
from linli.territory.services.areas import GRID_LEVELS, PARENTS
from linli.territory.services.fields import (
    CODE_MAX,
    HOUSEHOLDS_MAX,
    NAME_MAX,
    clean_area_code,
)
from linli.territory.wording import LEVELS


class AreaPlanner(Ground):
    """Plans the rows of the areas."""

    def read_areas(self) -> None:
        """Plan every area of the file, level by level."""
        rows = self._rows(Table.AREA)
        # From the top, so that whatever hangs on a bad area is known to be bad.
        leveled = [(self._level_of(row), row) for row in rows]
        for level in [*Level.values, ""]:
            for found, row in leveled:
                if found == level:
                    self._try(row, self._plan_area)
            if level in GRID_LEVELS:
                self._refuse_overlaps(level)

    def _plan_area(self, row: Row) -> None:
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

    def _level_of(self, row: Row) -> str:
        said = row.raw.cells.get("level")
        return LEVEL_WORDS.get(str(said).strip().lower(), "") if said is not None else ""

    def _parent_of(self, row: Row, level: str, written: str) -> Key | None:
        """Return the parent that the row names, or that its code or its level implies."""
        if not is_blank(row.raw.cells.get("parent")):
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

    def _area_code(self, row: Row, level: str, written: str, parent: Key | None) -> str:
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

    def _kind_of(self, row: Row, level: str, standing: Standing | None) -> str:
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
        row: Row,
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

    def _check_upper(self, row: Row, standing: Standing | None, values: Mapping[str, Any]) -> None:
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
