"""What stands in the territory: estates, buildings, entrances, dwellings and named places."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound
from linli.language.normal import normalise
from linli.language.pinyin import initials
from linli.territory import events, geometry
from linli.territory.geometry import BoundaryWrong, Datum
from linli.territory.models import (
    Area,
    Building,
    Dwelling,
    Entrance,
    Estate,
    GridKind,
    Level,
    Place,
)
from linli.territory.queries import grid_at
from linli.territory.scope import require_writer
from linli.territory.services.areas import BoundaryInvalid
from linli.territory.services.fields import (
    ADDRESS_MAX,
    CODE_MAX,
    ENTRANCE_CODE_MAX,
    ENTRANCE_NAME_MAX,
    NAME_MAX,
    ROOM_MAX,
    STOREYS_MAX,
    Faults,
    FieldMissing,
    FieldTooLong,
    apply_changes,
    changes_of,
    clean_number,
    clean_point,
    clean_text,
    code_is_free,
    tell,
)

_ROOM_SPLIT = re.compile(r"[\s,，、;；]+")


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


# --- Estates ------------------------------------------------------------------------------------


@transaction.atomic
def add_estate(
    *,
    community_id: int,
    code: str,
    name: str,
    actor: Actor,
    at: datetime,
    address: str = "",
    boundary: Mapping[str, Any] | None = None,
    datum: Datum = Datum.WGS_84,
) -> Estate:
    """Add an estate to a community. It may span grids.

    :raises Several: or one of its faults, naming the field.
    :raises CodeTaken: when another estate of the community has the code.
    """
    community = _community(community_id, actor)
    values = _estate_values(code, name, address)
    drawn = read_shape(shape=boundary, datum=datum, field="boundary")
    with code_is_free(code=values["code"]):
        estate = Estate.objects.create(community=community, boundary=drawn, **values)
    _tell(events.ESTATE_ADDED, "estate", estate, community, actor, at, code=estate.code)
    return estate


@transaction.atomic
def change_estate(
    *,
    estate_id: int,
    code: str,
    name: str,
    actor: Actor,
    at: datetime,
    address: str = "",
) -> Estate:
    """Change what an estate is called, its code or address."""
    estate = Estate.objects.select_related("community").filter(pk=estate_id).first()
    if estate is None:
        raise NotFound
    require_writer(actor=actor, community=estate.community)
    changes = changes_of(row=estate, values=_estate_values(code, name, address))
    if changes:
        with code_is_free(code=code):
            apply_changes(row=estate, changes=changes)
        _tell(
            events.ESTATE_CHANGED,
            "estate",
            estate,
            estate.community,
            actor,
            at,
            fields=sorted(changes),
        )
    return estate


@transaction.atomic
def draw_estate(
    *,
    estate_id: int,
    boundary: Mapping[str, Any] | None,
    actor: Actor,
    at: datetime,
    datum: Datum = Datum.WGS_84,
) -> Estate:
    """Give an estate a boundary, or take it away with None.

    :raises BoundaryInvalid: when it is none.
    """
    estate = Estate.objects.select_related("community").filter(pk=estate_id).first()
    if estate is None:
        raise NotFound
    require_writer(actor=actor, community=estate.community)
    drawn = read_shape(shape=boundary, datum=datum, field="boundary")
    changes = changes_of(row=estate, values={"boundary": drawn})
    if changes:
        apply_changes(row=estate, changes=changes)
        fields = sorted(changes)
        _tell(events.ESTATE_CHANGED, "estate", estate, estate.community, actor, at, fields=fields)
    return estate


def _estate_values(code: str, name: str, address: str) -> dict[str, Any]:
    faults = Faults()
    values = {
        "code": faults.take(lambda: clean_text(value=code, field="code", limit=CODE_MAX)),
        "name": faults.take(lambda: clean_text(value=name, field="name")),
        "address": faults.take(
            lambda: clean_text(value=address, field="address", limit=ADDRESS_MAX, required=False)
        ),
    }
    faults.settle()
    return {**values, "initials": initials_of(name=values["name"])}


def initials_of(*, name: str) -> str:
    """Return the pinyin initials kept beside an estate's name."""
    return initials(text=name)[:NAME_MAX]


