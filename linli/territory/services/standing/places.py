"""Named places: added, corrected, ended."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid
from linli.territory import events
from linli.territory.geometry import Datum
from linli.territory.models import Area, Estate, Level, Place, Poster
from linli.territory.queries import grid_at
from linli.territory.services.fields import (
    CODE_MAX,
    Faults,
    apply_changes,
    changes_of,
    clean_point,
    clean_text,
    code_is_free,
)
from linli.territory.services.posters import withdraw_all
from linli.territory.services.standing._shared import kept_community, kept_place, tell_of


class PlaceGridNotUsable(Invalid):
    """The grid is of another community, or out of use."""

    sentence = _("Choose a grid of this community that is in use.")
    field = "grid"


class EstateNotUsable(Invalid):
    """The estate is of another community, or out of use."""

    sentence = _("Choose an estate of this community that is in use.")
    field = "estate"


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
    community = kept_community(community_id=community_id, actor=actor)
    values = _place_values(community, code, name, grid_id, estate_id, (longitude, latitude), datum)
    with code_is_free(code=values["code"]):
        place = Place.objects.create(community=community, **values)
    tell_of(events.PLACE_ADDED, "place", place, community, actor, at, code=place.code)
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
    place = kept_place(place_id=place_id, actor=actor)
    community = place.community
    values = _place_values(community, code, name, grid_id, estate_id, (longitude, latitude), datum)
    changes = changes_of(row=place, values=values)
    if changes:
        with code_is_free(code=values["code"]):
            apply_changes(row=place, changes=changes)
        fields = sorted(changes)
        tell_of(events.PLACE_CHANGED, "place", place, community, actor, at, fields=fields)
    return place


@transaction.atomic
def end_place(*, place_id: int, actor: Actor, at: datetime) -> Place:
    """Take a named place out of use: it was closed or removed. Its posters go with it.

    :raises NoLongerInUse: when it has ended before.
    """
    place = kept_place(place_id=place_id, actor=actor)
    apply_changes(row=place, changes={"ended_at": at})
    hanging = Poster.objects.filter(place=place, withdrawn_at__isnull=True)
    withdraw_all(posters=hanging, actor=actor, at=at)
    tell_of(events.PLACE_ENDED, "place", place, place.community, actor, at, code=place.code)
    return place


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
    if estate_id is not None:
        estate = Estate.objects.select_for_update().filter(pk=estate_id).first()
        if estate is None or estate.community_id != community.pk or estate.ended_at is not None:
            raise EstateNotUsable
    return {
        **values,
        "grid_id": grid_id,
        "estate_id": estate_id,
        "longitude": longitude,
        "latitude": latitude,
    }
