"""Visits because somebody is in need: a rhythm that follows the register, and within 24 hours.

They belong to a restricted campaign of their own: that a household is called on says something of
who lives there.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor, system
from linli.core.errors import Invalid, NotEntitled, NotFound
from linli.core.events import record
from linli.core.ref import Ref
from linli.people import queries as people
from linli.people.models import Household, Tie
from linli.people.queries import Rhythm
from linli.visits import events, queries
from linli.visits.models import Cadence, Campaign, CampaignKind, Visit
from linli.visits.services.rounds import (
    begin_round,
    fall_due_once,
    keep_cause,
    standing_campaign,
    turn_after,
    workdays_at,
)
from linli.visits.workflow import CAUSES, WITHIN, VisitState

_RULE = "needs"
_BATCH = 200


class NotYoursToCall(NotEntitled):
    """Neither the roster's keeper nor entitled to know of needs there."""

    sentence = _("A call within 24 hours is asked for by those who keep the roster of the place.")


class CauseUnknown(Invalid):
    """None of the choices."""

    sentence = _("Please choose what happened.")
    field = "cause"


class NobodyInNeed(Invalid):
    """No household of these groups."""

    sentence = _("Nobody is in these groups at present, so nobody is called on.")
    field = "groups"


# --- The rhythm follows the register ----------------------------------------------------------


def follow_all_needs(*, at: datetime) -> int:
    """Let the visits of all communities follow their registers; return how many rhythms changed.

    Someone moves, two rows become one, a need ends with whoever left: whatever it was, the rhythms
    are compared with the register as it stands.
    """
    followed = Campaign.objects.filter(kind=CampaignKind.PRIORITY)
    known = {*people.communities_with_needs(), *followed.values_list("community_id", flat=True)}
    return sum(follow_needs(community_id=key, at=at) for key in sorted(known))


@transaction.atomic
def follow_needs(*, community_id: int, at: datetime) -> int:
    """Let households be called on as the register of needs says; return how many changed."""
    wanted = people.rhythms_in(community_id=community_id)
    rows = Campaign.objects.filter(community_id=community_id, kind=CampaignKind.PRIORITY)
    campaign = rows.select_for_update().first()
    if campaign is None:
        if not wanted:
            return 0
        campaign = standing_campaign(community_id=community_id, kind=CampaignKind.PRIORITY, at=at)
    cadences = Cadence.objects.filter(campaign=campaign, ended_at=None)
    standing = {one.household_id: one for one in cadences.select_related("campaign")}
    changed = 0
    for household_id in sorted(wanted.keys() | standing.keys()):
        before, rhythm = standing.get(household_id), wanted.get(household_id)
        if rhythm is None:
            assert before is not None, "it came from one of the two"
            _end(before, at)
        elif before is None or (before.every, before.account_id) != (
            rhythm.every,
            rhythm.account_id,
        ):
            _begin(campaign, before, rhythm, at)
        else:
            continue
        changed += 1
    return changed


def _end(cadence: Cadence, at: datetime) -> None:
    """End a rhythm and its due call; a call for what happened there is made all the same."""
    Cadence.objects.filter(pk=cadence.pk, ended_at=None).update(ended_at=at)
    due = Visit.objects.filter(campaign=cadence.campaign_id, household=cadence.household_id)
    due.filter(state=VisitState.DUE, due_by=None).update(state=VisitState.CANCELLED)
    _tell(cadence, events.CADENCE_ENDED, at)


def _begin(campaign: Campaign, before: Cadence | None, rhythm: Rhythm, at: datetime) -> None:
    """Let a rhythm begin, or take the place of another on its thread: one turn after its call."""
    today = people.local_day(at=at)
    calls = Visit.objects.filter(campaign=campaign, household=rhythm.household_id, stands=True)
    last = calls.first()
    cadence = Cadence(
        household_id=rhythm.household_id,
        campaign=campaign,
        account_id=rhythm.account_id,
        every=rhythm.every,
        since=today if last is None else last.due_date,
        next_date=today,
    )
    if before is not None:
        Cadence.objects.filter(pk=before.pk, ended_at=None).update(ended_at=at)
        cadence.trace = before.trace
        if last is not None:
            turn = turn_after(cadence=cadence, after=last.due_date, is_workday=workdays_at(at=at))
            cadence.next_date = max(today, turn)
    cadence.save(force_insert=True)
    campaign.visitors.add(rhythm.account_id)
    calls.filter(state=VisitState.DUE).update(account_id=rhythm.account_id)
    _tell(cadence, events.CADENCE_SET, at, every=rhythm.every, account_id=rhythm.account_id)
    if cadence.next_date <= today:
        fall_due_once(cadence=cadence, today=today, at=at)


# --- Within 24 hours --------------------------------------------------------------------------


@transaction.atomic
def call_within_a_day(*, household_id: int, cause: str, actor: Actor, at: datetime) -> Visit:
    """Ask for a call within 24 hours of what happened, by whoever answers for the household.

    A call that waits there already is brought forward.

    :raises NotFound: when there is no such household, or not for this person.
    :raises NotYoursToCall: when this person only reads the roster there.
    :raises CauseUnknown: when it is none of the choices.
    """
    household = people.get_household(actor=actor, household_id=household_id)
    if household.until_date is not None:
        raise NotFound
    if not queries.may_call_soon(actor=actor, household=household):
        raise NotYoursToCall
    if cause not in CAUSES:
        raise CauseUnknown
    account_id = _who_answers(household, actor, at)
    return _call_soon(household.pk, household.community_id, account_id, cause, actor, at)


