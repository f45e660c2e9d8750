"""Buildings: added, corrected, drawn, moved to another grid, ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid
from linli.territory import events, geometry
from linli.territory.geometry import Datum
from linli.territory.models import Area, Building, GridKind, Level, Poster
from linli.territory.queries import grid_at
from linli.territory.services.fields import (
    CODE_MAX,
    STOREYS_MAX,
    Faults,
    apply_changes,
    changes_of,
    clean_number,
    clean_point,
    clean_text,
    code_is_free,
)
from linli.territory.services.posters import withdraw_all
from linli.territory.services.standing._shared import (
    draw,
    kept_building,
    kept_estate,
    read_shape,
    tell_of,
)


class GridNotUsable(Invalid):
    """The grid cannot hold a building."""

    sentence = _(
        "A building stands in exactly one comprehensive grid of its own community that is in use."
    )
    field = "grid"


class NoGridHere(Invalid):
    """Neither a grid was named nor does one hold the point."""

    sentence = _("Name the building's grid: none was chosen, and no grid holds its point.")
    field = "grid"


class MicroGridElsewhere(Invalid):
    """The micro-grid belongs to another grid."""

    sentence = _("This micro-grid belongs to another grid.")
    field = "micro_grid"


@transaction.atomic
def add_building(
    *,
    estate_id: int,
    code: str,
    name: str,
    actor: Actor,
    at: datetime,
    grid_id: int | None = None,
    micro_grid_id: int | None = None,
    storeys: int | None = None,
    longitude: float | None = None,
    latitude: float | None = None,
    datum: Datum = Datum.WGS_84,
    footprint: Mapping[str, Any] | None = None,
) -> Building:
    """Add a building to an estate. Without `grid_id`, the grid that holds its point takes it.

    :raises GridNotUsable: when the grid is dedicated, out of use or of another community.
    :raises NoGridHere: when no grid is named and none holds the point.
    :raises CodeTaken: when another building of the estate has the code.
    """
    estate = kept_estate(estate_id=estate_id, actor=actor)
    values = _building_values(code, name, storeys, longitude, latitude, datum)
    if footprint is not None:
        values["footprint"] = read_shape(shape=footprint, datum=datum, field="footprint")
        if values["longitude"] is None:
            spot = geometry.centre_of(boundary=values["footprint"])
            values["longitude"], values["latitude"] = round(spot[0], 7), round(spot[1], 7)
    grid = _grid_of(estate.community, grid_id, values)
    micro_grid = _micro_grid_of(grid, micro_grid_id)
    with code_is_free(code=values["code"]):
        building = Building.objects.create(
            estate=estate, grid=grid, micro_grid=micro_grid, **values
        )
    tell_of(
        events.BUILDING_ADDED,
        "building",
        building,
        estate.community,
        actor,
        at,
        code=building.code,
        grid=grid.pk,
    )
    return building


@transaction.atomic
def change_building(
    *,
    building_id: int,
    code: str,
    name: str,
    actor: Actor,
    at: datetime,
    grid_id: int | None = None,
    micro_grid_id: int | None = None,
    storeys: int | None = None,
    longitude: float | None = None,
    latitude: float | None = None,
    datum: Datum = Datum.WGS_84,
) -> Building:
    """Change a building; a change of grid is told on its own, for open matters follow it.

    Without `grid_id` the grid stays; everything else takes the value given, empty ones too.

    :raises GridNotUsable: when the grid is dedicated, out of use or of another community.
    """
    building = kept_building(building_id=building_id, actor=actor)
    community = building.estate.community
    values = _building_values(code, name, storeys, longitude, latitude, datum)
    grid = building.grid if grid_id is None else _grid_of(community, grid_id, values)
    micro_grid = _micro_grid_of(grid, micro_grid_id)
    values |= {"grid_id": grid.pk, "micro_grid_id": micro_grid.pk if micro_grid else None}
    before = building.grid_id, building.micro_grid_id
    changes = changes_of(row=building, values=values)
    if not changes:
        return building
    with code_is_free(code=values["code"]):
        apply_changes(row=building, changes=changes)
    fields = sorted(changes)
    tell_of(events.BUILDING_CHANGED, "building", building, community, actor, at, fields=fields)
    if before != (building.grid_id, building.micro_grid_id):
        facts = {"from_grid": before[0], "grid": grid.pk, "micro_grid": values["micro_grid_id"]}
        tell_of(events.BUILDING_REGRIDDED, "building", building, community, actor, at, **facts)
    return building


@transaction.atomic
def draw_building(
    *,
    building_id: int,
    footprint: Mapping[str, Any] | None,
    actor: Actor,
    at: datetime,
    datum: Datum = Datum.WGS_84,
) -> Building:
    """Give a building a footprint, or take it away with None; its point and grid stay.

    :raises BoundaryInvalid: when it is none.
    """
    building = kept_building(building_id=building_id, actor=actor)
    fields = draw(row=building, column="footprint", shape=footprint, datum=datum)
    if fields:
        community = building.estate.community
        tell_of(events.BUILDING_CHANGED, "building", building, community, actor, at, fields=fields)
    return building


@transaction.atomic
def end_building(*, building_id: int, actor: Actor, at: datetime) -> Building:
    """Take a building out of use: it was pulled down. Its posters go with it.

    It stays in the records of what was reported there, and so do its entrances and dwellings.

    :raises NoLongerInUse: when it has ended before.
    """
    building = kept_building(building_id=building_id, actor=actor)
    apply_changes(row=building, changes={"ended_at": at})
    hanging = Poster.objects.filter(
        Q(building=building) | Q(entrance__building=building), withdrawn_at__isnull=True
    )
    withdraw_all(posters=hanging, actor=actor, at=at)
    community = building.estate.community
    facts = {"code": building.code, "grid": building.grid_id}
    tell_of(events.BUILDING_ENDED, "building", building, community, actor, at, **facts)
    return building


def _building_values(
    code: str,
    name: str,
    storeys: int | None,
    longitude: float | None,
    latitude: float | None,
    datum: Datum,
) -> dict[str, Any]:
    faults = Faults()
    point = faults.take(lambda: clean_point(longitude=longitude, latitude=latitude, datum=datum))
    values = {
        "code": faults.take(lambda: clean_text(value=code, field="code", limit=CODE_MAX)),
        "name": faults.take(lambda: clean_text(value=name, field="name")),
        "storeys": faults.take(
            lambda: clean_number(value=storeys, field="storeys", least=1, most=STOREYS_MAX)
        ),
    }
    faults.settle()
    return {**values, "longitude": point[0], "latitude": point[1]}


def _grid_of(community: Area, grid_id: int | None, values: Mapping[str, Any]) -> Area:
    """Return the grid that is to hold a building, locked so that nobody ends it meanwhile."""
    if grid_id is None:
        found = None
        if values["longitude"] is not None:
            found = grid_at(
                longitude=values["longitude"],
                latitude=values["latitude"],
                community_id=community.pk,
            )
        if found is None or found.kind != GridKind.COMPREHENSIVE:
            raise NoGridHere
        grid_id = found.pk
    grid = Area.objects.select_for_update().filter(pk=grid_id).first()
    if (
        grid is None
        or grid.level != Level.GRID
        or grid.kind != GridKind.COMPREHENSIVE
        or grid.community_id != community.pk
        or grid.ended_at is not None
    ):
        raise GridNotUsable
    return grid


def _micro_grid_of(grid: Area, micro_grid_id: int | None) -> Area | None:
    if micro_grid_id is None:
        return None
    micro_grid = Area.objects.select_for_update().filter(pk=micro_grid_id).first()
    if (
        micro_grid is None
        or micro_grid.level != Level.MICRO_GRID
        or micro_grid.grid_id != grid.pk
        or micro_grid.ended_at is not None
    ):
        raise MicroGridElsewhere
    return micro_grid
