"""A running period is compared with as many days of the one before."""

from datetime import date

import pytest

from linli.insight.periods import Period, PeriodKind, before, custom, period_of, shifted

DAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("week", date(2026, 3, 2), date(2026, 3, 8)),
        ("month", date(2026, 3, 1), date(2026, 3, 31)),
        ("quarter", date(2026, 1, 1), date(2026, 3, 31)),
        ("year", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_day_lies_in_its_period(kind, first, last):
    found = period_of(kind=PeriodKind(kind), day=DAY)
    assert (found.from_date, found.until_date) == (first, last)


def test_a_period_begins_and_ends_at_midnight_in_shanghai():
    found = period_of(kind=PeriodKind.MONTH, day=DAY)
    assert found.starts_at.isoformat() == "2026-03-01T00:00:00+08:00"
    assert found.ends_at.isoformat() == "2026-04-01T00:00:00+08:00"


def test_a_running_month_is_compared_with_as_many_days_of_the_last():
    month = period_of(kind=PeriodKind.MONTH, day=DAY)
    earlier = before(period=month, today=DAY)
    assert (earlier.from_date, earlier.until_date) == (date(2026, 2, 1), date(2026, 2, 4))


def test_a_month_with_more_days_than_the_last_is_compared_with_all_of_it():
    month = period_of(kind=PeriodKind.MONTH, day=DAY)
    assert before(period=month, today=date(2026, 3, 30)).until_date == date(2026, 2, 28)


def test_a_month_that_is_over_is_compared_with_the_whole_one_before():
    month = period_of(kind=PeriodKind.MONTH, day=date(2026, 2, 10))
    earlier = before(period=month, today=DAY)
    assert (earlier.from_date, earlier.until_date) == (date(2026, 1, 1), date(2026, 1, 31))


def test_ends_the_wrong_way_round_are_swapped_and_long_spans_capped():
    assert custom(from_date=DAY, until_date=date(2026, 3, 1)).from_date == date(2026, 3, 1)
    assert custom(from_date=date(1992, 1, 1), until_date=DAY).until_date < date(1996, 1, 1)


def test_the_arrows_lead_to_the_neighbours():
    month = period_of(kind=PeriodKind.MONTH, day=DAY)
    assert shifted(period=month, forward=False).from_date == date(2026, 2, 1)
    assert shifted(period=month, forward=True).until_date == date(2026, 4, 30)
    chosen = custom(from_date=date(2026, 3, 1), until_date=date(2026, 3, 10))
    assert shifted(period=chosen, forward=True) == Period(
        PeriodKind.CUSTOM, date(2026, 3, 11), date(2026, 3, 20)
    )