@transaction.atomic
def call_on_groups(
    *, community_id: int, group_ids: Collection[int], cause: str, actor: Actor, at: datetime
) -> int:
    """Ask for a call within 24 hours on everybody of some groups; return on how many households.

    :raises NotYoursToCall: when this person does not keep the register of needs.
    :raises CauseUnknown: when it is none of the choices.
    :raises NobodyInNeed: when no group is chosen, or there is nobody in them.
    """
    if not people.manages_needs(actor=actor, community_id=community_id):
        raise NotYoursToCall
    if cause not in CAUSES:
        raise CauseUnknown
    groups = {one.pk for one in people.list_need_groups(community_ids=[community_id])}
    chosen = groups & set(group_ids)
    found = people.answering_for(community_id=community_id, group_ids=chosen) if chosen else {}
    if not found:
        raise NobodyInNeed
    for household_id, account_id in sorted(found.items()):
        _call_soon(household_id, community_id, account_id, cause, actor, at)
    return len(found)


def tell_of_late_calls(*, at: datetime) -> int:
    """Say of calls that nobody made within 24 hours that they are late; return how many."""
    rows = Visit.objects.filter(state=VisitState.DUE, due_by__lte=at, late_at=None)
    told = 0
    for visit in rows.select_related("campaign").order_by("due_by", "id")[:_BATCH]:
        with transaction.atomic():
            mine = Visit.objects.filter(pk=visit.pk, state=VisitState.DUE, late_at=None)
            if mine.update(late_at=at):
                _tell_visit(visit, events.CALL_LATE, system(name=_RULE), at)
                told += 1
    return told


def _call_soon(
    household_id: int, community_id: int, account_id: int, cause: str, actor: Actor, at: datetime
) -> Visit:
    campaign = standing_campaign(community_id=community_id, kind=CampaignKind.PRIORITY, at=at)
    Campaign.objects.select_for_update().get(pk=campaign.pk)  # Two who ask at once make one call.
    today, due_by = people.local_day(at=at), at + WITHIN
    calls = Visit.objects.filter(campaign=campaign, household=household_id)
    visit = calls.filter(state=VisitState.DUE).first()
    if visit is None:
        last = calls.order_by("id").last()
        visit = begin_round(
            campaign=campaign,
            household_id=household_id,
            account_id=account_id,
            due_date=today,
            trace=None if last is None else last.trace,
        )
    soonest = min(visit.due_by, due_by) if visit.due_by and visit.due_by > at else due_by
    Visit.objects.filter(pk=visit.pk).update(
        account_id=account_id, due_date=today, due_by=soonest, window="", late_at=None
    )
    keep_cause(visit=visit, cause=cause)
    visit.refresh_from_db()
    campaign.visitors.add(account_id)
    facts = {"account_id": account_id, "due_by": soonest.isoformat()}
    _tell_visit(visit, events.CALLED_SOON, actor, at, **facts)
    return visit


def _who_answers(household: Household, actor: Actor, at: datetime) -> int:
    """Return who answers for a household: by a need, a tie, a rhythm, the grid; else who asks."""
    known = {one.pk for one in queries.candidates_in(community_id=household.community_id, at=at)}
    needs = people.answering_for(community_id=household.community_id, household_id=household.pk)
    ties = Tie.objects.filter(
        Q(household=household) | Q(resident__household=household),
        until_date=None,
        holder__account__isnull=False,
    )
    # A pairing before a contact link: it is for one person, and for their sake.
    linked = ties.order_by(F("resident_id").asc(nulls_last=True), "id")
    rhythms = Cadence.objects.filter(household=household, ended_at=None).order_by("-id")
    place = {
        "community_id": household.community_id,
        "large_grid_id": household.large_grid_id,
        "grid_id": household.grid_id,
        "micro_grid_id": household.micro_grid_id,
        "building_id": household.building_id,
    }
    grid = people.Answering(places=[place], at=at).holders(role="GRID_WORKER", place=place)
    in_order = [
        *needs.values(),
        *linked.values_list("holder__account_id", flat=True),
        *rhythms.values_list("account_id", flat=True),
        *sorted(grid),
        actor.account_id,
    ]
    found = next((key for key in in_order if key in known), None)
    if found is None:
        raise NotYoursToCall
    return found


def _tell(cadence: Cadence, name: str, at: datetime, **facts: object) -> None:
    record(
        name=name,
        subject=Ref(kind=queries.CADENCE, id=cadence.pk),
        trace=cadence.trace,
        actor=system(name=_RULE),
        at=at,
        community_id=cadence.campaign.community_id,
        facts=facts,
    )


def _tell_visit(visit: Visit, name: str, actor: Actor, at: datetime, **facts: object) -> None:
    record(
        name=name,
        subject=Ref(kind=queries.VISIT, id=visit.pk),
        trace=visit.trace,
        actor=actor,
        at=at,
        community_id=visit.campaign.community_id,
        facts=facts,
    )
