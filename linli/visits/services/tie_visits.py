"""Regular visits that belong to a link: on its thread, due to whoever keeps it that day.

The link says who stands in and when it ends; the visits follow. So a year of a pairing, its
stand-ins and every call read as one story.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linli.core.actor import Actor, system
from linli.core.errors import NotFound
from linli.people import queries as people
from linli.people.models import Household
from linli.people.services import managed_tie
from linli.visits import events
from linli.visits.models import Cadence, CampaignKind, Visit
from linli.visits.services.cadences import (
    Distance,
    arrange,
    distance_of,
    end_rhythm,
    must_be_rhythm,
    tell_of_cadence,
)
from linli.visits.workflow import VisitState

_RULE = system(name="regular-visits")


@transaction.atomic
def set_visits_of_tie(
    *,
    tie_id: int,
    every: str,
    account_id: int,
    actor: Actor,
    at: datetime,
    distance: Distance | None = None,
) -> Cadence:
    """Let whom a link leads to be called on regularly, on the link's own thread.

    `account_id` calls, or writes down for a holder who has no account. What was arranged for the
    household before ends.

    :raises NotFound: when the link has ended, leads nowhere, or is not for this person.
    :raises TiesNotYours: when they only see it.
    :raises EveryUnknown, CallerUnknown, DistanceUnusable: for what was chosen.
    """
    tie = managed_tie(tie_id=tie_id, actor=actor, at=at)
    home = people.home_of_tie(tie=tie)
    if home is None:
        raise NotFound
    must_be_rhythm(community_id=tie.community_id, every=every, account_id=account_id, at=at)
    return arrange(
        household=home,
        every=every,
        account_id=account_id,
        trace=tie.trace,
        actor=actor,
        at=at,
        distance=distance,
    )


@transaction.atomic
def set_visits_of_holder(
    *,
    holder_id: int,
    every: str,
    account_id: int,
    actor: Actor,
    at: datetime,
    distance: Distance | None = None,
) -> int:
    """Let all to whom somebody's links lead be called on regularly; return how many are new.

    Households on which somebody calls regularly already stay as they are.

    :raises NotFound: when the holder is not this person's to manage.
    :raises EveryUnknown, CallerUnknown, DistanceUnusable: for what was chosen.
    """
    holder = people.get_tie_holder(actor=actor, holder_id=holder_id)
    must_be_rhythm(community_id=holder.community_id, every=every, account_id=account_id, at=at)
    total = 0
    for row in people.ties_of_holder(holder=holder, on=people.local_day(at=at)):
        home = people.home_of_tie(tie=row.tie)
        if home is None or _is_called_on(home):
            continue
        arrange(
            household=home,
            every=every,
            account_id=account_id,
            trace=row.tie.trace,
            actor=actor,
            at=at,
            distance=distance,
        )
        total += 1
    return total


def _is_called_on(home: Household) -> bool:
    return Cadence.objects.filter(
        household=home, ended_at=None, campaign__kind=CampaignKind.CADENCE
    ).exists()


@transaction.atomic
def give_calls_to_keeper(*, trace: UUID, at: datetime) -> int:
    """Give the call that is due on a link's thread to whoever keeps it today; return how many."""
    today = people.local_day(at=at)
    cadence = Cadence.objects.filter(trace=trace, ended_at=None).select_related("campaign").first()
    if cadence is None:
        return 0
    keeper = people.stand_in_of(trace=trace, on=today) or cadence.account_id
    due = Visit.objects.filter(
        trace=trace, campaign_id=cadence.campaign_id, state=VisitState.DUE
    ).exclude(account_id=keeper)
    total = due.update(account_id=keeper)
    if total:
        cadence.campaign.visitors.add(keeper)
    return total


def follow_stand_ins(*, at: datetime) -> int:
    """Let calls follow the stand-ins who begin today or ended yesterday; return how many did."""
    threads = people.threads_changing_hands(on=people.local_day(at=at))
    return sum(give_calls_to_keeper(trace=trace, at=at) for trace in threads)


@transaction.atomic
def end_visits_of_tie(*, trace: UUID, at: datetime) -> int:
    """End the regular visits of a link that ended, with the call that is due; return how many."""
    ended = 0
    for cadence in Cadence.objects.filter(trace=trace, ended_at=None):
        found = end_rhythm(household_id=cadence.household_id, at=at)
        if found is not None:
            tell_of_cadence(found, events.CADENCE_ENDED, _RULE, at)
            ended += 1
    return ended


@transaction.atomic
def follow_resident(*, resident_id: int, at: datetime) -> int:
    """Let the visits of links to somebody who moved go to their new door; return how many do."""
    moved = 0
    for tie in people.ties_leading_to(resident_id=resident_id):
        home = people.home_of_tie(tie=tie)
        rows = Cadence.objects.filter(trace=tie.trace, ended_at=None)
        cadence = rows.exclude(household=home).first()
        if cadence is None or home is None:
            continue
        end_rhythm(household_id=cadence.household_id, at=at)
        arrange(
            household=home,
            every=cadence.every,
            account_id=cadence.account_id,
            trace=tie.trace,
            actor=_RULE,
            at=at,
            distance=distance_of(cadence=cadence),
        )
        moved += 1
    return moved
