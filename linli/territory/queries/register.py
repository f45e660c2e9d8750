"""The register for those who keep it: what one may not see does not exist."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

from django.db.models import Count, Q, QuerySet

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.language.normal import normalise
from linli.territory.models import Area, Building, Entrance, Estate, Level, Place, Poster
from linli.territory.queries.finding import matches, natural_key, place_label
from linli.territory.queries.lists import building_key, list_areas, list_estates, list_places
from linli.territory.scope import communities_open_to, may_read


def list_communities(*, actor: Actor) -> list[Area]:
    """Return the communities whose register this person may read, by code."""
    rows = Area.objects.filter(communities_open_to(actor=actor), level=Level.COMMUNITY)
    return list(rows.filter(ended_at__isnull=True).order_by("code"))


def get_community(*, actor: Actor, community_id: int) -> Area:
    """Return a community whose register this person may read.

    :raises NotFound: when there is none, or not for this person.
    """
    rows = Area.objects.select_related("parent", "city", "district", "subdistrict")
    community = rows.filter(pk=community_id, level=Level.COMMUNITY).first()
    if community is None or not may_read(actor=actor, community=community):
        raise NotFound
    return community


def get_area(*, actor: Actor, id: int) -> Area:
    """Return an area of a community whose register this person may read.

    :raises NotFound: when there is none, or not for this person.
    """
    area = Area.objects.select_related("parent", "community").filter(pk=id).first()
    if area is None:
        raise NotFound
    if area.level == Level.COMMUNITY:
        return get_community(actor=actor, community_id=area.pk)
    if area.community is None:
        below = Q(**{f"{area.level.lower()}_id": area.pk})
        rows = Area.objects.filter(communities_open_to(actor=actor), below)
        if not actor.is_system and not rows.filter(level=Level.COMMUNITY).exists():
            raise NotFound
    elif not may_read(actor=actor, community=area.community):
        raise NotFound
    return area


def get_estate(*, actor: Actor, id: int) -> Estate:
    """Return an estate; :raises NotFound: when there is none, or not for this person."""
    estate = Estate.objects.select_related("community").filter(pk=id).first()
    if estate is None or not may_read(actor=actor, community=estate.community):
        raise NotFound
    return estate


def get_building(*, actor: Actor, id: int) -> Building:
    """Return a building; :raises NotFound: when there is none, or not for this person."""
    rows = Building.objects.select_related("estate__community", "grid", "micro_grid")
    building = rows.filter(pk=id).first()
    if building is None or not may_read(actor=actor, community=building.estate.community):
        raise NotFound
    return building


def get_entrance(*, actor: Actor, id: int) -> Entrance:
    """Return an entrance; :raises NotFound: when there is none, or not for this person."""
    rows = Entrance.objects.select_related("building__estate__community", "building__grid")
    entrance = rows.filter(pk=id).first()
    if entrance is None or not may_read(actor=actor, community=entrance.building.estate.community):
        raise NotFound
    return entrance


def get_place(*, actor: Actor, id: int) -> Place:
    """Return a named place; :raises NotFound: when there is none, or not for this person."""
    place = Place.objects.select_related("community", "grid", "estate").filter(pk=id).first()
    if place is None or not may_read(actor=actor, community=place.community):
        raise NotFound
    return place


def list_posters(*, actor: Actor, community_id: int) -> list[Poster]:
    """Return the posters in use in a community, by where they hang.

    :raises NotFound: when its register is not open to this person.
    """
    get_community(actor=actor, community_id=community_id)
    rows = _posters().filter(community_id=community_id, withdrawn_at__isnull=True)
    return sorted(rows, key=lambda poster: (natural_key(text=hangs_at(poster=poster)), poster.pk))


def get_posters(*, actor: Actor, ids: Iterable[int]) -> list[Poster]:
    """Return these posters in use, in the order asked for.

    :raises NotFound: when one does not exist, is out of use, or is not for this person.
    """
    wanted = list(dict.fromkeys(ids))
    rows = {poster.pk: poster for poster in _posters().filter(pk__in=wanted)}
    found = [rows[id_] for id_ in wanted if id_ in rows]
    if len(found) < len(wanted) or any(
        poster.withdrawn_at is not None or not may_read(actor=actor, community=poster.community)
        for poster in found
    ):
        raise NotFound
    return found


def hangs_at(*, poster: Poster) -> str:
    """Return in words where a poster hangs: 翠园 3幢 1单元."""
    if poster.entrance is not None:
        building = poster.entrance.building
        return f"{building.estate.name} {building.name} {poster.entrance.name}"
    if poster.building is not None:
        return f"{poster.building.estate.name} {poster.building.name}"
    assert poster.place is not None, "a poster hangs somewhere"
    return place_label(name=poster.place.name, estate=poster.place.estate)


def _posters() -> QuerySet[Poster]:
    return Poster.objects.select_related(
        "community", "building__estate", "entrance__building__estate", "place__estate"
    )


# --- What the register page lists -----------------------------------------------------------


class Listing(StrEnum):
    """What the register may be listed by."""

    AREAS = "areas"
    ESTATES = "estates"
    BUILDINGS = "buildings"
    PLACES = "places"


def list_register(
    *,
    actor: Actor,
    community_id: int,
    listing: Listing,
    area_id: int | None = None,
    query: str = "",
    ended: bool = False,
) -> list[Any]:
    """Return the rows of one list of a community's register, narrowed by area and by words.

    Words match names, codes and pinyin initials. Estates are those with a building in the area.
    With `ended`, what is no longer in use instead of what is.

    :raises NotFound: when the register is not open to this person.
    """
    get_community(actor=actor, community_id=community_id)
    column = _column_of(area_id, community_id)
    rows = [
        row
        for row in _LISTS[listing](community_id, column, area_id)
        if (row.ended_at is not None) == ended
    ]
    words = normalise(text=query).lower().split()
    if not words:
        return rows
    return [
        row
        for row in rows
        if all(matches(word=word, label=_label_of(row), code=row.code) for word in words)
    ]


def _column_of(area_id: int | None, community_id: int) -> str:
    """Return which column names the area: grid, large_grid or micro_grid; none for all."""
    if area_id is None:
        return ""
    area = Area.objects.filter(pk=area_id, community_id=community_id).first()
    if area is None:
        raise NotFound
    return area.level.lower()


def _areas_in(community_id: int, column: str, area_id: int | None) -> list[Area]:
    found = list_areas(community_id=community_id, with_ended=True)
    if column:
        found = [a for a in found if area_id in (a.pk, getattr(a, f"{column}_id", None))]
    counts = dict(
        Building.objects.filter(grid__community_id=community_id, ended_at__isnull=True)
        .order_by()
        .values_list("grid_id")
        .annotate(total=Count("id"))
    )
    micro = dict(
        Building.objects.filter(
            grid__community_id=community_id, ended_at__isnull=True, micro_grid__isnull=False
        )
        .order_by()
        .values_list("micro_grid_id")
        .annotate(total=Count("id"))
    )
    for area in found:
        if area.level == Level.LARGE_GRID:
            inside = [one.pk for one in found if one.large_grid_id == area.pk]
            total = sum(counts.get(key, 0) for key in inside)
        else:
            total = counts.get(area.pk, 0) or micro.get(area.pk, 0)
        area.buildings_total = total  # type: ignore[attr-defined]  # as an annotation would be
    return found


def _estates_in(community_id: int, column: str, area_id: int | None) -> list[Estate]:
    found = list_estates(community_id=community_id, with_ended=True)
    if not column:
        return found
    inside = Building.objects.filter(_stands_in(column, area_id)).values_list("estate_id")
    kept = {key for (key,) in inside}
    return [estate for estate in found if estate.pk in kept]


def _buildings_in(community_id: int, column: str, area_id: int | None) -> list[Building]:
    rows = Building.objects.filter(estate__community_id=community_id)
    if column:
        rows = rows.filter(_stands_in(column, area_id))
    rows = rows.select_related("estate", "grid", "micro_grid").annotate(
        entrances_total=Count("entrances", distinct=True),
        dwellings_total=Count("entrances__dwellings"),
    )
    return sorted(rows, key=building_key)


def _places_in(community_id: int, column: str, area_id: int | None) -> list[Place]:
    found = list_places(community_id=community_id, with_ended=True)
    if column == "large_grid":
        return [one for one in found if one.grid and one.grid.large_grid_id == area_id]
    return [one for one in found if not column or one.grid_id == area_id]


def _stands_in(column: str, area_id: int | None) -> Q:
    if column == "large_grid":
        return Q(grid__large_grid_id=area_id)
    return Q(**{f"{column}_id": area_id})


def _label_of(row: Any) -> str:
    return f"{row.estate.name} {row.name}" if isinstance(row, Building) else row.name


_LISTS: Mapping[Listing, Callable[[int, str, int | None], list[Any]]] = {
    Listing.AREAS: _areas_in,
    Listing.ESTATES: _estates_in,
    Listing.BUILDINGS: _buildings_in,
    Listing.PLACES: _places_in,
}
