"""The four clocks that time limits run on, and the official Chinese calendar.

Instants are aware datetimes; results are in UTC. Days and office hours are those of Asia/Shanghai.
Time is measured in whole microseconds since the calendar's first midnight, so that nothing is
rounded on the way. A deadline is met at `due` itself and missed after it: overdue is ``at > due``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate, pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")

Hours = tuple[tuple[time, time], ...]

OFFICE_HOURS: Hours = ((time(9), time(12)), (time(14), time(18)))

# Clocks were put forward in summer until 1991; the library knows no Chinese new year after 2100
# and then returns years without any holiday, which would pass for true.
FIRST_YEAR, LAST_YEAR = 1992, 2100

_SECOND = 1_000_000
_HOUR = 3600 * _SECOND
_DAY = 24 * _HOUR
_SATURDAY = 5
_NO_OVERRIDES: Mapping[date, bool] = MappingProxyType({})


class Clock(StrEnum):
    """What a time limit is counted in."""

    EMERGENCY_HOURS = "EMERGENCY_HOURS"
    WORKING_HOURS = "WORKING_HOURS"
    WORKING_DAYS = "WORKING_DAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"


class OutsideCalendar(LookupError):
    """The calendar was not built for a year that the reckoning needs."""

    def __init__(self, *, years: range) -> None:
        super().__init__(f"The calendar covers {years.start} to {years.stop - 1} only.")
        self.years = years


@dataclass(frozen=True, eq=False, slots=True)
class WorkCalendar:
    """Workdays, holidays and office hours of some years. Build it with `china_calendar`.

    Equal only to itself, which keeps it hashable and cheap as a cache key.
    """

    years: range
    hours: Hours
    official_years: frozenset[int]
    holiday_names: Mapping[date, str] = field(repr=False)
    # Proleptic ordinals of the workdays, ascending.
    workdays: tuple[int, ...] = field(repr=False)
    # counts[i] is the number of workdays among the first i days; one entry more than days.
    counts: tuple[int, ...] = field(repr=False)
    # The office hours of one day, as microseconds after midnight.
    spans: tuple[tuple[int, int], ...] = field(repr=False)

    @property
    def first_ordinal(self) -> int:
        """Return the proleptic ordinal of the first day covered."""
        return date(self.years.start, 1, 1).toordinal()

    def is_workday(self, day: date) -> bool:
        """Return whether offices work on `day`, swapped days and overrides included.

        :raises OutsideCalendar: if the calendar does not cover the day.
        """
        index = self._index(day.toordinal())
        return self.counts[index + 1] > self.counts[index]

    def is_provisional(self, year: int) -> bool:
        """Return whether no official notice is known for `year`: its swapped days are missing."""
        return year not in self.official_years

    def holiday_name(self, day: date) -> str | None:
        """Return the Chinese name of the day off, None for workdays and ordinary weekends."""
        return self.holiday_names.get(day)

    def _index(self, ordinal: int) -> int:
        index = ordinal - self.first_ordinal
        if not 0 <= index < len(self.counts) - 1:
            raise OutsideCalendar(years=self.years)
        return index

    def _workdays_before(self, ordinal: int) -> int:
        return self.counts[self._index(ordinal)]

    def _workday(self, number: int) -> int:
        """Return the ordinal of the workday with this number, counted from 0."""
        if number >= len(self.workdays):
            raise OutsideCalendar(years=self.years)
        return self.workdays[number]


def china_calendar(
    *,
    years: range,
    overrides: Mapping[date, bool] = _NO_OVERRIDES,
    hours: Hours = OFFICE_HOURS,
    confirmed_years: Collection[int] = (),
) -> WorkCalendar:
    """Build the calendar of these years; the same arguments give the same object.

    `overrides` maps a day to whether it is worked and wins over everything else; days outside
    `years` are ignored. `hours` are the office hours of every workday, ascending, local.
    `confirmed_years` are years whose notice an office entered by hand: no longer provisional.

    :raises ValueError: for years outside 1992–2100, or hours that are empty, overlap or go back.

    Source: 全国年节及纪念日放假办法 (国务院令第795号, 2024) and the State Council Office's yearly
    notices, as kept by the library `holidays`.
    """
    if years.step != 1 or not years or years.start < FIRST_YEAR or years[-1] > LAST_YEAR:
        raise ValueError(f"years must be a plain range within {FIRST_YEAR} to {LAST_YEAR}")
    is_plain = all(opens < closes for opens, closes in hours) and all(
        earlier[1] <= later[0] for earlier, later in pairwise(hours)
    )
    if not hours or not is_plain:
        raise ValueError("hours must be ascending pieces of one day that do not overlap")
    return _build(years, frozenset(overrides.items()), hours, frozenset(confirmed_years))


@lru_cache(maxsize=64)
def _build(
    years: range,
    overrides: frozenset[tuple[date, bool]],
    hours: Hours,
    confirmed_years: frozenset[int],
) -> WorkCalendar:
    known = holidays.country_holidays("CN", years=years, language="zh_CN")
    # A lookup would make the library add the year it is asked for; read it once as plain data.
    # Its swapped days come for every year it knows of and a few others.
    days_off = {day: name for day, name in known.items() if day.year in years}
    swapped = {day for day in known.weekend_workdays if day.year in years}
    chosen = dict(overrides)

    def is_worked(day: date) -> bool:
        if day in chosen:
            return chosen[day]
        return day in swapped or (day.weekday() < _SATURDAY and day not in days_off)

    first = date(years.start, 1, 1).toordinal()
    last = date(years[-1], 12, 31).toordinal()
    worked = [is_worked(date.fromordinal(ordinal)) for ordinal in range(first, last + 1)]
    return WorkCalendar(
        years=years,
        hours=hours,
        # Every notice so far swapped days; a year in which none is known has no notice yet.
        official_years=frozenset(day.year for day in swapped) | confirmed_years,
        holiday_names=MappingProxyType(
            {day: name for day, name in days_off.items() if not is_worked(day)}
        ),
        workdays=tuple(first + index for index, is_work in enumerate(worked) if is_work),
        counts=tuple(accumulate(worked, initial=0)),
        spans=tuple((_after_midnight(opens), _after_midnight(closes)) for opens, closes in hours),
    )


def due_at(*, clock: Clock, amount: int, start: datetime, calendar: WorkCalendar) -> datetime:
    """Return the instant by which `amount` hours or days, counted from `start`, are over.

    Working hours run only in office hours. For days the starting day does not count: the n-th
    working day ends when its office closes, the n-th calendar day at 24:00. Result in UTC.

    :raises ValueError: if `start` is naive or `amount` is below 1.
    :raises OutsideCalendar: if working time leads out of the calendar's years.

    Source: 民法典 §201 (the starting day does not count; hours run from the start), §203 second
    paragraph (24:00, or the close of business). §203 first paragraph, which moves a last day off
    to the next day, is not applied to CALENDAR_DAYS: who wants that counts WORKING_DAYS.
    """
    _require_positive(amount)
    ordinal, after = _local(start)
    match clock:
        case Clock.EMERGENCY_HOURS:
            return start.astimezone(UTC) + timedelta(hours=amount)
        case Clock.WORKING_HOURS:
            return _instant(*_moment(_worked(ordinal, after, calendar) + amount * _HOUR, calendar))
        case Clock.WORKING_DAYS:
            return _instant(_later_workday(ordinal, amount, calendar), calendar.spans[-1][1])
        case Clock.CALENDAR_DAYS:
            return _instant(ordinal + amount, _DAY)


def remaining(*, clock: Clock, due: datetime, at: datetime, calendar: WorkCalendar) -> int:
    """Return what is left until `due`: seconds for the clocks in hours, days for those in days.

    Negative when late. Seconds are rounded down. Days do not count the day of `at`, so the last
    day has 0 left. 0 does not tell whether it is late (a working clock stands still at night):
    ask ``at > due``.

    :raises ValueError: if a time is naive.
    :raises OutsideCalendar: if a working clock is asked about years outside the calendar.
    """
    due_ordinal, due_after = _last_day(due)
    ordinal, after = _local(at)
    match clock:
        case Clock.EMERGENCY_HOURS:
            return (due - at) // timedelta(seconds=1)
        case Clock.WORKING_HOURS:
            left = _worked(due_ordinal, due_after, calendar) - _worked(ordinal, after, calendar)
            return left // _SECOND
        case Clock.WORKING_DAYS:
            return _workdays_between(ordinal, due_ordinal, calendar)
        case Clock.CALENDAR_DAYS:
            return due_ordinal - ordinal


def resume(
    *,
    clock: Clock,
    due: datetime,
    paused_at: datetime,
    resumed_at: datetime,
    calendar: WorkCalendar,
) -> datetime:
    """Return the deadline after a pause: later by the time that ran on the clock meanwhile.

    What had run before the pause is not given back. What was overdue at the pause keeps its
    deadline; what was not is not overdue when it resumes. Resuming at the instant of the pause
    changes nothing, resuming later never gives an earlier deadline. Result in UTC.

    :raises ValueError: if a time is naive or the pause ends before it began.
    :raises OutsideCalendar: if working time leads out of the calendar's years.

    Source: own rule; the law's 中止 (民法典 §194–195) and the 12345 rules only say that the pause
    does not count.
    """
    _require_aware(due, paused_at, resumed_at)
    if resumed_at < paused_at:
        raise ValueError("a pause cannot end before it began")
    if paused_at > due:
        return due.astimezone(UTC)
    match clock:
        case Clock.EMERGENCY_HOURS:
            moved = due.astimezone(UTC) + (resumed_at - paused_at)
        case Clock.WORKING_HOURS:
            paused = _worked(*_local(resumed_at), calendar) - _worked(*_local(paused_at), calendar)
            moved = _moved_by_work(due, paused, calendar)
        case Clock.WORKING_DAYS:
            paused = _workdays_between(_local(paused_at)[0], _local(resumed_at)[0], calendar)
            moved = _moved_by_workdays(due, paused, calendar)
        case Clock.CALENDAR_DAYS:
            paused = _local(resumed_at)[0] - _local(paused_at)[0]
            moved = due.astimezone(UTC) + timedelta(days=paused)
    return moved if moved >= resumed_at else _next_chance(clock, due, resumed_at, calendar)


def extend(*, clock: Clock, due: datetime, amount: int, calendar: WorkCalendar) -> datetime:
    """Return the deadline `amount` hours or days after `due`, on the same clock, in UTC.

    Extending what `due_at` gave equals a longer amount from the start.

    :raises ValueError: if `due` is naive or `amount` is below 1.
    :raises OutsideCalendar: if working time leads out of the calendar's years.
    """
    _require_positive(amount)
    _require_aware(due)
    match clock:
        case Clock.EMERGENCY_HOURS:
            return due.astimezone(UTC) + timedelta(hours=amount)
        case Clock.WORKING_HOURS:
            return _moved_by_work(due, amount * _HOUR, calendar)
        case Clock.WORKING_DAYS:
            return _moved_by_workdays(due, amount, calendar)
        case Clock.CALENDAR_DAYS:
            return due.astimezone(UTC) + timedelta(days=amount)


def last_day(*, due: datetime) -> date:
    """Return the local day on which `due` falls; midnight is 24:00 of the day before.

    :raises ValueError: if `due` is naive.
    """
    return date.fromordinal(_last_day(due)[0])


def _next_chance(
    clock: Clock, due: datetime, resumed_at: datetime, calendar: WorkCalendar
) -> datetime:
    """Return the first possible deadline not before `resumed_at`, when the pause ate the rest.

    It happens on the last day after the office closed, or with nothing left to run.
    """
    ordinal, after = _local(resumed_at)
    if clock is Clock.WORKING_HOURS:
        worked = _worked(ordinal, after, calendar)
        return _instant(*_moment(worked + 1, calendar)) - timedelta(microseconds=1)
    # Deadlines from elsewhere may not be at the close of business: their time of day is kept.
    close = _last_day(due)[1]
    if clock is Clock.WORKING_DAYS:
        before = calendar._workdays_before(ordinal)
        number = before if calendar._workday(before) > ordinal or after <= close else before + 1
        return _instant(calendar._workday(number), close)
    return _instant(ordinal if after <= close else ordinal + 1, close)


def _moved_by_work(due: datetime, work: int, calendar: WorkCalendar) -> datetime:
    if work == 0:
        # A deadline from elsewhere may lie outside office hours; unmoved it stays there.
        return due.astimezone(UTC)
    return _instant(*_moment(_worked(*_last_day(due), calendar) + work, calendar))


def _moved_by_workdays(due: datetime, days: int, calendar: WorkCalendar) -> datetime:
    if days == 0:
        return due.astimezone(UTC)
    ordinal, close = _last_day(due)
    return _instant(_later_workday(ordinal, days, calendar), close)


def _later_workday(ordinal: int, days: int, calendar: WorkCalendar) -> int:
    """Return the ordinal of the `days`-th workday after the day `ordinal`."""
    index = calendar._index(ordinal)
    return calendar._workday(calendar.counts[index + 1] + days - 1)


def _workdays_between(earlier: int, later: int, calendar: WorkCalendar) -> int:
    """Count workdays after the day `earlier` up to and with the day `later`, negative backwards."""
    counts = calendar.counts
    return counts[calendar._index(later) + 1] - counts[calendar._index(earlier) + 1]


def _worked(ordinal: int, after: int, calendar: WorkCalendar) -> int:
    """Return the working microseconds from the calendar's start until `after` on that day."""
    index = calendar._index(ordinal)
    full_days = calendar.counts[index]
    worked = full_days * _day_length(calendar)
    if calendar.counts[index + 1] > full_days:
        worked += sum(
            min(max(after - opens, 0), closes - opens) for opens, closes in calendar.spans
        )
    return worked


