"""Times and numbers as people say them: “3 hours left”, “yesterday 16:20”, “1,000+”."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.core.calendars import calendar_at
from linli.core.clocks import SHANGHAI, Clock, OutsideCalendar, last_day, remaining
from linli.matters import queries

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_SOON_SECONDS = 4 * _HOUR


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit in words. `mood` is late, soon, calm or still (the clock does not run)."""

    text: str
    mood: str
    due: datetime | None
    # The year's swapped days are not known yet, so the deadline may still be reckoned otherwise.
    is_provisional: bool = False


def time_limit(
    *, due: datetime | None, at: datetime, clock: str = "", is_paused: bool = False
) -> Limit:
    """Say what is left until `due`, in the unit of its clock.

    Without a clock, or outside the years of the calendar, time simply passes.
    """
    if due is None:
        return Limit(text=_("No time limit"), mood="still", due=None)
    if is_paused:
        return Limit(text=_("Clock paused"), mood="still", due=due)
    if at > due:
        return Limit(text=_late(due=due, at=at), mood="late", due=due)
    mood = "soon" if (due - at).total_seconds() < _SOON_SECONDS else "calm"
    days = _days_left(due=due, at=at)
    try:
        text, mood = _left(due=due, at=at, clock=clock, days=days, mood=mood)
    except OutsideCalendar:
        text = _plain(due=due, at=at, days=days)
    return Limit(
        text=text, mood=mood, due=due, is_provisional=_is_provisional(due=due, at=at, clock=clock)
    )


def _is_provisional(*, due: datetime, at: datetime, clock: str) -> bool:
    """Tell whether a deadline of a working clock lies in a year without an official notice."""
    year = due.astimezone(SHANGHAI).year
    is_working = clock in (Clock.WORKING_DAYS, Clock.WORKING_HOURS)
    return is_working and calendar_at(at=at).is_provisional(year)


def _left(*, due: datetime, at: datetime, clock: str, days: int, mood: str) -> tuple[str, str]:
    if clock == Clock.WORKING_DAYS and days > 0:
        left = remaining(clock=Clock.WORKING_DAYS, due=due, at=at, calendar=calendar_at(at=at))
        if left:  # A deadline from elsewhere may fall on a day off: then days simply pass.
            return _working_days(left), mood
    if clock == Clock.WORKING_HOURS:
        seconds = remaining(clock=Clock.WORKING_HOURS, due=due, at=at, calendar=calendar_at(at=at))
        if seconds:
            return _working_hours(seconds), "soon" if seconds < _SOON_SECONDS else mood
    return _plain(due=due, at=at, days=days), "soon" if days == 0 else mood


def _plain(*, due: datetime, at: datetime, days: int) -> str:
    seconds = int((due - at).total_seconds())
    if seconds < _HOUR:
        return _minutes_left(seconds)
    if seconds < _DAY:
        hours = seconds // _HOUR
        return ngettext("%(n)s hour left", "%(n)s hours left", hours) % {"n": hours}
    return ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days}


def _working_days(days: int) -> str:
    return ngettext("%(n)s working day left", "%(n)s working days left", days) % {"n": days}


def _working_hours(seconds: int) -> str:
    if seconds < _HOUR:
        return _minutes_left(seconds)
    hours = seconds // _HOUR
    return ngettext("%(n)s working hour left", "%(n)s working hours left", hours) % {"n": hours}


def _minutes_left(seconds: int) -> str:
    minutes = max(1, seconds // _MINUTE)
    return ngettext("%(n)s minute left", "%(n)s minutes left", minutes) % {"n": minutes}


def _late(*, due: datetime, at: datetime) -> str:
    seconds = int((at - due).total_seconds())
    if seconds < _HOUR:
        minutes = max(1, seconds // _MINUTE)
        return ngettext("%(n)s minute late", "%(n)s minutes late", minutes) % {"n": minutes}
    if seconds < _DAY:
        hours = seconds // _HOUR
        return ngettext("%(n)s hour late", "%(n)s hours late", hours) % {"n": hours}
    days = seconds // _DAY
    return ngettext("%(n)s day late", "%(n)s days late", days) % {"n": days}


def amount(*, clock: str, amount: int) -> str:
    """Say how much of a clock's time: 3 working days."""
    words = {
        Clock.EMERGENCY_HOURS: ngettext("%(n)s hour", "%(n)s hours", amount),
        Clock.WORKING_HOURS: ngettext("%(n)s working hour", "%(n)s working hours", amount),
        Clock.WORKING_DAYS: ngettext("%(n)s working day", "%(n)s working days", amount),
        Clock.CALENDAR_DAYS: ngettext("%(n)s day", "%(n)s days", amount),
    }
    return words[Clock(clock)] % {"n": amount}


def _days_left(*, due: datetime, at: datetime) -> int:
    return (last_day(due=due) - at.astimezone(SHANGHAI).date()).days


def moment(*, when: datetime, at: datetime) -> str:
    """Say when something was or will be: the nearer, the more exactly in words."""
    local, today = when.astimezone(SHANGHAI), at.astimezone(SHANGHAI).date()
    clock_time = local.strftime("%H:%M")
    age = at - when
    if age < timedelta(0) and clock_time == "00:00":
        # What is due at the end of a day is due on that day, not on the next.
        local, clock_time = local - timedelta(days=1), "24:00"
    if timedelta(0) <= age < timedelta(minutes=1):
        return _("just now")
    if timedelta(0) <= age < timedelta(hours=1):
        minutes = int(age.total_seconds()) // _MINUTE
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", minutes) % {"n": minutes}
    near = {0: _("today"), 1: _("yesterday"), -1: _("tomorrow")}.get((today - local.date()).days)
    if near is not None:
        return _("%(day)s %(time)s") % {"day": near, "time": clock_time}
    return _("%(day)s %(time)s") % {
        "day": day(when=local.date(), today=today),
        "time": clock_time,
    }


def day(*, when: date, today: date) -> str:
    """Write a day without its year when it is this year's."""
    return formats.date_format(when, _("N j") if when.year == today.year else _("N j, Y"))


def exact(*, when: datetime) -> str:
    """Write a moment for whoever needs it to the minute."""
    return when.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def exact_deadline(*, when: datetime) -> str:
    """Write a deadline to the minute; the end of a day is that day's 24:00."""
    local = when.astimezone(SHANGHAI)
    if (local.hour, local.minute) == (0, 0):
        return (local - timedelta(days=1)).strftime("%Y-%m-%d 24:00")
    return exact(when=when)


def figure(count: int | None) -> str | None:
    """Return how many wait, as people read it; nobody counts further than `COUNT_MOST`."""
    if count is None:
        return None
    return f"{queries.COUNT_MOST:,}+" if count > queries.COUNT_MOST else str(count)
