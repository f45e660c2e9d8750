"""A forum's regular days: which are coming, and which ask for a decision.

A regular day on a public holiday is neither held nor left out by itself: somebody decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from linli.core.actor import Actor
from linli.core.calendars import calendar_at, years_at
from linli.core.clocks import SHANGHAI, WorkCalendar
from linli.deliberation.models import CalendarDecision, Forum, Meeting
from linli.deliberation.queries.access import forums_open_to, may_run
from linli.deliberation.workflow import MeetingState, Rhythm, days_of, rhythm_read
from linli.people.queries import local_day

COMING_DAYS = 100
"""How far a list of regular days looks ahead: a quarter, with room for a holiday."""

USUAL_HOUR = time(19)
"""When a meeting begins where no rhythm says it."""

_SATURDAY = 5
_OCTOBER, _GOLDEN_DAYS = 10, 7


@dataclass(frozen=True, slots=True)
class RegularDay:
    """One regular day of a forum, and what is known of it; without a rhythm any other day off.

    `off` says why people are free that day, "" on every other day; `is_off` also where nobody says.
    """

    forum: Forum
    day: date
    rhythm: Rhythm | None
    is_off: bool
    off: str
    decision: CalendarDecision | None
    meeting: Meeting | None

    @property
    def is_regular(self) -> bool:
        """Tell whether the forum's calendar names it."""
        return self.rhythm is not None

    @property
    def asks(self) -> bool:
        """Tell whether somebody has to decide before a meeting can be planned."""
        return self.is_off and self.decision is None and self.meeting is None

    @property
    def is_left_out(self) -> bool:
        """Tell whether it was decided that there is no meeting."""
        return self.decision is not None and self.decision.held_on is None

    @property
    def held_on(self) -> date:
        """Return the day on which the meeting is held instead, or this one."""
        if self.decision is not None and self.decision.held_on is not None:
            return self.decision.held_on
        return self.day

    @property
    def is_moved(self) -> bool:
        """Tell whether another day was chosen."""
        return self.held_on != self.day

    @property
    def waits(self) -> bool:
        """Tell whether a meeting can be planned now."""
        return not (self.asks or self.is_left_out or self.meeting is not None)

    @property
    def starts_at(self) -> datetime:
        """Return when a meeting of this day begins, unless somebody says otherwise."""
        begins = self.rhythm.at if self.rhythm is not None else USUAL_HOUR
        return datetime.combine(self.held_on, begins, SHANGHAI)


def regular_days(*, forum: Forum, first: date, last: date, at: datetime) -> list[RegularDay]:
    """Return the regular days of a forum from a day to a day, with what was decided of them.

    Days of years that no calendar covers yet are left out.
    """
    rhythm = rhythm_read(forum.rhythm)
    if rhythm is None:
        return []
    years, calendar = years_at(at=at), calendar_at(at=at)
    last = min(last, date(max(years), 12, 31))
    days = [day for day in days_of(rhythm=rhythm, first=first, last=last) if day.year in years]
    decisions = {one.day: one for one in CalendarDecision.objects.filter(forum=forum, day__in=days)}
    rows = Meeting.objects.filter(forum=forum, regular_day__in=days)
    meetings = {one.regular_day: one for one in rows.exclude(state=MeetingState.CANCELLED)}
    return [
        RegularDay(
            forum=forum,
            day=day,
            rhythm=rhythm,
            is_off=is_day_off(day=day, calendar=calendar),
            off=calendar.holiday_name(day) or "",
            decision=decisions.get(day),
            meeting=meetings.get(day),
        )
        for day in days
    ]


def is_day_off(*, day: date, calendar: WorkCalendar) -> bool:
    """Tell whether people are free that day because of a holiday, or because an office said so.

    A weekend is what the forum chose. The holidays of a year whose notice is not out yet are known
    in part only: 1 to 7 October have been free in every notice.

    Source: rules.md, "Deliberation" (2026-01-02, 2026-05-01, every first Friday of October).
    """
    if calendar.holiday_name(day) is not None:
        return True
    if day.weekday() < _SATURDAY and not calendar.is_workday(day):
        return True
    is_golden = day.month == _OCTOBER and day.day <= _GOLDEN_DAYS
    return is_golden and calendar.is_provisional(day.year)


def regular_day(*, forum: Forum, day: date, at: datetime) -> RegularDay | None:
    """Return one regular day of a forum; None when that day is none."""
    found = regular_days(forum=forum, first=day, last=day, at=at)
    return found[0] if found else None


def day_to_decide(*, forum: Forum, day: date, at: datetime) -> RegularDay | None:
    """Return a day of which somebody may decide: a regular one, or any other day off.

    None when it is neither, or of a year that no calendar covers yet.
    """
    found = regular_day(forum=forum, day=day, at=at)
    calendar = calendar_at(at=at)
    if found is not None or day.year not in years_at(at=at):
        return found
    if not is_day_off(day=day, calendar=calendar):
        return None
    return RegularDay(
        forum=forum,
        day=day,
        rhythm=None,
        is_off=True,
        off=calendar.holiday_name(day) or "",
        decision=CalendarDecision.objects.filter(forum=forum, day=day).first(),
        meeting=None,
    )


def coming_days(
    *, actor: Actor, at: datetime, forums: Sequence[Forum] | None = None
) -> list[RegularDay]:
    """Return the coming regular days of the forums that this person runs, the nearest first."""
    if forums is None:
        rows = forums_open_to(actor=actor).filter(ended_at=None).exclude(rhythm={})
        forums = [one for one in rows if may_run(actor=actor, community_id=one.community_id)]
    first = local_day(at=at)
    found = [
        day
        for forum in forums
        for day in regular_days(
            forum=forum, first=first, last=first + timedelta(days=COMING_DAYS), at=at
        )
    ]
    return sorted(found, key=lambda one: (one.day, one.forum.pk))