def _moment(worked: int, calendar: WorkCalendar) -> tuple[int, int]:
    """Return day and microseconds when `worked`, at least 1, is reached.

    Between two pieces of office hours that is the close of the first, not the opening of the next.
    """
    number, rest = divmod(worked - 1, _day_length(calendar))
    rest += 1
    ordinal = calendar._workday(number)
    for opens, closes in calendar.spans:
        if rest <= closes - opens:
            return ordinal, opens + rest
        rest -= closes - opens
    raise AssertionError("the rest of a day fits into its spans")


def _day_length(calendar: WorkCalendar) -> int:
    return sum(closes - opens for opens, closes in calendar.spans)


def _local(at: datetime) -> tuple[int, int]:
    """Return the local day's ordinal and the microseconds after its midnight."""
    _require_aware(at)
    local = at.astimezone(SHANGHAI)
    return local.toordinal(), _after_midnight(local)


def _last_day(due: datetime) -> tuple[int, int]:
    """Like `_local`, but midnight is 24:00 of the day that ends."""
    ordinal, after = _local(due)
    return (ordinal, after) if after else (ordinal - 1, _DAY)


def _instant(ordinal: int, after: int) -> datetime:
    midnight = datetime.combine(date.fromordinal(ordinal), time.min, SHANGHAI)
    return (midnight + timedelta(microseconds=after)).astimezone(UTC)


def _after_midnight(moment: datetime | time) -> int:
    seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
    return seconds * _SECOND + moment.microsecond


def _require_aware(*moments: datetime) -> None:
    if any(moment.tzinfo is None for moment in moments):
        raise ValueError("a datetime must carry its timezone")


def _require_positive(amount: int) -> None:
    if amount < 1:
        raise ValueError("an amount of time must be at least 1")
