"""The official calendar with what an office set by hand, ready for the clocks."""

import uuid
from datetime import date, datetime
from functools import lru_cache
from time import monotonic

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core import events
from linli.core.actor import Actor
from linli.core.clocks import WorkCalendar, china_calendar
from linli.core.errors import Invalid, NotEntitled
from linli.core.models import CalendarDay
from linli.core.ref import Ref

CALENDAR_DAY_SET = "core.calendar_day_set"

KEEPERS = frozenset({"SECRETARY", "OVERSEER"})
"""Who sets days by hand. Roles are named by their codes: their room lies above this one."""

NAME_LENGTH_MAX = 60
_FRESH_SECONDS = 60
_THREADS = uuid.UUID("7f3c1d52-5b0e-4c86-8a55-0c2b6f0d1a90")  # Any constant: it names our threads.


class DayOutOfReach(Invalid):
    """No clock of today reckons with this day."""

    sentence = _("Days can be set for last year, this year and the two that follow.")
    field = "day"


def calendar_at(*, at: datetime) -> WorkCalendar:
    """Return the calendar for the years around `at`; the process reads it anew each minute."""
    return _calendar(at.year, int(monotonic() // _FRESH_SECONDS))


def forget_calendars() -> None:
    """Drop what this process remembers, after a day was set by hand."""
    _calendar.cache_clear()


def years_at(*, at: datetime) -> range:
    """Return the years that `calendar_at` covers."""
    return range(at.year - 1, at.year + 3)


def days_set(*, year: int) -> dict[date, CalendarDay]:
    """Return the days of a year that were set by hand."""
    return {day.date: day for day in CalendarDay.objects.filter(date__year=year).order_by("date")}


@transaction.atomic
def set_day(
    *, day: date, is_workday: bool | None, actor: Actor, at: datetime, name: str = ""
) -> None:
    """Say by hand whether a day is worked, such as a swapped day; None follows the notice again.

    Limits that run already keep their end; those that begin from now on reckon with the day.

    :raises NotEntitled: when the actor is neither a secretary nor an overseer.
    :raises DayOutOfReach: for a day outside the years that clocks reckon with.
    """
    if not actor.is_system and not KEEPERS & actor.roles:
        raise NotEntitled
    if day.year not in years_at(at=at):
        raise DayOutOfReach
    if is_workday is None:
        CalendarDay.objects.filter(date=day).delete()
    else:
        CalendarDay.objects.update_or_create(
            date=day,
            defaults={
                "is_workday": is_workday,
                "name": name.strip()[:NAME_LENGTH_MAX],
                "set_by": actor.key,
                "set_at": at,
            },
        )
    subject = Ref(kind="core.calendar_day", id=day.toordinal())
    events.record(
        name=CALENDAR_DAY_SET,
        subject=subject,
        trace=uuid.uuid5(_THREADS, str(subject)),
        actor=actor,
        at=at,
        community_id=None,
        facts={"date": day.isoformat(), "is_workday": is_workday},
    )
    transaction.on_commit(forget_calendars)


@lru_cache(maxsize=8)
def _calendar(year: int, _minute: int) -> WorkCalendar:
    overrides = dict(
        CalendarDay.objects.filter(date__year__range=(year - 1, year + 2)).values_list(
            "date", "is_workday"
        )
    )
    return china_calendar(years=range(year - 1, year + 3), overrides=overrides)
