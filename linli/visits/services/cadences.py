"""Regular visits: a household called on every week, month or quarter by the same person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor, system
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.people import queries as people
from linli.people.models import Household
from linli.visits import events, queries
from linli.visits.models import STANDING, Cadence, CampaignKind, Visit
from linli.visits.services.rounds import RULE, fall_due_once, standing_campaign
from linli.visits.workflow import DAYS_APART_MOST, EVERY, Every, VisitState

_BATCH = 200


class CadenceNotYours(NotEntitled):
    """Somebody else keeps the roster there."""

    sentence = _("Regular visits are arranged by those who keep the roster of the place.")


class EveryUnknown(Invalid):
    """Not one of the choices."""

    sentence = _("Please choose how often.")
    field = "every"


class DistanceUnusable(Invalid):
    """No days, or the most lie before the least."""

    sentence = _(
        "Please enter how many days lie between two visits: at least 1, at most %(most)s, and the "
        "smaller number first."
    )
    field = "apart_least_days"


@dataclass(frozen=True, slots=True)
class Distance:
    """How many days lie between two visits, at least and at most."""

    least_days: int
    most_days: int


class CallerUnknown(Invalid):
    """Somebody who holds no role in the community."""

    sentence = _("Please choose who visits.")
    field = "account"


class SetMeanwhile(Refused):
    """Somebody else arranged it at the same moment."""

    sentence = _("Somebody else arranged this just now. Please look at what stands there.")


@transaction.atomic
def set_cadence(
    *,
    household_id: int,
    every: str,
    account_id: int,
    actor: Actor,
    at: datetime,
    distance: Distance | None = None,
) -> Cadence:
    """Let a household be called on regularly from today; what was arranged before ends.

    `distance` is for those who need a fixed one, with `every` SPACED, and for nobody else.

    :raises NotFound: when there is no such household, or not for this person.
    :raises CadenceNotYours: when this person only reads the roster there.
    :raises EveryUnknown: when it is no rhythm.
    :raises DistanceUnusable: when a fixed distance has no days.
    :raises CallerUnknown: when the visitor is none of the community's people.
    """
    household = _kept(household_id, actor)
    must_be_rhythm(community_id=household.community_id, every=every, account_id=account_id, at=at)
    return arrange(
        household=household,
        every=every,
        account_id=account_id,
        trace=None,
        actor=actor,
        at=at,
        distance=distance,
    )


@transaction.atomic
def end_cadence(*, household_id: int, actor: Actor, at: datetime) -> None:
    """End a household's regular visits; the call that was due is called off.

    :raises NotFound: when there are none.
    """
    household = _kept(household_id, actor)
    ended = end_rhythm(household_id=household.pk, at=at)
    if ended is None:
        raise NotFound
    tell_of_cadence(ended, events.CADENCE_ENDED, actor, at)


def fall_due(*, at: datetime) -> int:
    """Let the regular visits of the day fall due and return how many there were."""
    today = people.local_day(at=at)
    due = Cadence.objects.filter(ended_at=None, next_date__lte=today)
    fell = 0
    for cadence in due.select_related("campaign").order_by("next_date", "id")[:_BATCH]:
        with transaction.atomic():
            fell += fall_due_once(cadence=cadence, today=today, at=at)
    return fell


@transaction.atomic
def call_off_household(*, household_id: int, at: datetime) -> int:
    """Call off what is due on a household that is no longer there; return how many calls."""
    rule = system(name=RULE)
    for kind in STANDING:
        ended = end_rhythm(household_id=household_id, at=at, kind=kind)
        if ended is not None:
            tell_of_cadence(ended, events.CADENCE_ENDED, rule, at)
    due = Visit.objects.filter(household_id=household_id, state=VisitState.DUE)
    found = list(due.select_for_update(of=("self",)).select_related("campaign"))
    for visit in found:
        Visit.objects.filter(pk=visit.pk).update(state=VisitState.CANCELLED)
        record(
            name=events.CALLED_OFF,
            subject=Ref(kind=queries.VISIT, id=visit.pk),
            trace=visit.trace,
            actor=rule,
            at=at,
            community_id=visit.campaign.community_id,
            facts={"campaign_id": visit.campaign_id},
        )
    return len(found)


def _kept(household_id: int, actor: Actor) -> Household:
    household = people.get_household(actor=actor, household_id=household_id)
    if household.until_date is not None:
        raise NotFound
    if not people.may_keep_roster(actor=actor, row=household):
        raise CadenceNotYours
    return household


def must_be_rhythm(*, community_id: int, every: str, account_id: int, at: datetime) -> None:
    """Refuse what is no rhythm, and a caller who is none of the community's people.

    :raises EveryUnknown: when it is no rhythm.
    :raises CallerUnknown: when the visitor is none of the community's people.
    """
    if every not in EVERY:
        raise EveryUnknown
    known = queries.candidates_in(community_id=community_id, at=at)
    if account_id not in {one.pk for one in known}:
        raise CallerUnknown


def arrange(
    *,
    household: Household,
    every: str,
    account_id: int,
    trace: UUID | None,
    actor: Actor,
    at: datetime,
    distance: Distance | None = None,
) -> Cadence:
    """Begin a rhythm today in place of the one before, on a thread or on the one before's.

    :raises DistanceUnusable: when a fixed distance has no days.
    :raises SetMeanwhile: when somebody else did at the same moment.
    """
    apart = distance if every == Every.SPACED else None
    if every == Every.SPACED and not _is_usable(apart):
        raise DistanceUnusable(most=DAYS_APART_MOST)
    today = people.local_day(at=at)
    before = end_rhythm(household_id=household.pk, at=at)
    if before is not None and trace is not None and before.trace != trace:
        tell_of_cadence(before, events.CADENCE_ENDED, actor, at)  # Another thread goes on.
    campaign = standing_campaign(
        community_id=household.community_id, kind=CampaignKind.CADENCE, at=at
    )
    campaign.visitors.add(account_id)
    cadence = Cadence(
        household=household,
        campaign=campaign,
        account_id=account_id,
        every=every,
        since=today,
        next_date=today,
        apart_least_days=apart.least_days if apart else None,
        apart_most_days=apart.most_days if apart else None,
    )
    known = trace or (before.trace if before is not None else None)
    if known is not None:
        cadence.trace = known
    try:
        with transaction.atomic():
            cadence.save(force_insert=True)
    except IntegrityError as error:
        raise SetMeanwhile from error
    tell_of_cadence(cadence, events.CADENCE_SET, actor, at, every=every, account_id=account_id)
    fall_due_once(cadence=cadence, today=today, at=at)
    return cadence


def distance_of(*, cadence: Cadence) -> Distance | None:
    """Return the days between two visits of a rhythm that keeps them."""
    if cadence.apart_least_days is None or cadence.apart_most_days is None:
        return None
    return Distance(cadence.apart_least_days, cadence.apart_most_days)


def end_rhythm(
    *, household_id: int, at: datetime, kind: CampaignKind = CampaignKind.CADENCE
) -> Cadence | None:
    """End what is arranged for a household, with its due call; return it, or None."""
    rows = Cadence.objects.select_for_update(of=("self",)).select_related("campaign")
    cadence = rows.filter(household_id=household_id, ended_at=None, campaign__kind=kind).first()
    if cadence is None:
        return None
    Cadence.objects.filter(pk=cadence.pk).update(ended_at=at)
    Visit.objects.filter(
        campaign_id=cadence.campaign_id, household_id=household_id, state=VisitState.DUE
    ).update(state=VisitState.CANCELLED)
    return cadence


def _is_usable(distance: Distance | None) -> bool:
    return (
        distance is not None and 1 <= distance.least_days <= distance.most_days <= DAYS_APART_MOST
    )


def tell_of_cadence(
    cadence: Cadence, name: str, actor: Actor, at: datetime, **facts: object
) -> None:
    """Record what happened to a rhythm on its thread."""
    record(
        name=name,
        subject=Ref(kind=queries.CADENCE, id=cadence.pk),
        trace=cadence.trace,
        actor=actor,
        at=at,
        community_id=cadence.campaign.community_id,
        facts=facts,
    )
