"""The register as it stands, loaded once for a whole import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from linli.territory.imports.layout import Table
from linli.territory.imports.plan import Key
from linli.territory.models import Area, Building, Dwelling, Entrance, Estate, Place


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of the register: its key in the database, its columns, and what it points to."""

    id: int
    values: Mapping[str, Any]
    links: Mapping[str, Key | None] = field(default_factory=dict)
    is_ended: bool = False


@dataclass(frozen=True)
class Register:
    """Everything of one community, by table and key."""

    community: Area
    tables: Mapping[Table, Mapping[Key, Standing]]
    buildings_in: Mapping[int, int]  # grid → how many in use

    def get(self, table: Table, key: Key) -> Standing | None:
        """Return the row that stands under this key."""
        return self.tables[table].get(key)


def load_register(*, community: Area) -> Register:
    """Read the register of a community in six queries."""
    areas = _areas(community)
    estates: dict[Key, Standing] = {
        (row.code,): Standing(
            row.pk,
            {"name": row.name, "address": row.address, "boundary": row.boundary},
            is_ended=row.ended_at is not None,
        )
        for row in Estate.objects.filter(community=community)
    }
    buildings, buildings_in = _buildings(community)
    return Register(
        community=community,
        tables={
            Table.AREA: areas,
            Table.ESTATE: estates,
            Table.BUILDING: buildings,
            Table.ENTRANCE: _entrances(community),
            Table.DWELLING: _dwellings(community),
            Table.PLACE: _places(community),
        },
        buildings_in=buildings_in,
    )


def _areas(community: Area) -> dict[Key, Standing]:
    inside = list(Area.objects.filter(community=community).select_related("parent"))
    upper_ids = {community.city_id, community.district_id, community.subdistrict_id} - {None}
    upper = list(Area.objects.filter(pk__in=[*upper_ids, community.pk]).select_related("parent"))
    return {
        (area.code,): Standing(
            area.pk,
            {
                "name": area.name,
                "level": area.level,
                "kind": area.kind,
                "households_planned": area.households_planned,
                "boundary": area.boundary,
            },
            {"parent": (area.parent.code,) if area.parent else None},
            is_ended=area.ended_at is not None,
        )
        for area in [*upper, *inside]
    }


def _buildings(community: Area) -> tuple[dict[Key, Standing], dict[int, int]]:
    rows = Building.objects.filter(estate__community=community)
    found: dict[Key, Standing] = {}
    buildings_in: dict[int, int] = {}
    for row in rows.select_related("estate", "grid", "micro_grid"):
        columns = ("name", "storeys", "longitude", "latitude", "footprint")
        found[row.estate.code, row.code] = Standing(
            row.pk,
            {column: getattr(row, column) for column in columns},
            {
                "estate": (row.estate.code,),
                "grid": (row.grid.code,),
                "micro_grid": (row.micro_grid.code,) if row.micro_grid else None,
            },
            is_ended=row.ended_at is not None,
        )
        if row.ended_at is None:
            buildings_in[row.grid_id] = buildings_in.get(row.grid_id, 0) + 1
    return found, buildings_in


def _entrances(community: Area) -> dict[Key, Standing]:
    rows = Entrance.objects.filter(building__estate__community=community).values_list(
        "id", "name", "building__estate__code", "building__code", "code"
    )
    return {
        (estate, building, code): Standing(id_, {"name": name})
        for id_, name, estate, building, code in rows
    }


def _dwellings(community: Area) -> dict[Key, Standing]:
    rows = Dwelling.objects.filter(entrance__building__estate__community=community).values_list(
        "id",
        "storey",
        "entrance__building__estate__code",
        "entrance__building__code",
        "entrance__code",
        "room",
    )
    return {
        (estate, building, entrance, room): Standing(id_, {"storey": storey})
        for id_, storey, estate, building, entrance, room in rows
    }


def _places(community: Area) -> dict[Key, Standing]:
    rows = Place.objects.filter(community=community).select_related("grid", "estate")
    return {
        (row.code,): Standing(
            row.pk,
            {"name": row.name, "longitude": row.longitude, "latitude": row.latitude},
            {
                "grid": (row.grid.code,) if row.grid else None,
                "estate": (row.estate.code,) if row.estate else None,
            },
            is_ended=row.ended_at is not None,
        )
        for row in rows
    }
