"""What the writers of estates, buildings, entrances and places share."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.territory import geometry
from linli.territory.geometry import BoundaryWrong, Datum
from linli.territory.models import Area, Building, Estate, Level, Place
from linli.territory.scope import require_writer
from linli.territory.services.areas import BoundaryInvalid
from linli.territory.services.fields import NoLongerInUse, apply_changes, changes_of, tell

_Standing = TypeVar("_Standing", Estate, Building, Place)
_Row = TypeVar("_Row", bound=Model)


def kept_community(*, community_id: int, actor: Actor) -> Area:
    """Return the community whose register this person keeps.

    :raises NotFound: when there is none for this person.
    """
    community = Area.objects.filter(pk=community_id, level=Level.COMMUNITY).first()
    if community is None:
        raise NotFound
    require_writer(actor=actor, community=community)
    return community


def kept_estate(*, estate_id: int, actor: Actor) -> Estate:
    """Return the estate, locked until the transaction ends, if this person keeps it.

    :raises NoLongerInUse: when it has ended.
    """
    rows = Estate.objects.select_for_update(of=("self",)).select_related("community")
    estate = _found(rows, estate_id)
    require_writer(actor=actor, community=estate.community)
    return in_use(row=estate)


def kept_building(*, building_id: int, actor: Actor) -> Building:
    """Return the building, locked until the transaction ends, if this person keeps it.

    :raises NoLongerInUse: when it has ended.
    """
    rows = Building.objects.select_for_update(of=("self",))
    building = _found(rows.select_related("estate__community", "grid"), building_id)
    require_writer(actor=actor, community=building.estate.community)
    return in_use(row=building)


def kept_place(*, place_id: int, actor: Actor) -> Place:
    """Return the named place, locked until the transaction ends, if this person keeps it.

    :raises NoLongerInUse: when it has ended.
    """
    rows = Place.objects.select_for_update(of=("self",)).select_related("community")
    place = _found(rows, place_id)
    require_writer(actor=actor, community=place.community)
    return in_use(row=place)


def in_use(*, row: _Standing) -> _Standing:
    """Return the row. :raises NoLongerInUse: when it has ended."""
    if row.ended_at is not None:
        raise NoLongerInUse(name=row.name)
    return row


def draw(
    *,
    row: Estate | Building,
    column: str,
    shape: Mapping[str, Any] | None,
    datum: Datum,
) -> list[str]:
    """Write a boundary or footprint to the row; return the columns that changed, if any did.

    :raises BoundaryInvalid: when it is none.
    """
    drawn = read_shape(shape=shape, datum=datum, field=column)
    changes = changes_of(row=row, values={column: drawn})
    if changes:
        apply_changes(row=row, changes=changes)
    return sorted(changes)


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


def tell_of(
    name: str, kind: str, row: Any, community: Area, actor: Actor, at: datetime, **facts: Any
) -> None:
    """Record an event about one row of a community's register."""
    tell(name=name, kind=kind, row=row, community_id=community.pk, actor=actor, at=at, **facts)


def _found(rows: QuerySet[_Row], key: int) -> _Row:
    row = rows.filter(pk=key).first()
    if row is None:
        raise NotFound
    return row