# --- Buildings ----------------------------------------------------------------------------------


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
    estate = Estate.objects.select_related("community").filter(pk=estate_id).first()
    if estate is None:
        raise NotFound
    require_writer(actor=actor, community=estate.community)
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
    _tell(
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
    related = ("estate__community", "grid")
    building = Building.objects.select_related(*related).filter(pk=building_id).first()
    if building is None:
        raise NotFound
    community = building.estate.community
    require_writer(actor=actor, community=community)
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
    _tell(events.BUILDING_CHANGED, "building", building, community, actor, at, fields=fields)
    if before != (building.grid_id, building.micro_grid_id):
        facts = {"from_grid": before[0], "grid": grid.pk, "micro_grid": values["micro_grid_id"]}
        _tell(events.BUILDING_REGRIDDED, "building", building, community, actor, at, **facts)
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
    building = Building.objects.select_related("estate__community").filter(pk=building_id).first()
    if building is None:
        raise NotFound
    community = building.estate.community
    require_writer(actor=actor, community=community)
    drawn = read_shape(shape=footprint, datum=datum, field="footprint")
    changes = changes_of(row=building, values={"footprint": drawn})
    if changes:
        apply_changes(row=building, changes=changes)
        fields = sorted(changes)
        _tell(events.BUILDING_CHANGED, "building", building, community, actor, at, fields=fields)
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


# --- Entrances and dwellings --------------------------------------------------------------------


@transaction.atomic
def add_entrance(*, building_id: int, code: str, name: str, actor: Actor, at: datetime) -> Entrance:
    """Add an entrance (单元) to a building.

    :raises CodeTaken: when another entrance of the building has the code.
    """
    building = Building.objects.select_related("estate__community").filter(pk=building_id).first()
    if building is None:
        raise NotFound
    community = building.estate.community
    require_writer(actor=actor, community=community)
    values = _entrance_values(code, name)
    with code_is_free(code=values["code"]):
        entrance = Entrance.objects.create(building=building, **values)
    _tell(events.ENTRANCE_ADDED, "entrance", entrance, community, actor, at, code=entrance.code)
    return entrance


@transaction.atomic
def change_entrance(
    *, entrance_id: int, code: str, name: str, actor: Actor, at: datetime
) -> Entrance:
    """Change an entrance's code or name."""
    entrance, community = _entrance(entrance_id, actor)
    changes = changes_of(row=entrance, values=_entrance_values(code, name))
    if changes:
        with code_is_free(code=code):
            apply_changes(row=entrance, changes=changes)
        fields = sorted(changes)
        _tell(events.ENTRANCE_CHANGED, "entrance", entrance, community, actor, at, fields=fields)
    return entrance


@transaction.atomic
def add_dwellings(
    *, entrance_id: int, rooms: str | Iterable[str], actor: Actor, at: datetime
) -> list[Dwelling]:
    """Add dwellings behind an entrance; rooms that are there already stay as they are.

    `rooms` is a list, or one text in which rooms are set apart by spaces, commas or lines. The
    storey is read from the number: 502 is on storey 5.

    :raises FieldMissing: when no room is named.
    """
    entrance, community = _entrance(entrance_id, actor)
    named = _ROOM_SPLIT.split(rooms) if isinstance(rooms, str) else list(rooms)
    wanted = list(dict.fromkeys(room for one in named if (room := normalise(text=one))))
    if not wanted:
        raise FieldMissing(field="rooms")
    if any(len(room) > ROOM_MAX for room in wanted):
        raise FieldTooLong(field="rooms", limit=ROOM_MAX)
    known = set(Dwelling.objects.filter(entrance=entrance).values_list("room", flat=True))
    made = Dwelling.objects.bulk_create(
        Dwelling(entrance=entrance, room=room, storey=storey_of(room=room))
        for room in wanted
        if room not in known
    )
    if made:
        total = len(made)
        _tell(events.DWELLINGS_ADDED, "entrance", entrance, community, actor, at, total=total)
    return made


def storey_of(*, room: str) -> int | None:
    """Return the storey that a room's number says: 502 → 5, 1203 → 12; None for 甲 or 5."""
    match = re.fullmatch(r"([1-9][0-9]?)[0-9]{2}", room)
    return int(match[1]) if match else None


def _entrance_values(code: str, name: str) -> dict[str, Any]:
    faults = Faults()
    values = {
        "code": faults.take(lambda: clean_text(value=code, field="code", limit=ENTRANCE_CODE_MAX)),
        "name": faults.take(lambda: clean_text(value=name, field="name", limit=ENTRANCE_NAME_MAX)),
    }
    faults.settle()
    return values


def _entrance(entrance_id: int, actor: Actor) -> tuple[Entrance, Area]:
    rows = Entrance.objects.select_related("building__estate__community")
    entrance = rows.filter(pk=entrance_id).first()
    if entrance is None:
        raise NotFound
    community = entrance.building.estate.community
    require_writer(actor=actor, community=community)
    return entrance, community


# --- Named places -------------------------------------------------------------------------------


@transaction.atomic
def add_place(
    *,
    community_id: int,
    code: str,
    name: str,
    actor: Actor,
    at: datetime,
    grid_id: int | None = None,
    estate_id: int | None = None,
    longitude: float | None = None,
    latitude: float | None = None,
    datum: Datum = Datum.WGS_84,
) -> Place:
    """Add a named place. Without `grid_id`, the grid that holds its point takes it, if one does.

    :raises CodeTaken: when another place of the community has the code.
    """
    community = _community(community_id, actor)
    values = _place_values(community, code, name, grid_id, estate_id, (longitude, latitude), datum)
    with code_is_free(code=values["code"]):
        place = Place.objects.create(community=community, **values)
    _tell(events.PLACE_ADDED, "place", place, community, actor, at, code=place.code)
    return place


@transaction.atomic
def change_place(
    *,
    place_id: int,
    code: str,
    name: str,
    actor: Actor,
    at: datetime,
    grid_id: int | None = None,
    estate_id: int | None = None,
    longitude: float | None = None,
    latitude: float | None = None,
    datum: Datum = Datum.WGS_84,
) -> Place:
    """Change a named place; every part takes the value given."""
    place = Place.objects.select_related("community").filter(pk=place_id).first()
    if place is None:
        raise NotFound
    community = place.community
    require_writer(actor=actor, community=community)
    values = _place_values(community, code, name, grid_id, estate_id, (longitude, latitude), datum)
    changes = changes_of(row=place, values=values)
    if changes:
        with code_is_free(code=values["code"]):
            apply_changes(row=place, changes=changes)
        fields = sorted(changes)
        _tell(events.PLACE_CHANGED, "place", place, community, actor, at, fields=fields)
    return place


class PlaceGridNotUsable(Invalid):
    """The grid is of another community, or out of use."""

    sentence = _("Choose a grid of this community that is in use.")
    field = "grid"


class EstateNotUsable(Invalid):
    """The estate is of another community."""

    sentence = _("Choose an estate of this community.")
    field = "estate"


def _place_values(
    community: Area,
    code: str,
    name: str,
    grid_id: int | None,
    estate_id: int | None,
    point: tuple[float | None, float | None],
    datum: Datum,
) -> dict[str, Any]:
    faults = Faults()
    spot = faults.take(lambda: clean_point(longitude=point[0], latitude=point[1], datum=datum))
    values = {
        "code": faults.take(lambda: clean_text(value=code, field="code", limit=CODE_MAX)),
        "name": faults.take(lambda: clean_text(value=name, field="name")),
    }
    faults.settle()
    longitude, latitude = spot
    if grid_id is not None:
        grid = Area.objects.select_for_update().filter(pk=grid_id, level=Level.GRID).first()
        if grid is None or grid.community_id != community.pk or grid.ended_at is not None:
            raise PlaceGridNotUsable
    elif longitude is not None:
        grid = grid_at(longitude=longitude, latitude=latitude, community_id=community.pk)
        grid_id = grid.pk if grid else None
    if estate_id is not None and not community.estates.filter(pk=estate_id).exists():
        raise EstateNotUsable
    return {
        **values,
        "grid_id": grid_id,
        "estate_id": estate_id,
        "longitude": longitude,
        "latitude": latitude,
    }


# --- Leaves -------------------------------------------------------------------------------------


def read_shape(
    *, shape: Mapping[str, Any] | None, datum: Datum, field: str
) -> dict[str, Any] | None:
    """Return a checked boundary or footprint in WGS-84; None stays None.

    :raises BoundaryInvalid: when it is not one.
    """
    if shape is None:
        return None
    try:
        return geometry.read_boundary(geojson=shape, datum=datum)
    except BoundaryWrong as wrong:
        raise BoundaryInvalid(wrong=wrong, field=field) from wrong


def _community(community_id: int, actor: Actor) -> Area:
    community = Area.objects.filter(pk=community_id, level=Level.COMMUNITY).first()
    if community is None:
        raise NotFound
    require_writer(actor=actor, community=community)
    return community


def _tell(
    name: str, kind: str, row: Any, community: Area, actor: Actor, at: datetime, **facts: Any
) -> None:
    tell(name=name, kind=kind, row=row, community_id=community.pk, actor=actor, at=at, **facts)
