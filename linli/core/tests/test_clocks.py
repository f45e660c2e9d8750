"""The four clocks: golden dates of the official notices, and laws that hold for any date."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from linli.core.clocks import (
    SHANGHAI,
    Clock,
    OutsideCalendar,
    china_calendar,
    due_at,
    extend,
    last_day,
    remaining,
    resume,
)

CALENDAR = china_calendar(years=range(2023, 2031))
WORKING_CLOCKS = (Clock.WORKING_HOURS, Clock.WORKING_DAYS)

clocks = st.sampled_from(Clock)
amounts = st.integers(1, 60)
# hypothesis wants its bounds naive and adds the timezone itself.
_FIRST, _LAST = datetime(2024, 1, 1), datetime(2028, 12, 31)  # noqa: DTZ001
instants = st.datetimes(_FIRST, _LAST, timezones=st.sampled_from([SHANGHAI, UTC]))
pauses = st.timedeltas(timedelta(0), timedelta(days=40))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def due(clock: Clock, amount: int, start: str) -> datetime:
    result = due_at(clock=clock, amount=amount, start=at(start), calendar=CALENDAR)
    assert result.tzinfo is UTC
    return result


def days(*texts: str) -> set[date]:
    return {date.fromisoformat(text) for text in texts}


# The notices: 国办发明电〔2023〕7号, 〔2024〕12号 and that of 2025-11-04 for 2026.
SWAPPED = {
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}
# First and last day of each break.
BREAKS = {
    2024: "01-01 01-01 02-10 02-17 04-04 04-06 05-01 05-05 06-10 06-10 09-15 09-17 10-01 10-07",
    2025: "01-01 01-01 01-28 02-04 04-04 04-06 05-01 05-05 05-31 06-02 10-01 10-08",
    2026: "01-01 01-03 02-15 02-23 04-04 04-06 05-01 05-05 06-19 06-21 09-25 09-27 10-01 10-07",
}


@pytest.mark.parametrize("year", SWAPPED)
def test_calendar_agrees_with_the_official_notice_on_every_day(year: int) -> None:
    swapped = days(*(f"{year}-{day}" for day in SWAPPED[year].split()))
    edges = [date.fromisoformat(f"{year}-{day}") for day in BREAKS[year].split()]
    day = date(year, 1, 1)
    while day.year == year:
        is_break = any(a <= day <= b for a, b in zip(edges[::2], edges[1::2], strict=True))
        expected = day in swapped or (day.weekday() < 5 and not is_break)
        assert CALENDAR.is_workday(day) == expected, day
        day += timedelta(days=1)


def test_year_without_a_notice_is_provisional() -> None:
    assert [year for year in range(2024, 2031) if not CALENDAR.is_provisional(year)][:3] == [
        2024,
        2025,
        2026,
    ]
    far = china_calendar(years=range(2090, 2101))
    assert all(far.is_provisional(year) for year in range(2090, 2101))
    assert not far.is_workday(date(2099, 10, 1))
    assert far.is_provisional(2200)


def test_year_is_official_once_an_office_confirmed_it() -> None:
    calendar = china_calendar(
        years=range(2098, 2100),
        overrides={date(2098, 2, 8): True, date(2098, 3, 3): False, date(2080, 1, 1): True},
        confirmed_years=[2098],
    )
    assert not calendar.is_provisional(2098)
    assert calendar.is_provisional(2099)
    assert calendar.is_workday(date(2098, 2, 8))
    assert not calendar.is_workday(date(2098, 3, 3))


def test_names_are_chinese_and_workdays_have_none() -> None:
    assert CALENDAR.holiday_name(date(2026, 2, 17)) == "春节"
    assert "调休" in (CALENDAR.holiday_name(date(2026, 2, 20)) or "")
    assert CALENDAR.holiday_name(date(2026, 2, 14)) is None
    worked = china_calendar(years=range(2026, 2027), overrides={date(2026, 10, 1): True})
    assert worked.is_workday(date(2026, 10, 1))
    assert worked.holiday_name(date(2026, 10, 1)) is None


def test_same_arguments_give_the_same_calendar() -> None:
    assert china_calendar(years=range(2023, 2031)) is CALENDAR


@pytest.mark.parametrize("years", [range(1991, 1995), range(2099, 2102), range(0), range(2024, 0)])
def test_years_it_knows_nothing_about_are_refused(years: range) -> None:
    with pytest.raises(ValueError, match="years"):
        china_calendar(years=years)


@pytest.mark.parametrize(
    "hours",
    [(), ((time(12), time(9)),), ((time(9), time(12)), (time(11), time(18)))],
)
def test_hours_that_make_no_day_are_refused(hours: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="hours"):
        china_calendar(years=range(2024, 2025), hours=hours)


@pytest.mark.parametrize(
    ("clock", "amount", "start", "expected"),
    [
        (Clock.EMERGENCY_HOURS, 2, "2026-02-16 23:30", "2026-02-17 01:30"),
        # In the morning, over lunch, up to the close and over it.
        (Clock.WORKING_HOURS, 1, "2026-03-02 09:30", "2026-03-02 10:30"),
        (Clock.WORKING_HOURS, 1, "2026-03-02 11:30", "2026-03-02 14:30"),
        (Clock.WORKING_HOURS, 3, "2026-03-02 09:00", "2026-03-02 12:00"),
        (Clock.WORKING_HOURS, 7, "2026-03-02 09:00", "2026-03-02 18:00"),
        (Clock.WORKING_HOURS, 1, "2026-03-02 12:30", "2026-03-02 15:00"),
        (Clock.WORKING_HOURS, 1, "2026-03-02 18:00", "2026-03-03 10:00"),
        # Friday the 13th runs into the swapped Saturday, which runs into the Spring Festival.
        (Clock.WORKING_HOURS, 7, "2026-02-13 14:00", "2026-02-14 12:00"),
        (Clock.WORKING_HOURS, 4, "2026-02-14 15:00", "2026-02-24 10:00"),
        (Clock.WORKING_DAYS, 1, "2026-03-02 08:00", "2026-03-03 18:00"),
        (Clock.WORKING_DAYS, 1, "2026-02-13 17:00", "2026-02-14 18:00"),
        (Clock.WORKING_DAYS, 2, "2026-02-13 17:00", "2026-02-24 18:00"),
        (Clock.WORKING_DAYS, 5, "2026-02-24 00:00", "2026-03-02 18:00"),
        (Clock.WORKING_DAYS, 1, "2026-02-18 12:00", "2026-02-24 18:00"),
        (Clock.WORKING_DAYS, 3, "2026-09-30 12:00", "2026-10-10 18:00"),
        (Clock.WORKING_DAYS, 5, "2025-09-26 12:00", "2025-10-10 18:00"),
        (Clock.CALENDAR_DAYS, 1, "2026-03-02 00:00", "2026-03-04 00:00"),
        (Clock.CALENDAR_DAYS, 7, "2026-02-13 23:59", "2026-02-21 00:00"),
        # Across the year, into another notice.
        (Clock.WORKING_DAYS, 2, "2025-12-31 09:00", "2026-01-05 18:00"),
    ],
)
def test_due_falls_on_the_golden_instant(
    clock: Clock, amount: int, start: str, expected: str
) -> None:
    assert due(clock, amount, start) == at(expected)


def test_last_day_of_a_deadline_at_midnight_is_the_day_that_ends() -> None:
    assert last_day(due=due(Clock.CALENDAR_DAYS, 7, "2026-02-13 23:59")) == date(2026, 2, 20)
    assert last_day(due=due(Clock.WORKING_DAYS, 1, "2026-03-02 08:00")) == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("clock", "at_text", "expected"),
    [
        (Clock.EMERGENCY_HOURS, "2026-03-03 17:00", 3600),
        (Clock.EMERGENCY_HOURS, "2026-03-03 18:00:01", -1),
        (Clock.WORKING_HOURS, "2026-03-03 11:00", 5 * 3600),
        (Clock.WORKING_HOURS, "2026-03-03 23:00", 0),
        (Clock.WORKING_HOURS, "2026-03-04 10:00", -3600),
        (Clock.WORKING_DAYS, "2026-02-27 12:00", 3),
        (Clock.WORKING_DAYS, "2026-03-03 19:00", 0),
        (Clock.WORKING_DAYS, "2026-03-04 00:00", -1),
        (Clock.CALENDAR_DAYS, "2026-02-27 12:00", 4),
        (Clock.CALENDAR_DAYS, "2026-03-05 12:00", -2),
    ],
)
def test_remaining_counts_in_the_unit_of_its_clock(
    clock: Clock, at_text: str, expected: int
) -> None:
    left = remaining(clock=clock, due=at("2026-03-03 18:00"), at=at(at_text), calendar=CALENDAR)
    assert left == expected


@pytest.mark.parametrize(
    ("clock", "due_text", "paused", "resumed", "expected"),
    [
        (
            Clock.EMERGENCY_HOURS,
            "2026-03-02 12:00",
            "2026-03-02 11:00",
            "2026-03-02 20:00",
            "2026-03-02 21:00",
        ),
        # An hour is left: it runs from the opening, and a pause at night costs nothing.
        (
            Clock.WORKING_HOURS,
            "2026-03-02 12:00",
            "2026-03-02 11:00",
            "2026-03-03 08:00",
            "2026-03-03 10:00",
        ),
        (
            Clock.WORKING_HOURS,
            "2026-03-03 12:00",
            "2026-03-02 18:30",
            "2026-03-03 08:00",
            "2026-03-03 12:00",
        ),
        # The festival is no working time: it is not given back.
        (
            Clock.WORKING_DAYS,
            "2026-02-24 18:00",
            "2026-02-14 10:00",
            "2026-02-22 10:00",
            "2026-02-24 18:00",
        ),
        (
            Clock.WORKING_DAYS,
            "2026-02-25 18:00",
            "2026-02-14 10:00",
            "2026-02-26 10:00",
            "2026-02-28 18:00",
        ),
        # Paused on the last day, resumed after that day's close: the next workday is the last.
        (
            Clock.WORKING_DAYS,
            "2026-02-13 18:00",
            "2026-02-13 17:00",
            "2026-02-14 19:00",
            "2026-02-24 18:00",
        ),
        (
            Clock.CALENDAR_DAYS,
            "2026-02-14 00:00",
            "2026-02-13 17:00",
            "2026-02-16 19:00",
            "2026-02-17 00:00",
        ),
        # Overdue stays overdue.
        (
            Clock.WORKING_DAYS,
            "2026-02-13 18:00",
            "2026-02-13 18:01",
            "2026-03-13 18:00",
            "2026-02-13 18:00",
        ),
    ],
)
def test_resumed_deadline_falls_on_the_golden_instant(
    clock: Clock, due_text: str, paused: str, resumed: str, expected: str
) -> None:
    moved = resume(
        clock=clock,
        due=at(due_text),
        paused_at=at(paused),
        resumed_at=at(resumed),
        calendar=CALENDAR,
    )
    assert moved == at(expected)


@given(clocks, amounts, amounts, instants)
def test_longer_amount_is_an_extension_and_falls_later(
    clock: Clock, amount: int, more: int, start: datetime
) -> None:
    first = due_at(clock=clock, amount=amount, start=start, calendar=CALENDAR)
    longer = due_at(clock=clock, amount=amount + more, start=start, calendar=CALENDAR)
    assert first < longer
    assert longer == extend(clock=clock, due=first, amount=more, calendar=CALENDAR)


@given(clocks, amounts, instants, instants)
def test_later_start_is_never_due_earlier(
    clock: Clock, amount: int, one: datetime, other: datetime
) -> None:
    early, late = sorted((one, other))
    assert start_to_due(clock, amount, early) <= start_to_due(clock, amount, late), (
        "a later report must not be due first"
    )


def start_to_due(clock: Clock, amount: int, start: datetime) -> datetime:
    result = due_at(clock=clock, amount=amount, start=start, calendar=CALENDAR)
    assert result > start
    return result


@given(st.sampled_from(WORKING_CLOCKS), amounts, instants)
def test_working_clocks_are_due_in_office_hours(clock: Clock, amount: int, start: datetime) -> None:
    assert_in_office_hours(due_at(clock=clock, amount=amount, start=start, calendar=CALENDAR))


def assert_in_office_hours(moment: datetime) -> None:
    local = moment.astimezone(SHANGHAI)
    assert CALENDAR.is_workday(local.date())
    assert any(opens <= local.time() <= closes for opens, closes in CALENDAR.hours)


@given(clocks, amounts, instants)
def test_remaining_at_the_start_is_the_amount(clock: Clock, amount: int, start: datetime) -> None:
    left = remaining(
        clock=clock,
        due=due_at(clock=clock, amount=amount, start=start, calendar=CALENDAR),
        at=start,
        calendar=CALENDAR,
    )
    is_hours = clock in (Clock.EMERGENCY_HOURS, Clock.WORKING_HOURS)
    assert left == (amount * 3600 if is_hours else amount)


@given(clocks, instants, instants, pauses, pauses)
def test_pause_laws_hold_for_any_deadline(
    clock: Clock, deadline: datetime, paused_at: datetime, short: timedelta, more: timedelta
) -> None:
    def resumed(after: timedelta) -> datetime:
        return resume(
            clock=clock,
            due=deadline,
            paused_at=paused_at,
            resumed_at=(paused_at.astimezone(UTC) + after),
            calendar=CALENDAR,
        )

    assert resumed(timedelta(0)) == deadline
    assert deadline <= resumed(short) <= resumed(short + more)
    if paused_at > deadline:
        assert resumed(short) == deadline
    else:
        assert resumed(short) >= paused_at + short


@given(clocks, amounts, instants, pauses, pauses)
def test_pause_gives_back_what_was_left_and_no_more(
    clock: Clock, amount: int, start: datetime, run: timedelta, pause: timedelta
) -> None:
    paused_at, resumed_at = start + run, start + run + pause
    deadline = due_at(clock=clock, amount=amount, start=start, calendar=CALENDAR)
    assume(paused_at <= deadline)
    left = remaining(clock=clock, due=deadline, at=paused_at, calendar=CALENDAR)
    assume(left > 0)
    moved = resume(
        clock=clock, due=deadline, paused_at=paused_at, resumed_at=resumed_at, calendar=CALENDAR
    )
    assert remaining(clock=clock, due=moved, at=resumed_at, calendar=CALENDAR) == left
    if clock in WORKING_CLOCKS:
        assert_in_office_hours(moved)


@given(clocks, amounts, instants, st.lists(pauses, min_size=1, max_size=4))
def test_many_short_pauses_end_where_their_sum_would_at_the_soonest(
    clock: Clock, amount: int, start: datetime, stops: list[timedelta]
) -> None:
    """Pausing again and again never costs the handler time."""
    deadline = due_at(clock=clock, amount=amount, start=start, calendar=CALENDAR)
    moment, moved = start, deadline
    for stop in stops:
        moved = resume(
            clock=clock,
            due=moved,
            paused_at=moment,
            resumed_at=moment + stop,
            calendar=CALENDAR,
        )
        moment += stop
    once = resume(clock=clock, due=deadline, paused_at=start, resumed_at=moment, calendar=CALENDAR)
    assert moved == once


@pytest.mark.parametrize("clock", Clock)
def test_naive_times_and_amounts_below_one_are_programming_errors(clock: Clock) -> None:
    aware = at("2026-03-02 12:00")
    naive = aware.replace(tzinfo=None)
    calls: list[Callable[[], object]] = [
        lambda: due_at(clock=clock, amount=1, start=naive, calendar=CALENDAR),
        lambda: due_at(clock=clock, amount=0, start=aware, calendar=CALENDAR),
        lambda: remaining(clock=clock, due=naive, at=aware, calendar=CALENDAR),
        lambda: remaining(clock=clock, due=aware, at=naive, calendar=CALENDAR),
        lambda: extend(clock=clock, due=naive, amount=1, calendar=CALENDAR),
        lambda: extend(clock=clock, due=aware, amount=-1, calendar=CALENDAR),
        lambda: resume(
            clock=clock, due=aware, paused_at=naive, resumed_at=aware, calendar=CALENDAR
        ),
        lambda: resume(
            clock=clock,
            due=aware,
            paused_at=aware,
            resumed_at=aware - timedelta(seconds=1),
            calendar=CALENDAR,
        ),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"timezone|at least 1|before it began"):
            call()


@pytest.mark.parametrize("clock", WORKING_CLOCKS)
def test_working_time_beyond_the_calendar_is_refused(clock: Clock) -> None:
    for start in ("2030-12-31 12:00", "2031-01-01 12:00", "2022-12-31 12:00"):
        with pytest.raises(OutsideCalendar):
            due(clock, 8, start)


def test_due_is_quick() -> None:
    start = at("2026-02-13 15:00")
    begun = perf_counter()
    for _ in range(1000):
        due_at(clock=Clock.WORKING_HOURS, amount=30, start=start, calendar=CALENDAR)
        due_at(clock=Clock.WORKING_DAYS, amount=30, start=start, calendar=CALENDAR)
    # Measured at some 5 µs; the bound is wide because the machine may be busy.
    assert (perf_counter() - begun) / 2000 < 0.000_5
