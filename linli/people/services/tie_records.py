"""How what happens to links is written, and how they end when somebody leaves."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import F

from linli.core.actor import Actor
from linli.core.events import record
from linli.core.models import Event
from linli.core.ref import Ref
from linli.people import events, queries
from linli.people.models import Household, Resident, Tie, TieEnding, TieHolder


def end_ties_of(
    *,
    actor: Actor,
    at: datetime,
    resident: Resident | None = None,
    household: Household | None = None,
) -> None:
    """End what led to somebody, or was held by them, who left; inside that change's transaction."""
    who = {"resident": resident} if household is None else {"household": household}
    ties = Tie.objects.filter(until_date=None, **who)
    end_all(ties=ties, ending=TieEnding.OTHER_GONE, actor=actor, at=at)
    for holder in TieHolder.objects.filter(until_date=None, **who).order_by("pk"):
        event = end_holder(holder=holder, actor=actor, at=at)
        held = Tie.objects.filter(holder=holder, until_date=None)
        end_all(ties=held, ending=TieEnding.HOLDER_GONE, actor=actor, at=at, cause=event)


def follow_merge(*, keep: Resident, double: Resident) -> int:
    """Let the links of a double go on with the row that stands, where it has none; return how many.

    The merge's own event tells of it. What is left over ends with the double.
    """
    total = 0
    for tie in Tie.objects.filter(resident=double, until_date=None).order_by("pk"):
        has_one = Tie.objects.filter(resident=keep, kind=tie.kind, until_date=None).exists()
        if not has_one and tie.holder.resident_id != keep.pk:
            total += Tie.objects.filter(pk=tie.pk).update(resident=keep, version=F("version") + 1)
    for holder in TieHolder.objects.filter(resident=double, until_date=None).order_by("pk"):
        same = TieHolder.objects.filter(resident=keep, kind=holder.kind, until_date=None)
        to_itself = Tie.objects.filter(holder=holder, resident=keep, until_date=None)
        if not same.exists() and not to_itself.exists():
            rows = TieHolder.objects.filter(pk=holder.pk)
            total += rows.update(resident=keep, version=F("version") + 1)
    return total


def end_holder(*, holder: TieHolder, actor: Actor, at: datetime) -> Event | None:
    """Let somebody hold links no longer; return the event, or None when they did not any more."""
    day = max(holder.from_date, queries.local_day(at=at))
    rows = TieHolder.objects.filter(pk=holder.pk, until_date=None)
    if not rows.update(until_date=day, version=F("version") + 1):
        return None
    return tell_of_holder(holder=holder, name=events.TIE_HOLDER_ENDED, actor=actor, at=at)


def end_all(
    *,
    ties: Iterable[Tie],
    ending: TieEnding,
    actor: Actor,
    at: datetime,
    cause: Event | None = None,
) -> int:
    """End links that still stand; return how many did."""
    total = 0
    for tie in list(ties):
        day = last_day(tie=tie, at=at)
        rows = Tie.objects.filter(pk=tie.pk, until_date=None)
        if rows.update(until_date=day, ending=ending, version=F("version") + 1):
            total += 1
            said = str(ending)
            tell_of_tie(
                tie=tie, name=events.TIE_ENDED, actor=actor, at=at, cause=cause, ending=said
            )
    return total


def last_day(*, tie: Tie, at: datetime) -> date:
    """Return the day on which a link ends that ends now; never before it began."""
    return max(tie.from_date, queries.local_day(at=at))


def tell_of_tie(
    *,
    tie: Tie,
    name: str,
    actor: Actor,
    at: datetime,
    cause: Event | None = None,
    **facts: Any,
) -> Event:
    """Record what happened to a link on its own thread. Of a pairing no fact says to whom."""
    return record(
        name=name,
        subject=Ref(kind=queries.TIE, id=tie.pk),
        trace=tie.trace,
        actor=actor,
        at=at,
        community_id=tie.community_id,
        facts={"kind": tie.kind, **facts},
        cause=cause,
    )


def tell_of_holder(
    *, holder: TieHolder, name: str, actor: Actor, at: datetime, **facts: Any
) -> Event:
    """Record what happened to a holder of links on their own thread."""
    return record(
        name=name,
        subject=Ref(kind=queries.TIE_HOLDER, id=holder.pk),
        trace=holder.trace,
        actor=actor,
        at=at,
        community_id=holder.community_id,
        facts={"kind": holder.kind, **facts},
    )
