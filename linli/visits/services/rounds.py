"""What has no end: the campaign that a community's regular visits belong to, and its rounds."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import Max
from django.utils.translation import gettext, override

from linli.core import crypto
from linli.core.actor import system
from linli.core.calendars import calendar_at
from linli.core.clocks import OutsideCalendar
from linli.core.events import record
from linli.core.ref import Ref
from linli.people import queries as people
from linli.visits import events, queries
from linli.visits.models import Cadence, Campaign, CampaignKind, Visit
from linli.visits.services.publishing import first_form
from linli.visits.workflow import (
    CampaignState,
    Every,
    IsWorkday,
    VisitState,
    next_turn,
    on_workday,
    spaced_turn,
    weekday_worked,
)

RULE = "regular-visits"
_NO_END = date(9999, 12, 31)


def workdays_at(*, at: datetime) -> IsWorkday:
    """Return how to tell whether a day is worked: official holidays and swapped days included.

    Years for which there is no calendar yet go by the week.
    """
    calendar = calendar_at(at=at)

    def is_workday(day: date) -> bool:
        try:
            return calendar.is_workday(day)
        except OutsideCalendar:
            return weekday_worked(day)

    return is_workday


def standing_campaign(*, community_id: int, kind: CampaignKind, at: datetime) -> Campaign:
    """Return the campaign without an end to which a community's regular visits belong."""
    campaign, _made = Campaign.objects.get_or_create(
        community_id=community_id,
        kind=kind,
        defaults={
            "name": _name(),
            "form_version": first_form(community_id=community_id, at=at),
            "from_date": people.local_day(at=at),
            "until_date": _NO_END,
            "visits_per_day": 1,
            "state": CampaignState.RUNNING,
            "created_at": at,
        },
    )
    return campaign


def turn_after(*, cadence: Cadence, after: date, is_workday: IsWorkday) -> date:
    """Return when a rhythm's next call falls due after a day; holidays move it a little."""
    if cadence.every == Every.SPACED:
        assert cadence.apart_least_days is not None, "the database says so"
        assert cadence.apart_most_days is not None, "the database says so"
        return spaced_turn(
            after=after,
            least=cadence.apart_least_days,
            most=cadence.apart_most_days,
            is_workday=is_workday,
        )
    day = next_turn(since=cadence.since, every=cadence.every, after=after)
    following = next_turn(since=cadence.since, every=cadence.every, after=day)
    return on_workday(day=day, before=following, is_workday=is_workday)


def begin_round(
    *,
    campaign: Campaign,
    household_id: int,
    account_id: int,
    due_date: date,
    trace: UUID | None = None,
) -> Visit:
    """Let a call of a new round stand; the one before it that nobody made is missed."""
    calls = Visit.objects.filter(campaign=campaign, household_id=household_id)
    calls.filter(state=VisitState.DUE).update(state=VisitState.MISSED)
    calls.filter(stands=True).update(stands=False)
    last = calls.aggregate(last=Max("round"))["last"] or 0
    return Visit.objects.create(
        campaign=campaign,
        household_id=household_id,
        form_version_id=campaign.form_version_id,
        account_id=account_id,
        due_date=due_date,
        position=household_id % 2**31,
        round=last + 1,
        state=VisitState.DUE,
        trace=trace or uuid4(),
    )


def fall_due_once(*, cadence: Cadence, today: date, at: datetime) -> int:
    """Let one call of a rhythm fall due; return how many did."""
    following = _unless_made(cadence, today, at)
    mine = Cadence.objects.filter(pk=cadence.pk, next_date=cadence.next_date, ended_at=None)
    if not mine.update(next_date=following):
        return 0  # Another worker was faster, or it ended.
    waiting = Visit.objects.filter(
        campaign=cadence.campaign_id,
        household=cadence.household_id,
        state=VisitState.DUE,
        due_by__gt=at,
    )
    if waiting.exists():
        return 0  # Somebody is on the way already, because of what happened there.
    keeper = people.stand_in_of(trace=cadence.trace, on=today)
    if keeper is not None:
        cadence.campaign.visitors.add(keeper)
    visit = begin_round(
        campaign=cadence.campaign,
        household_id=cadence.household_id,
        account_id=keeper or cadence.account_id,
        due_date=today,
        trace=cadence.trace,
    )
    record(
        name=events.FELL_DUE,
        subject=Ref(kind=queries.VISIT, id=visit.pk),
        trace=visit.trace,
        actor=system(name=RULE),
        at=at,
        community_id=cadence.campaign.community_id,
        facts={"due_date": today.isoformat(), "round": visit.round},
    )
    return 1


def keep_cause(*, visit: Visit, cause: str) -> None:
    """Keep beside a call what happened there; sealed, for it may say how somebody is."""
    sealed = crypto.seal(value=cause, field=queries.CAUSE_FIELD, row=str(visit.row_key))
    Visit.objects.filter(pk=visit.pk).update(cause_sealed=sealed)


def keep_distance(*, visit: Visit, day: date, at: datetime) -> None:
    """Let the next call at a fixed distance be counted from a visit that was made."""
    rows = Cadence.objects.filter(household=visit.household_id, every=Every.SPACED, ended_at=None)
    for cadence in rows:
        turn = turn_after(cadence=cadence, after=day, is_workday=workdays_at(at=at))
        Cadence.objects.filter(pk=cadence.pk, ended_at=None).update(next_date=turn)


def _unless_made(cadence: Cadence, today: date, at: datetime) -> date:
    """Return when a rhythm falls due anew if nobody makes the call that falls due today."""
    if cadence.every == Every.SPACED:
        # From the least to the most days there is time; a visit moves the next one anew.
        spare = (cadence.apart_most_days or 0) - (cadence.apart_least_days or 0)
        return today + timedelta(days=spare + 1)
    return turn_after(cadence=cadence, after=today, is_workday=workdays_at(at=at))


def _name() -> str:
    """Return what residents are told; like every name it is the office's, in Chinese."""
    with override("zh-hans"):
        return gettext("Regular visits")
