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
from linli.core.models import CalendarDay, CalendarYear
from linli.core.ref import Ref

CALENDAR_DAY_SET = "core.calendar_day_set"
CALENDAR_YEAR_CONFIRMED = "core.calendar_year_confirmed"
CALENDAR_YEAR_REOPENED = "core.calendar_year_reopened"

KEEPERS = frozenset({"SECRETARY", "OVERSEER"})
"""Who sets days by hand. Roles are named by their codes: their room lies above this one."""

NAME_LENGTH_MAX = 60
_FRESH_SECONDS = 60
_THREADS = uuid.UUID("7f3c1d52-5b0e-4c86-8a55-0c2b6f0d1a90")  # Any constant: it names our threads.


class YearOutOfReach(Invalid):
    """No clock of today reckons with this year."""

    sentence = _("A year can be confirmed when it is last year, this year or one of the next two.")
    field = "year"


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
    _require_keeper(actor)
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


def is_confirmed(*, year: int) -> bool:
    """Tell whether an office said that this year's official notice has been entered."""
    return CalendarYear.objects.filter(year=year).exists()


@transaction.atomic
def confirm_year(*, year: int, actor: Actor, at: datetime) -> None:
    """Say that the official notice of a year is out and its days have been entered.

    From then on the year is not provisional, and neither are the deadlines in it.

    :raises NotEntitled: when the actor is neither a secretary nor an overseer.
    :raises YearOutOfReach: for a year that clocks do not reckon with.
    """
    _require_keeper(actor)
    if year not in years_at(at=at):
        raise YearOutOfReach
    said = {"confirmed_by": actor.key, "confirmed_at": at}
    _row, is_new = CalendarYear.objects.get_or_create(year=year, defaults=said)
    if is_new:
        _tell_year(CALENDAR_YEAR_CONFIRMED, year, actor, at)


@transaction.atomic
def reopen_year(*, year: int, actor: Actor, at: datetime) -> None:
    """Take back that a year's notice has been entered: it is provisional again.

    :raises NotEntitled: when the actor is neither a secretary nor an overseer.
    """
    _require_keeper(actor)
    deleted, _rows = CalendarYear.objects.filter(year=year).delete()
    if deleted:
        _tell_year(CALENDAR_YEAR_REOPENED, year, actor, at)


def _require_keeper(actor: Actor) -> None:
    if not actor.is_system and not KEEPERS & actor.roles:
        raise NotEntitled


def _tell_year(name: str, year: int, actor: Actor, at: datetime) -> None:
    subject = Ref(kind="core.calendar_year", id=year)
    events.record(
        name=name,
        subject=subject,
        trace=uuid.uuid5(_THREADS, str(subject)),
        actor=actor,
        at=at,
        community_id=None,
        facts={"year": year},
    )
    transaction.on_commit(forget_calendars)


@lru_cache(maxsize=8)
def _calendar(year: int, _minute: int) -> WorkCalendar:
    overrides = dict(
        CalendarDay.objects.filter(date__year__range=(year - 1, year + 2)).values_list(
            "date", "is_workday"
        )
    )
    confirmed = CalendarYear.objects.filter(year__range=(year - 1, year + 2))
    return china_calendar(
        years=range(year - 1, year + 3),
        overrides=overrides,
        confirmed_years=list(confirmed.values_list("year", flat=True)),
    )
