"""Leave: everything goes to a stand-in in one step, and comes back by itself."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.language.normal import tidy
from linli.people import events, queries
from linli.people.models import Account, Handover
from linli.people.services._recording import record_of_account
from linli.people.workflow import Held, may_arrange

NOTE_LENGTH_MAX = 200


class HandoverDatesInvalid(Invalid):
    """It would end before it begins, or lie in the past."""

    sentence = _("Leave begins today or later and does not end before it begins.")
    field = "until_date"


class HandoverOverlaps(Refused):
    """Somebody already stands in on some of these days."""

    sentence = _("Somebody already stands in on some of these days. Please end that first.")
    field = "from_date"


class StandInElsewhere(Refused):
    """The stand-in belongs to another community or organisation."""

    sentence = _(
        "A stand-in works in the same community, or in the same company, and has an open account."
    )
    field = "stand_in"


class StandInAbsent(Refused):
    """The stand-in is on leave on some of these days: tasks would go on from hand to hand."""

    sentence = _("This person is on leave on some of these days. Please choose somebody else.")
    field = "stand_in"


class StandInForOthers(Refused):
    """Whoever goes on leave stands in for somebody else on some of these days."""

    sentence = _(
        "On some of these days this person stands in for somebody else. "
        "First find another stand-in there."
    )
    field = "from_date"


class LeaveNotYoursToArrange(NotEntitled):
    """It is arranged by oneself, or by whoever may give one's roles."""

    sentence = _("Leave is arranged by the person, or by the secretary.")


@transaction.atomic
def hand_over(
    *,
    absent_id: int,
    stand_in_id: int,
    from_date: date,
    until_date: date,
    actor: Actor,
    at: datetime,
    note: str = "",
) -> Handover:
    """Hand everything of `absent_id` to a stand-in from a day to a day, both included.

    :raises LeaveNotYoursToArrange: when it is neither one's own nor of somebody one may arrange.
    :raises HandoverDatesInvalid, HandoverOverlaps: for the days.
    :raises StandInElsewhere, StandInAbsent, StandInForOthers: for who stands in.
    """
    # Both rows in the order of their keys: two handovers that cross cannot both pass the checks.
    found = {
        account.pk: account
        for account in Account.objects.select_for_update()
        .filter(pk__in={absent_id, stand_in_id}, is_active=True)
        .order_by("pk")
    }
    absent = found.get(absent_id)
    if absent is None:
        raise NotFound
    today = queries.local_day(at=at)
    _must_be_theirs(absent_id=absent_id, actor=actor, today=today)
    if until_date < from_date or (from_date < today and not actor.is_system):
        raise HandoverDatesInvalid
    if stand_in_id == absent_id or stand_in_id not in found:
        raise StandInElsewhere
    _must_belong(absent_id=absent_id, stand_in_id=stand_in_id, today=today)
    running = Handover.objects.filter(
        ended_at__isnull=True, from_date__lte=until_date, until_date__gte=from_date
    )
    if running.filter(absent_id=absent_id).exists():
        raise HandoverOverlaps
    if running.filter(absent_id=stand_in_id).exists():
        raise StandInAbsent
    if running.filter(stand_in_id=absent_id).exists():
        raise StandInForOthers
    handover = Handover.objects.create(
        absent=absent,
        stand_in_id=stand_in_id,
        from_date=from_date,
        until_date=until_date,
        note=tidy(text=note)[:NOTE_LENGTH_MAX],
        made_by=actor.key,
    )
    _record(handover=handover, name=events.HANDED_OVER, actor=actor, at=at, today=today)
    return handover


@transaction.atomic
def end_handover(*, handover_id: int, actor: Actor, at: datetime) -> Handover:
    """End leave early: from this moment everything is its owner's again.

    The stand-in may not end it: then nobody would answer.

    :raises NotFound: when there is none, or it has ended.
    :raises LeaveNotYoursToArrange: when it is somebody else's to end.
    """
    today = queries.local_day(at=at)
    open_ones = Handover.objects.filter(
        pk=handover_id, ended_at__isnull=True, until_date__gte=today
    )
    handover = open_ones.select_related("absent").first()
    if handover is None:
        raise NotFound
    _must_be_theirs(absent_id=handover.absent_id, actor=actor, today=today)
    if not open_ones.update(ended_at=at):
        raise NotFound
    handover.ended_at = at
    _record(handover=handover, name=events.HANDOVER_ENDED, actor=actor, at=at, today=today)
    return handover


def _must_be_theirs(*, absent_id: int, actor: Actor, today: date) -> None:
    if absent_id == actor.account_id:
        return
    holdings = _own(absent_id, today)
    # A stand-in has the absent secretary's roles; that must not let them prolong it.
    if absent_id in actor.stands_in_for or not may_arrange(actor=actor, holdings=holdings):
        raise LeaveNotYoursToArrange


def _must_belong(*, absent_id: int, stand_in_id: int, today: date) -> None:
    """Refuse a stand-in who is not of every house that the absent person is of.

    Companies and the community are different houses, so nobody comes to check their own work.
    """
    houses = {held.spot.house for held in _own(absent_id, today)}
    theirs = {held.spot.house for held in _own(stand_in_id, today)}
    if not houses or not houses <= theirs:
        raise StandInElsewhere


def _own(account_id: int, today: date) -> list[Held]:
    return queries.holdings_of(account_id=account_id, on=today, by_proxy=False)


def _record(*, handover: Handover, name: str, actor: Actor, at: datetime, today: date) -> None:
    communities = {
        held.spot.community_id
        for held in _own(handover.absent_id, today)
        if held.spot.community_id is not None
    }
    record_of_account(
        account=handover.absent,
        name=name,
        actor=actor,
        at=at,
        community_id=min(communities, default=None),
        facts={
            "handover_id": handover.pk,
            "absent_id": handover.absent_id,
            "stand_in_id": handover.stand_in_id,
            "from": handover.from_date.isoformat(),
            "until": handover.until_date.isoformat(),
        },
    )
