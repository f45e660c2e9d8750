"""The official calendar with what an office set by hand, ready for the clocks."""

from datetime import datetime
from functools import lru_cache
from time import monotonic

from linli.core.clocks import WorkCalendar, china_calendar
from linli.core.models import CalendarDay

YEARS = 5
"""How far back and ahead of a moment the calendar reaches, for long pauses and late imports."""

_FRESH_SECONDS = 60


def calendar_at(*, at: datetime) -> WorkCalendar:
    """Return the calendar for the years around `at`; the process reads it anew each minute."""
    return _calendar(at.year, int(monotonic() // _FRESH_SECONDS))


def forget_calendars() -> None:
    """Drop what this process remembers, after a day was set by hand."""
    _calendar.cache_clear()


@lru_cache(maxsize=8)
def _calendar(year: int, _minute: int) -> WorkCalendar:
    overrides = dict(
        CalendarDay.objects.filter(date__year__range=(year - YEARS, year + YEARS)).values_list(
            "date", "is_workday"
        )
    )
    return china_calendar(years=range(year - YEARS, year + YEARS + 1), overrides=overrides)
