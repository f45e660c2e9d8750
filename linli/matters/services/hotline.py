"""12345 orders: which column of the city's workbook is which, and that the reply went out."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.core.events import record
from linli.core.ref import Ref
from linli.language.normal import tidy
from linli.matters import events, registers
from linli.matters.models import Matter, Method
from linli.matters.services._moving import record_of
from linli.territory.models import Area, Level
from linli.territory.scope import require_writer

HEADING_LENGTH_MAX = 40


@transaction.atomic
def remember_columns(
    *,
    community_id: int,
    actor: Actor,
    at: datetime,
    hotline: Mapping[str, str] | None = None,
    reply: Mapping[str, str] | None = None,
) -> None:
    """Keep which heading of the city's workbook means which field; None leaves a side as it is."""
    community = _community_to_write(community_id=community_id, actor=actor)
    changes = {
        name: {
            field: said[:HEADING_LENGTH_MAX]
            for field, heading in columns.items()
            if (said := tidy(text=heading))
        }
        for name, columns in (("hotline_columns", hotline), ("reply_columns", reply))
        if columns is not None
    }
    if not changes:
        return
    Method.objects.filter(pk=community.pk).update(**changes, revision=uuid.uuid4())
    record(
        name=events.HOTLINE_COLUMNS_SET,
        subject=Ref("territory.area", community.pk),
        trace=uuid.uuid4(),
        actor=actor,
        at=at,
        community_id=community.pk,
        facts={name: sorted(columns) for name, columns in changes.items()},
    )


@transaction.atomic
def mark_replied(
    *, community_id: int, matter_ids: Sequence[int], actor: Actor, at: datetime
) -> int:
    """Mark that the city has the reply to these orders; return how many are newly marked.

    Those that were marked before, or are not ended yet, are left as they are.
    """
    community = _community_to_write(community_id=community_id, actor=actor)
    rows = registers.hotline_to_reply(actor=actor, community_id=community.pk)
    marked = 0
    for matter in rows.filter(pk__in=list(matter_ids)).order_by("pk"):
        fresh = Matter.objects.filter(pk=matter.pk, hotline_replied_at=None)
        if fresh.update(hotline_replied_at=at):
            record_of(matter=matter, name=events.HOTLINE_REPLIED, actor=actor, at=at)
            marked += 1
    return marked


def _community_to_write(*, community_id: int, actor: Actor) -> Area:
    community = Area.objects.filter(pk=community_id, level=Level.COMMUNITY).first()
    if community is None:
        raise NotFound
    require_writer(actor=actor, community=community)
    return community
