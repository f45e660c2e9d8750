"""The register for those who keep it: what one may not see does not exist."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.territory.models import Area, Building, Entrance, Estate, Level, Place, Poster
from linli.territory.queries.finding import natural_key
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
    estate = poster.place.estate
    return f"{estate.name} {poster.place.name}" if estate else poster.place.name


def _posters() -> QuerySet[Poster]:
    return Poster.objects.select_related(
        "community", "building__estate", "entrance__building__estate", "place__estate"
    )
