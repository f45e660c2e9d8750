"""What stands in a community, in the order people walk it. For other rooms; no scope."""

from typing import Any

from django.db.models import Count, Q

from linli.core.codes import InvalidCode, parse_area_code
from linli.core.errors import NotFound
from linli.territory.models import (
    Area,
    Building,
    Community,
    Dwelling,
    Entrance,
    Estate,
    GridKind,
    Level,
    Place,
)
from linli.territory.queries.finding import natural_key


def communities() -> list[Area]:
    """Return every community in use, by code."""
    rows = Area.objects.filter(level=Level.COMMUNITY, ended_at__isnull=True)
    return list(rows.select_related("profile").order_by("code"))


def find_communities(*, code: str = "", limit: int) -> list[Area]:
    """Return the communities in use, by code; with `code`, the one that has it.

    Their boundaries are not read: this answers programs, which ask often.
    """
    rows = Area.objects.filter(level=Level.COMMUNITY, ended_at__isnull=True).defer("boundary")
    if code:
        rows = rows.filter(code=code)
    return list(rows.select_related("profile").order_by("code")[:limit])


def profile_of(*, community_id: int) -> Community:
    """Return what a community says about itself.

    :raises NotFound: when there is no such community.
    """
    profile = Community.objects.select_related("area").filter(pk=community_id).first()
    if profile is None:
        raise NotFound
    return profile


def find_area(*, code: str) -> Area | None:
    """Return the area with this code, written with or without the zeros that pad it."""
    try:
        plain = parse_area_code(code=code).code
    except InvalidCode:
        plain = code.strip()
    return Area.objects.filter(code__in={plain, code.strip()}).first()


def list_areas(*, community_id: int, level: str = "", with_ended: bool = False) -> list[Area]:
    """Return the areas inside a community, by level and code; with `level`, of that level only."""
    rows = Area.objects.filter(community_id=community_id).select_related("parent")
    if level:
        rows = rows.filter(level=level)
    if not with_ended:
        rows = rows.filter(ended_at__isnull=True)
    order = {name: depth for depth, name in enumerate(Level.values)}
    return sorted(rows, key=lambda area: (order[area.level], natural_key(text=area.code)))


def count_grids(*, community_id: int) -> dict[str, int]:
    """Return how many areas in use a community is cut into: grids by kind, the others by level.

    Keys are the codes of `Level` and `GridKind`, from the top; what there is none of is left out.
    """
    rows = Area.objects.filter(community_id=community_id, ended_at__isnull=True)
    found = {
        kind or level: total
        for level, kind, total in rows.order_by()
        .values_list("level", "kind")
        .annotate(total=Count("id"))
    }
    order = (Level.LARGE_GRID, *GridKind.values, Level.MICRO_GRID)
    return {str(code): found[code] for code in order if code in found}


def list_estates(*, community_id: int, with_ended: bool = False) -> list[Estate]:
    """Return the estates of a community with `buildings_total`, by name."""
    rows = Estate.objects.filter(community_id=community_id)
    if not with_ended:
        rows = rows.filter(ended_at__isnull=True)
    standing = Q(buildings__ended_at__isnull=True)
    rows = rows.annotate(buildings_total=Count("buildings", filter=standing))
    return sorted(rows, key=lambda estate: (natural_key(text=estate.name), estate.pk))


def list_buildings(
    *,
    community_id: int | None = None,
    estate_id: int | None = None,
    grid_id: int | None = None,
    with_ended: bool = False,
) -> list[Building]:
    """Return buildings of a community, an estate or a grid, estate by estate and in house order."""
    assert community_id or estate_id or grid_id, "say whose buildings"
    rows = Building.objects.select_related("estate", "grid", "micro_grid")
    if not with_ended:
        rows = rows.filter(ended_at__isnull=True)
    if community_id is not None:
        rows = rows.filter(estate__community_id=community_id)
    if estate_id is not None:
        rows = rows.filter(estate_id=estate_id)
    if grid_id is not None:
        rows = rows.filter(grid_id=grid_id)
    return sorted(rows, key=building_key)


def building_key(building: Building) -> tuple[Any, ...]:
    """Return the key that lists buildings the way people walk: by estate, then by number."""
    return (
        natural_key(text=building.estate.name),
        natural_key(text=building.code),
        building.pk,
    )


def list_entrances(
    *, building_id: int | None = None, community_id: int | None = None
) -> list[Entrance]:
    """Return entrances of a building or a whole community with `dwellings_total`, in order."""
    assert building_id or community_id, "say whose entrances"
    rows = Entrance.objects.select_related("building__estate")
    if building_id is not None:
        rows = rows.filter(building_id=building_id)
    if community_id is not None:
        # A building that is no longer there has no entrance to choose.
        rows = rows.filter(
            building__estate__community_id=community_id, building__ended_at__isnull=True
        )
    rows = rows.annotate(dwellings_total=Count("dwellings"))
    return sorted(rows, key=lambda entrance: (natural_key(text=entrance.code), entrance.pk))


def list_dwellings(*, entrance_id: int) -> list[Dwelling]:
    """Return the dwellings behind an entrance, by storey and room."""
    rows = Dwelling.objects.filter(entrance_id=entrance_id)
    rows = rows.select_related("entrance__building__estate")
    return sorted(rows, key=lambda one: (natural_key(text=one.room), one.pk))


def list_places(*, community_id: int, with_ended: bool = False) -> list[Place]:
    """Return the named places of a community, by name."""
    rows = Place.objects.filter(community_id=community_id).select_related("grid", "estate")
    if not with_ended:
        rows = rows.filter(ended_at__isnull=True)
    return sorted(rows, key=lambda place: (natural_key(text=place.name), place.pk))
