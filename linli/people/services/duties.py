"""The duty roster: who takes what comes in outside office hours."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.people import events, queries
from linli.people.models import Account, Duty
from linli.people.services._recording import thread_of
from linli.people.workflow import HANDLER_ROLES, keeps_registers
from linli.territory.models import Area, Level

LONGEST = timedelta(days=8)
"""A holiday's duty is the longest: Spring Festival has eight days off."""


class DutyTimesInvalid(Invalid):
    """It would end before it begins, is over already, or lasts longer than any holiday."""

    sentence = _("Duty ends after it begins, not in the past, and lasts at most eight days.")
    field = "ends_at"


class DutyOverlaps(Refused):
    """The same person already has duty there at that time."""

    sentence = _("This person already has duty here at that time.")
    field = "starts_at"


class NotOfThisCommunity(Refused):
    """Orders at night go to the community's own people."""

    sentence = _("Only somebody who works in this community can be on duty here.")
    field = "account"


class RosterNotYours(NotEntitled):
    """The roster is kept by the community's office."""

    sentence = _("The duty roster is kept by the community's office.")


@transaction.atomic
def set_duty(
    *,
    area_id: int,
    account_id: int,
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
    at: datetime,
) -> Duty:
    """Put somebody on duty for an area from a moment to a moment.

    :raises NotFound: when the area is none of a community, or has ended.
    :raises RosterNotYours: when the actor does not keep this roster.
    :raises DutyTimesInvalid, DutyOverlaps, NotOfThisCommunity: for what was chosen.
    """
    area = Area.objects.filter(pk=area_id, ended_at__isnull=True).first()
    community_id = None if area is None else _community_of(area)
    if area is None or community_id is None:
        raise NotFound
    if not keeps_registers(actor=actor, community_id=community_id):
        raise RosterNotYours
    if ends_at <= starts_at or ends_at - starts_at > LONGEST:
        raise DutyTimesInvalid
    if ends_at <= at and not actor.is_system:
        raise DutyTimesInvalid
    account = Account.objects.select_for_update().filter(pk=account_id, is_active=True).first()
    if account is None or not _works_in(account_id, community_id, at):
        raise NotOfThisCommunity
    taken = Duty.objects.filter(
        area=area, account=account, starts_at__lt=ends_at, ends_at__gt=starts_at
    )
    if taken.exists():
        raise DutyOverlaps
    duty = Duty.objects.create(
        area=area, account=account, starts_at=starts_at, ends_at=ends_at, set_by=actor.key
    )
    _record(duty=duty, name=events.DUTY_SET, actor=actor, at=at, community_id=community_id)
    return duty


@transaction.atomic
def end_duty(*, duty_id: int, actor: Actor, at: datetime) -> None:
    """Take a duty off the roster; one that has begun ends now, so that what was stays true.

    :raises NotFound: when there is none, or it is over.
    :raises RosterNotYours: when the actor does not keep this roster.
    """
    duty = (
        Duty.objects.select_for_update(of=("self",))
        .select_related("area")
        .filter(pk=duty_id, ends_at__gt=at)
        .first()
    )
    if duty is None:
        raise NotFound
    community_id = _community_of(duty.area)
    if community_id is None or not keeps_registers(actor=actor, community_id=community_id):
        raise RosterNotYours
    _record(duty=duty, name=events.DUTY_ENDED, actor=actor, at=at, community_id=community_id)
    if duty.starts_at >= at:
        duty.delete()
    else:
        duty.ends_at = at
        duty.save(update_fields=["ends_at"])


def _community_of(area: Area) -> int | None:
    return area.pk if area.level == Level.COMMUNITY else area.community_id


def _works_in(account_id: int, community_id: int, at: datetime) -> bool:
    holdings = queries.holdings_of(
        account_id=account_id, on=queries.local_day(at=at), by_proxy=False
    )
    return any(
        held.spot.community_id == community_id and held.role not in HANDLER_ROLES
        for held in holdings
    )


def _record(*, duty: Duty, name: str, actor: Actor, at: datetime, community_id: int) -> None:
    subject = Ref(kind="people.duty", id=duty.pk)
    record(
        name=name,
        subject=subject,
        trace=thread_of(subject=subject),
        actor=actor,
        at=at,
        community_id=community_id,
        facts={
            "area_id": duty.area_id,
            "account_id": duty.account_id,
            "starts_at": duty.starts_at.isoformat(),
            "ends_at": duty.ends_at.isoformat(),
        },
    )
