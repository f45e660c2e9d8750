"""What happened to every matter that somebody sees, in the order of the log: for other systems."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from linli.core.actor import Actor
from linli.core.models import Event
from linli.matters import events
from linli.matters.models import Matter
from linli.matters.queries import SUBJECT, visible_to

LAG = timedelta(seconds=10)
"""How far the feed runs behind: two who write at once may commit in another order than their keys,
and whoever asks for what came after a key must never be told later of one before it."""


def list_feed(
    *, actor: Actor, after: int, limit: int, at: datetime, community_id: int | None = None
) -> list[Event]:
    """Return up to `limit` events after a key, oldest first, of matters this person sees."""
    seen = visible_to(actor=actor)
    if community_id is not None:
        seen = seen.filter(community_id=community_id)
    rows = Event.objects.filter(
        pk__gt=after,
        subject_kind=SUBJECT,
        happened_at__lte=at - LAG,
        subject_id__in=seen.values("pk"),
    )
    if community_id is not None:
        rows = rows.filter(community_id=community_id)
    if actor.organisation_ids:
        against_us = Matter.objects.filter(
            pk=OuterRef("subject_id"), complained_of_id__in=actor.organisation_ids
        )
        rows = rows.exclude(Q(Exists(against_us)), name__in=events.ABOUT_REPORTERS)
    return list(rows.order_by("pk")[:limit])
