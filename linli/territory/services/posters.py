"""QR posters that know where they hang."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.territory import events
from linli.territory.models import Area, Building, Place, Poster
from linli.territory.scope import require_writer
from linli.territory.services.fields import NoLongerInUse, tell

# No vowels and no lookalikes: a token is never a word, and can be typed from paper.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"
_LENGTH = 8


@transaction.atomic
def make_poster(
    *,
    actor: Actor,
    at: datetime,
    building_id: int | None = None,
    entrance_id: int | None = None,
    place_id: int | None = None,
) -> Poster:
    """Make the poster of one building, entrance or place; one that is in use is printed again.

    :raises NotFound: when the spot does not exist for this person.
    :raises NoLongerInUse: when the spot has ended.
    """
    chosen = {"building_id": building_id, "entrance_id": entrance_id, "place_id": place_id}
    assert sum(key is not None for key in chosen.values()) == 1, "a poster hangs in one spot"
    spot = _spot_of(building_id, entrance_id, place_id)
    community = spot.community if isinstance(spot, Place) else spot.estate.community
    require_writer(actor=actor, community=community)
    if spot.ended_at is not None:
        raise NoLongerInUse(name=spot.name)
    # Two clicks at once find the same poster: the community's row is the queue.
    Area.objects.select_for_update().get(pk=community.pk)
    in_use = Poster.objects.filter(withdrawn_at__isnull=True, **chosen).order_by("id").first()
    if in_use is not None:
        return in_use
    poster = Poster.objects.create(
        token="".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)),
        community=community,
        made_by=actor.key,
        made_at=at,
        **chosen,
    )
    tell(
        name=events.POSTER_MADE,
        kind="poster",
        row=poster,
        community_id=community.pk,
        actor=actor,
        at=at,
    )
    return poster


@transaction.atomic
def make_posters(
    *,
    actor: Actor,
    at: datetime,
    building_ids: Iterable[int] = (),
    entrance_ids: Iterable[int] = (),
    place_ids: Iterable[int] = (),
) -> list[Poster]:
    """Make the posters of several spots at once, all or none.

    :raises NotFound: when one of the spots does not exist for this person.
    """
    return [
        *(make_poster(actor=actor, at=at, building_id=key) for key in building_ids),
        *(make_poster(actor=actor, at=at, entrance_id=key) for key in entrance_ids),
        *(make_poster(actor=actor, at=at, place_id=key) for key in place_ids),
    ]


@transaction.atomic
def withdraw_poster(*, poster_id: int, actor: Actor, at: datetime) -> Poster:
    """Take a poster out of use: whoever scans it is told, and led to the start page.

    :raises NotFound: when there is no such poster in use for this person.
    """
    poster = Poster.objects.select_related("community").filter(pk=poster_id).first()
    if poster is None:
        raise NotFound
    require_writer(actor=actor, community=poster.community)
    moved = Poster.objects.filter(pk=poster_id, withdrawn_at__isnull=True).update(withdrawn_at=at)
    if not moved:
        raise NotFound
    poster.refresh_from_db()
    _tell_withdrawn(poster, actor, at)
    return poster


def withdraw_all(*, posters: QuerySet[Poster], actor: Actor, at: datetime) -> None:
    """Take these posters out of use with the spot they hang at; the caller holds its lock."""
    for poster in posters.order_by("id"):
        if Poster.objects.filter(pk=poster.pk, withdrawn_at__isnull=True).update(withdrawn_at=at):
            _tell_withdrawn(poster, actor, at)


def _tell_withdrawn(poster: Poster, actor: Actor, at: datetime) -> None:
    tell(
        name=events.POSTER_WITHDRAWN,
        kind="poster",
        row=poster,
        community_id=poster.community_id,
        actor=actor,
        at=at,
    )


def _spot_of(
    building_id: int | None, entrance_id: int | None, place_id: int | None
) -> Building | Place:
    spot: Building | Place | None
    if place_id is not None:
        spot = Place.objects.select_related("community").filter(pk=place_id).first()
    else:
        named = Q(pk=building_id) if building_id is not None else Q(entrances=entrance_id)
        spot = Building.objects.select_related("estate__community").filter(named).first()
    if spot is None:
        raise NotFound
    return spot
