"""What time itself does: climbing levels, overdue notices, pauses that end, ratings that close.

The worker calls these each minute. Each matter is its own transaction, and each step is the same
conditional UPDATE as everybody's, so two workers never do one twice.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from linli.core.actor import system
from linli.core.errors import Refused
from linli.matters import events, queries
from linli.matters.models import Matter
from linli.matters.services._moving import index, record_of
from linli.matters.services.closing import close
from linli.matters.services.desk import climb, take_back
from linli.matters.services.handling import resume
from linli.matters.workflow import OPEN, RULES, State, Step
from linli.territory.queries import OutsideEveryGrid, locate

BATCH = 200
_log = logging.getLogger(__name__)


def escalate_overdue(*, at: datetime) -> int:
    """Let matters climb whose level's time is over and mark those overdue; return how many."""
    actor = system(name="escalation")

    def raise_level(matter: Matter) -> None:
        climb(matter=matter, actor=actor, at=at)

    def mark(matter: Matter) -> None:
        told = Matter.objects.filter(pk=matter.pk, overdue_told_at=None, due_at=matter.due_at)
        if told.update(overdue_told_at=at):
            record_of(matter=matter, name=events.OVERDUE, actor=actor, at=at)

    climbing = queries.due_to_climb(at=at).select_related("level").order_by("level_due_at", "id")
    overdue = queries.newly_overdue(at=at).order_by("due_at", "id")
    return _each(list(climbing[:BATCH]), raise_level) + _each(list(overdue[:BATCH]), mark)


def close_silent(*, at: datetime) -> int:
    """Close matters whose time for rating is over; those who kept silent count in no rate."""
    actor = system(name="silence")
    silent = Matter.objects.filter(state=State.VERIFIED, rating_until__lte=at)
    rows = list(silent.order_by("rating_until", "id")[:BATCH])
    return _each(rows, lambda matter: close(matter=matter, actor=actor, at=at))


def resume_due(*, at: datetime) -> int:
    """Start the clock of matters whose pause is over."""
    actor = system(name="pause")
    paused = Matter.objects.filter(state=State.PAUSED, paused_until__lte=at)
    rows = list(paused.order_by("paused_until", "id")[:BATCH])
    return _each(rows, lambda matter: resume(matter_id=matter.pk, actor=actor, at=at))


def take_back_from(
    *, at: datetime, account_id: int | None = None, organisation_id: int | None = None
) -> int:
    """Take back the orders of a person or an organisation that is gone; return how many.

    What they gave back, object to or have done is with somebody else already and stays there.
    """
    actor = system(name="handler_gone")

    def take(matter: Matter) -> None:
        if matter.state == State.PAUSED:
            resume(matter_id=matter.pk, actor=actor, at=at)
            matter.refresh_from_db()
        take_back(matter=matter, actor=actor, at=at)

    held: dict[str, int | None] = {
        "order__account_id": account_id,
        "order__organisation_id": organisation_id,
    }
    rows = Matter.objects.filter(
        state__in=RULES[Step.RECALL].sources | {State.PAUSED}, **held
    ).select_related("order")
    return _each(list(rows.order_by("id")), take)


def point_anew(*, community_id: int, at: datetime) -> int:
    """Point open matters to the grids as they are now drawn; closed ones keep theirs."""
    actor = system(name="grids")
    changed = 0
    # What is filed at an estate or an area, or in words alone, stands on no spot to look up.
    pinned = (
        Q(building__isnull=False)
        | Q(entrance__isnull=False)
        | Q(place__isnull=False)
        | Q(longitude__isnull=False)
    )
    rows = Matter.objects.filter(pinned, community_id=community_id, state__in=OPEN)
    for matter in rows.order_by("id").iterator(chunk_size=BATCH):
        try:
            found = locate(
                community_id=community_id,
                building_id=matter.building_id,
                entrance_id=matter.entrance_id,
                place_id=matter.place_id,
                longitude=matter.longitude,
                latitude=matter.latitude,
                place_text=matter.place_text,
                with_ended=True,
            ).columns()
        except OutsideEveryGrid:
            continue
        areas = {
            name: found[name]
            for name in ("large_grid_id", "grid_id", "micro_grid_id")
            if found[name] != getattr(matter, name)
        }
        if not areas:
            continue
        with transaction.atomic():
            Matter.objects.filter(pk=matter.pk).update(**areas)
            index(matter_ids=[matter.pk])
            record_of(
                matter=matter,
                name=events.POINTED_ANEW,
                actor=actor,
                at=at,
                facts={"from_grid_id": matter.grid_id, "to_grid_id": found["grid_id"]},
            )
        changed += 1
    return changed


def _each(matters: list[Matter], act: Callable[[Matter], object]) -> int:
    done = 0
    for matter in matters:
        try:
            with transaction.atomic():
                act(matter)
            done += 1
        except Refused as refusal:  # Somebody moved it first, which is as good.
            _log.info("matter %s: %s", matter.pk, refusal.code)
    return done
