"""The spans of time that figures are counted over: whole days in Asia/Shanghai."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from linli.core.clocks import SHANGHAI

DAYS_MAX = 1_100
"""The longest span somebody may choose: three years."""


class PeriodKind(StrEnum):
    """How a span is named."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, both ends included."""

    kind: PeriodKind
    from_date: date
    until_date: date

    @property
    def starts_at(self) -> datetime:
        """Return the first moment of the span."""
        return datetime.combine(self.from_date, time(), SHANGHAI)

    @property
    def ends_at(self) -> datetime:
        """Return the first moment after the span."""
        return datetime.combine(self.until_date + timedelta(days=1), time(), SHANGHAI)


def period_of(*, kind: PeriodKind, day: date) -> Period:
    """Return the week, month, quarter or year that a day lies in; weeks begin on Monday."""
    if kind == PeriodKind.WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(kind, first, first + timedelta(days=6))
    if kind == PeriodKind.CUSTOM:
        return Period(kind, day, day)
    months = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}[kind]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Period(kind, first, _months_later(first, months) - timedelta(days=1))


def custom(*, from_date: date, until_date: date) -> Period:
    """Return a span chosen by its ends; ends the wrong way round are swapped, and it is capped."""
    first, last = sorted((from_date, until_date))
    return Period(PeriodKind.CUSTOM, first, min(last, first + timedelta(days=DAYS_MAX - 1)))


def before(*, period: Period, today: date) -> Period:
    """Return the span that a period is compared with.

    A period that is over is compared with the whole one before it; one that is still running with
    as many days from the beginning of the one before, so that like is compared with like.
    """
    if period.kind == PeriodKind.CUSTOM:
        length = period.until_date - period.from_date + timedelta(days=1)
        return Period(PeriodKind.CUSTOM, period.from_date - length, period.until_date - length)
    earlier = period_of(kind=period.kind, day=period.from_date - timedelta(days=1))
    if not period.from_date <= today < period.until_date:
        return earlier
    last = earlier.from_date + (today - period.from_date)
    return Period(period.kind, earlier.from_date, min(last, earlier.until_date))


def shifted(*, period: Period, forward: bool) -> Period:
    """Return the whole period after or before this one, for the arrows of a picker."""
    length = period.until_date - period.from_date + timedelta(days=1)
    if period.kind == PeriodKind.CUSTOM:
        step = length if forward else -length
        return Period(PeriodKind.CUSTOM, period.from_date + step, period.until_date + step)
    edge = period.until_date if forward else period.from_date
    return period_of(kind=period.kind, day=edge + timedelta(days=1 if forward else -1))


def _months_later(first: date, months: int) -> date:
    index = first.month - 1 + months
    return date(first.year + index // 12, index % 12 + 1, 1)
