"""Where a point, a poster or a chosen building belongs."""

import threading
import uuid
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.core.errors import Invalid, NotFound, Refused
from linli.core.prepared import Prepared
from linli.language.normal import normalise
from linli.territory import geometry
from linli.territory.geometry import Datum, PointIndex, Zone
from linli.territory.models import (
    Area,
    Building,
    Entrance,
    Estate,
    GridKind,
    Level,
    MapRevision,
    Place,
    Poster,
)
from linli.territory.queries.finding import place_label

AREA_COLUMNS = (
    "city_id",
    "district_id",
    "subdistrict_id",
    "community_id",
    "large_grid_id",
    "grid_id",
    "micro_grid_id",
)
"""The columns that name the areas something lies in, from the top; `Area` has all but the last."""

_TOKEN_LENGTH_MAX = 12


class OutsideEveryGrid(Invalid):
    """The point lies in no grid of the community."""

    sentence = _(
        "This point lies outside every grid. Pick the building instead, or describe the place in "
        "your own words."
    )
    field = "place_text"


class PlaceNotNamed(Invalid):
    """Nothing was given by which a place could be found."""

    sentence = _("Say where it is: pick a building or a place, or describe it in your own words.")
    field = "place_text"


class PointNotUsable(Invalid):
    """The numbers are no point on the map."""

    sentence = _("This is not a point on the map. Pick the building instead.")
    field = "place_text"


class PlaceEnded(Invalid):
    """What was picked is no longer there."""

    sentence = _(
        "%(name)s is no longer in use. Pick another building or place, or describe it in your own "
        "words."
    )
    field = "place_text"


class PosterWithdrawn(Refused):
    """The poster was taken out of use."""

    sentence = _("This poster is no longer in use. Please report from the start page.")
    status = 410


@dataclass(frozen=True, slots=True)
class Location:
    """Where something is, with every key that a matter copies. Coordinates are WGS-84."""

    community_id: int
    city_id: int | None = None
    district_id: int | None = None
    subdistrict_id: int | None = None
    large_grid_id: int | None = None
    grid_id: int | None = None
    micro_grid_id: int | None = None
    estate_id: int | None = None
    building_id: int | None = None
    entrance_id: int | None = None
    place_id: int | None = None
    place_text: str = ""
    longitude: float | None = None
    latitude: float | None = None

    def columns(self) -> dict[str, Any]:
        """Return the values by the names of the columns that take them."""
        return asdict(self)


_index_lock = threading.Lock()
_index: tuple[uuid.UUID | None, PointIndex] | None = None


def grid_at(*, longitude: float, latitude: float, community_id: int | None = None) -> Area | None:
    """Return the grid at a WGS-84 point, or None; with `community_id`, only one of that community.

    Where a dedicated grid lies over a comprehensive one, the comprehensive grid answers. Without
    any drawn grid there, None.
    """
    found = _find(_grids(), longitude, latitude, community_id)
    return None if found is None else Area.objects.get(pk=found)


def community_at(*, longitude: float, latitude: float) -> Area | None:
    """Return the community at a WGS-84 point: the one whose grid or boundary holds it."""
    grid = grid_at(longitude=longitude, latitude=latitude)
    if grid is not None:
        return grid.community
    rows = Area.objects.filter(
        level=Level.COMMUNITY, ended_at__isnull=True, boundary__isnull=False
    ).order_by("id")
    for area in rows:
        if geometry.contains(boundary=area.boundary or {}, longitude=longitude, latitude=latitude):
            return area
    return None


def _find(
    index: PointIndex, longitude: float, latitude: float, community_id: int | None
) -> int | None:
    return index.find(longitude=longitude, latitude=latitude, community_id=community_id)


_REVISION = Prepared(lambda: MapRevision.objects.values_list("revision", flat=True).order_by()[:1])


def _grids() -> PointIndex:
    """Return the index of drawn grids; built anew when the map's revision has moved."""
    global _index
    revision = _REVISION.first()
    known = _index
    # The revision is read before the boundaries, so an index is never older than it claims.
    if revision is not None and known is not None and known[0] == revision:
        return known[1]
    with _index_lock:
        built = PointIndex(zones=_zones())
        if revision is not None:
            _index = (revision, built)
    return built


def _zones() -> list[Zone]:
    rows = Area.objects.filter(
        level=Level.GRID, ended_at__isnull=True, boundary__isnull=False
    ).values_list("id", "community_id", "kind", "boundary")
    return [
        Zone(
            id=id_,
            community_id=community_id or 0,
            rank=0 if kind == GridKind.COMPREHENSIVE else 1,
            boundary=boundary or {},
        )
        for id_, community_id, kind, boundary in rows.order_by("id")
    ]


