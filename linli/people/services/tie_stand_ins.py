"""A link handed to a stand-in for a time: its holder stays the same, and so does its story."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound, Refused
from linli.people import events
from linli.people.models import Tie, TieStandIn
from linli.people.services.households import ChangedMeanwhile
from linli.people.services.tie_records import tell_of_tie
from linli.people.services.ties import managed_tie, somebody_here

DAYS_MOST = 366


class StandInDatesInvalid(Invalid):
    """It would end before it begins, or before the link began."""

    sentence = _("A stand-in begins after the link began, and does not end before they begin.")
    field = "until_date"


class StandInTooLong(Invalid):
    """Whoever keeps a link for years holds it."""

    sentence = _(
        "Somebody stands in for %(most)s days at most. For longer, please name them as the holder "
        "of the link."
    )
    field = "until_date"


class StandInThere(Refused):
    """Somebody stands in on some of these days."""

    sentence = _("Somebody stands in for this link on some of these days. Please end that first.")
    field = "from_date"


class StandInUnknown(Invalid):
    """Nobody of the community, or the holder."""

    sentence = _("Please choose somebody of the community who does not hold the link already.")
    field = "account"


@transaction.atomic
def hand_tie_over(
    *,
    tie_id: int,
    from_date: date,
    until_date: date,
    actor: Actor,
    at: datetime,
    account_id: int | None = None,
    resident_id: int | None = None,
) -> TieStandIn:
    """Let somebody keep a link from a day to a day; then it is its holder's again.

    :raises StandInDatesInvalid: when the days cannot be.
    :raises StandInTooLong: when it would last for more than a year.
    :raises StandInThere: when somebody stands in on some of them.
    :raises StandInUnknown: when it is nobody of the community, or the holder.
    """
    tie = managed_tie(tie_id=tie_id, actor=actor, at=at)
    try:
        who = somebody_here(
            community_id=tie.community_id, account_id=account_id, resident_id=resident_id
        )
    except NotFound as error:
        raise StandInUnknown from error
    holder, target = tie.holder, who.get("resident")
    if who.get("account") == holder.account and who.get("resident") == holder.resident:
        raise StandInUnknown
    if target is not None and target.pk == tie.resident_id:
        raise StandInUnknown
    if from_date < tie.from_date or until_date < from_date:
        raise StandInDatesInvalid
    if (until_date - from_date).days >= DAYS_MOST:
        raise StandInTooLong(most=DAYS_MOST)
    # The row is locked by moving its version: of two who hand over at once, one goes first.
    if not Tie.objects.filter(pk=tie.pk, until_date=None).update(version=F("version") + 1):
        raise ChangedMeanwhile
    there = tie.stand_ins.filter(ended_at=None, from_date__lte=until_date)
    if there.filter(until_date__gte=from_date).exists():
        raise StandInThere
    stand_in = TieStandIn.objects.create(
        tie=tie, from_date=from_date, until_date=until_date, made_by=actor.key, **who
    )
    tell_of_tie(
        tie=tie,
        name=events.TIE_HANDED_OVER,
        actor=actor,
        at=at,
        stand_in_kind=next(iter(who)),
        from_date=from_date.isoformat(),
        until_date=until_date.isoformat(),
    )
    return stand_in


@transaction.atomic
def end_tie_stand_in(*, stand_in_id: int, actor: Actor, at: datetime) -> TieStandIn:
    """End a stand-in before the day: the link is its holder's again at once."""
    stand_in = TieStandIn.objects.filter(pk=stand_in_id).first()
    if stand_in is None:
        raise NotFound
    tie = managed_tie(tie_id=stand_in.tie_id, actor=actor, at=at)
    if not TieStandIn.objects.filter(pk=stand_in.pk, ended_at=None).update(ended_at=at):
        raise ChangedMeanwhile
    Tie.objects.filter(pk=tie.pk).update(version=F("version") + 1)
    tell_of_tie(tie=tie, name=events.TIE_STAND_IN_ENDED, actor=actor, at=at)
    stand_in.refresh_from_db()
    return stand_in