def _micro_grid_at(grid: Area, longitude: float, latitude: float) -> int | None:
    rows = Area.objects.filter(
        level=Level.MICRO_GRID, grid=grid, ended_at__isnull=True, boundary__isnull=False
    ).order_by("id")
    for area in rows:
        if geometry.contains(boundary=area.boundary or {}, longitude=longitude, latitude=latitude):
            return area.pk
    return None


def locate(
    *,
    community_id: int | None = None,
    poster_token: str = "",
    entrance_id: int | None = None,
    building_id: int | None = None,
    place_id: int | None = None,
    estate_id: int | None = None,
    area_id: int | None = None,
    longitude: float | None = None,
    latitude: float | None = None,
    datum: Datum = Datum.WGS_84,
    place_text: str = "",
    with_ended: bool = False,
) -> Location:
    """Return every key of the place that is named, from whatever names it most closely.

    In this order: poster, entrance, building, place, point, estate, area. A point that is given
    beside one of the first four is kept as the exact spot where it lies in a grid. With
    `community_id`, everything has to belong to that community. A community without any drawn grid
    takes a point as it is; and words alone file a matter at the community. `with_ended` is for what
    was recorded before: nothing new happens at a place that is no longer in use.

    :raises OutsideEveryGrid: when only a point is given and no grid holds it.
    :raises PlaceNotNamed: when nothing is given at all.
    :raises PointNotUsable: when the numbers are no point on the map.
    :raises PlaceEnded: when the building, place or estate is no longer in use.
    :raises PosterWithdrawn: when the poster is out of use.
    :raises NotFound: when what is named does not exist, or not in this community.
    """
    point = _point(longitude, latitude, datum)
    text = normalise(text=place_text)
    if poster_token:
        poster = get_poster(token=poster_token)
        entrance_id, building_id, place_id = poster.entrance_id, poster.building_id, poster.place_id
    building: Building | None = None
    if entrance_id is not None:
        found = _at_entrance(entrance_id)
    elif building_id is not None:
        building = _building(building_id)
        found = _at_building(building)
    elif place_id is not None:
        found = _at_place(place_id)
    else:
        found = _somewhere(community_id, estate_id, area_id, point, text)
    if community_id is not None and found.community_id != community_id:
        raise NotFound
    if not with_ended:
        _refuse_ended(found, building)
    return replace(_with_point(found, point), place_text=text)


def _refuse_ended(found: Location, building: Building | None) -> None:
    """Refuse what was pulled down or closed; the closest thing that was named is asked."""
    row: Building | Place | Estate | None = building
    if row is not None:
        pass
    elif found.building_id is not None:
        row = Building.objects.select_related("estate").get(pk=found.building_id)
    elif found.place_id is not None:
        row = Place.objects.get(pk=found.place_id)
    elif found.estate_id is not None:
        row = Estate.objects.get(pk=found.estate_id)
    if row is not None and row.ended_at is not None:
        name = f"{row.estate.name} {row.name}" if isinstance(row, Building) else row.name
        raise PlaceEnded(name=name)


def get_poster(*, token: str) -> Poster:
    """Return the poster whose address somebody opened, with the place it hangs at.

    :raises NotFound: when there is none.
    :raises PosterWithdrawn: when it is out of use.
    """
    related = ("building__estate", "entrance__building__estate", "place__estate", "community")
    poster = (
        Poster.objects.select_related(*related).filter(token=token[:_TOKEN_LENGTH_MAX]).first()
        if len(token) <= _TOKEN_LENGTH_MAX
        else None
    )
    if poster is None:
        raise NotFound
    if poster.withdrawn_at is not None:
        raise PosterWithdrawn
    return poster


def describe(*, location: Location) -> str:
    """Return the place in words, the way people there say it: “翠园 3幢 1单元，地下车库入口”."""
    parts: list[str] = []
    if location.entrance_id is not None:
        entrance = Entrance.objects.select_related("building__estate").get(pk=location.entrance_id)
        parts = [entrance.building.estate.name, entrance.building.name, entrance.name]
    elif location.building_id is not None:
        building = Building.objects.select_related("estate").get(pk=location.building_id)
        parts = [building.estate.name, building.name]
    elif location.place_id is not None:
        place = Place.objects.select_related("estate").get(pk=location.place_id)
        parts = [place_label(name=place.name, estate=place.estate)]
    elif location.estate_id is not None:
        parts = [Estate.objects.get(pk=location.estate_id).name]
    elif location.grid_id is not None and not location.place_text:
        parts = [Area.objects.get(pk=location.grid_id).name]
    where = " ".join(parts)
    return "，".join(part for part in (where, location.place_text) if part)


def _somewhere(
    community_id: int | None,
    estate_id: int | None,
    area_id: int | None,
    point: geometry.Point | None,
    text: str,
) -> Location:
    """Place what no building, entrance or named spot pins down."""
    if point is not None:
        if (found := _at_point(point, community_id)) is not None:
            return found if estate_id is None else replace(found, estate_id=estate_id)
        if estate_id is None and area_id is None and not text:
            if community_id is None or _grids().has_zones_in(community_id=community_id):
                raise OutsideEveryGrid
            here = _at_area(community_id)
            return replace(here, longitude=point[0], latitude=point[1])
    if estate_id is not None:
        return _at_estate(estate_id)
    if area_id is not None:
        return _at_area(area_id)
    if community_id is not None and text:
        return _at_area(community_id)
    raise PlaceNotNamed


def _at_point(point: geometry.Point, community_id: int | None) -> Location | None:
    longitude, latitude = point
    grid = grid_at(longitude=longitude, latitude=latitude, community_id=community_id)
    if grid is None:
        return None
    return replace(
        _within(grid),
        micro_grid_id=_micro_grid_at(grid, longitude, latitude),
        longitude=longitude,
        latitude=latitude,
    )


def _at_entrance(entrance_id: int) -> Location:
    entrance = Entrance.objects.filter(pk=entrance_id).first()
    if entrance is None:
        raise NotFound
    return replace(_at_building(_building(entrance.building_id)), entrance_id=entrance.pk)


_BUILDING = Prepared(
    lambda key: (
        Building.objects.select_related("grid", "estate")
        # Large, and asked for by maps.
        .defer("footprint", "grid__boundary", "estate__boundary")
        .filter(pk=key)
        .order_by()
    )
)


def _building(building_id: int) -> Building:
    building = _BUILDING.first(key=building_id)
    if building is None:
        raise NotFound
    return building


def _at_building(building: Building) -> Location:
    return replace(
        _within(building.grid),
        micro_grid_id=building.micro_grid_id,
        estate_id=building.estate_id,
        building_id=building.pk,
        longitude=building.longitude,
        latitude=building.latitude,
    )


def _at_place(place_id: int) -> Location:
    place = Place.objects.select_related("grid", "community").filter(pk=place_id).first()
    if place is None:
        raise NotFound
    return replace(
        _within(place.grid or place.community),
        estate_id=place.estate_id,
        place_id=place.pk,
        longitude=place.longitude,
        latitude=place.latitude,
    )


def _at_estate(estate_id: int) -> Location:
    estate = Estate.objects.select_related("community").filter(pk=estate_id).first()
    if estate is None:
        raise NotFound
    # An estate may span grids; only where all its buildings agree is the grid known.
    grids = list(
        Area.objects.filter(buildings__estate=estate, buildings__ended_at__isnull=True)
        .distinct()
        .order_by("id")[:2]
    )
    area = grids[0] if len(grids) == 1 else estate.community
    return replace(_within(area), estate_id=estate.pk)


def _at_area(area_id: int) -> Location:
    area = Area.objects.filter(pk=area_id).first()
    if area is None or (area.level != Level.COMMUNITY and area.community_id is None):
        raise NotFound
    return _within(area)


def _within(area: Area) -> Location:
    """Return the keys of an area and of everything above it."""
    keys = {column: getattr(area, column) for column in AREA_COLUMNS[:-1]}
    keys[f"{area.level.lower()}_id"] = area.pk
    return Location(**keys)


def _with_point(found: Location, point: geometry.Point | None) -> Location:
    if point is None or (found.longitude, found.latitude) == point:
        return found
    longitude, latitude = point
    if _find(_grids(), longitude, latitude, found.community_id) is None:
        return found  # A phone that is off, or far away: what was picked counts.
    return replace(found, longitude=longitude, latitude=latitude)


def _point(longitude: float | None, latitude: float | None, datum: Datum) -> geometry.Point | None:
    if longitude is None or latitude is None:
        return None
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):  # NaN fails both.
        raise PointNotUsable
    x, y = geometry.to_wgs84(longitude=longitude, latitude=latitude, datum=datum)
    return round(x, 7), round(y, 7)
