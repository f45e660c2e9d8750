"""Plans as a pure function: everybody once, nobody too much, near to home, soon."""

import time
from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.visits.planning import (
    Block,
    Door,
    Visitor,
    days_between,
    plan,
    shortfall_of,
)

MONDAY = date(2026, 3, 2)


def town(*sizes, grids=1):
    """Return buildings of so many doors in a row, cut into grids of equal numbers."""
    blocks, doors = [], []
    for number, size in enumerate(sizes):
        grid = number * grids // len(sizes) + 1
        blocks.append(Block(number + 1, grid, (118.8 + number / 1000, 32.05)))
        doors += [Door(len(doors) + one + 1, number + 1) for one in range(size)]
    return doors, blocks


def buildings_of(calls, doors):
    where = {door.household_id: door.building_id for door in doors}
    found = {}
    for call in calls:
        found.setdefault(call.account_id, set()).add(where[call.household_id])
    return found


def test_weekends_are_left_for_those_who_are_out_on_working_days():
    days = days_between(first=MONDAY, last=date(2026, 3, 8))
    assert [day.day for day in days] == [2, 3, 4, 5, 6]
    assert len(days_between(first=date(2026, 3, 7), last=date(2026, 3, 8))) == 2


@pytest.mark.parametrize(
    ("visitors", "days", "people", "more_days"), [(2, 10, 3, 15), (4, 10, 1, 3)]
)
def test_a_shortfall_says_what_would_make_room(visitors, days, people, more_days):
    short = shortfall_of(doors=500, visitors=visitors, days=days, per_day=10)
    assert (short.people_more, short.days_more) == (people, more_days)
    assert shortfall_of(doors=500, visitors=visitors + people, days=days, per_day=10) is None
    assert shortfall_of(doors=500, visitors=visitors, days=days + more_days, per_day=10) is None
    assert shortfall_of(doors=500, visitors=visitors + people - 1, days=days, per_day=10)


def test_ones_own_building_and_grid_come_first():
    doors, blocks = town(20, 20, 20, 20, grids=2)
    visitors = [
        Visitor(1, frozenset({2})),
        Visitor(2, frozenset({1})),
        Visitor(3, frozenset(), frozenset({4})),
        Visitor(4, frozenset({1})),
    ]
    days = days_between(first=MONDAY, last=date(2026, 3, 6))
    found = buildings_of(
        plan(doors=doors, blocks=blocks, visitors=visitors, days=days, per_day=10), doors
    )
    assert found == {1: {3}, 2: {1}, 3: {4}, 4: {2}}


def test_a_tower_is_shared_in_parts_of_neighbouring_doors():
    doors, blocks = town(90)
    visitors = [Visitor(key) for key in (1, 2, 3)]
    calls = plan(doors=doors, blocks=blocks, visitors=visitors, days=[MONDAY], per_day=30)
    for key in (1, 2, 3):
        mine = sorted(call.position for call in calls if call.account_id == key)
        assert mine == list(range(mine[0], mine[0] + 30))


def test_vacant_homes_come_last():
    doors = [Door(1, 1, is_vacant=True), Door(2, 1), Door(3, 1)]
    calls = plan(
        doors=doors,
        blocks=[Block(1, 1)],
        visitors=[Visitor(7)],
        days=[MONDAY, date(2026, 3, 3)],
        per_day=2,
    )
    assert {call.household_id for call in calls if call.due_date == date(2026, 3, 3)} == {1}


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=12),
    grids=st.integers(1, 4),
    people=st.integers(1, 9),
    days=st.integers(1, 6),
)
def test_everybody_is_called_on_once_and_nobody_goes_beyond_a_days_work(sizes, grids, people, days):
    doors, blocks = town(*sizes, grids=grids)
    visitors = [Visitor(key, frozenset({key % 5})) for key in range(1, people + 1)]
    dates = [date(2026, 3, 2 + number) for number in range(days)]
    per_day = -(-len(doors) // (people * days))
    calls = plan(doors=doors, blocks=blocks, visitors=visitors, days=dates, per_day=per_day)
    assert sorted(call.household_id for call in calls) == [door.household_id for door in doors]
    work = Counter((call.account_id, call.due_date) for call in calls)
    assert max(work.values()) <= per_day
    assert {call.due_date for call in calls} <= set(dates)


def test_ten_thousand_households_are_planned_within_five_seconds():
    doors, blocks = town(*[50] * 200, grids=18)
    visitors = [Visitor(key, frozenset({key})) for key in range(1, 41)]
    days = days_between(first=date(2026, 1, 1), last=date(2026, 3, 31))
    began = time.perf_counter()
    calls = plan(doors=doors, blocks=blocks, visitors=visitors, days=days, per_day=10)
    assert time.perf_counter() - began < 5
    assert len(calls) == 10_000
    loads = Counter(call.account_id for call in calls)
    assert max(loads.values()) <= 10_000 / 40 * 1.5


def test_holidays_are_no_days_of_a_plan_and_swapped_days_are():
    holiday, swapped = date(2026, 3, 4), date(2026, 3, 8)

    def is_workday(day):
        return day == swapped or (day.weekday() < 5 and day != holiday)

    days = days_between(first=MONDAY, last=swapped, is_workday=is_workday)
    assert [day.day for day in days] == [2, 3, 5, 6, 8]


def test_who_keeps_a_distance_is_called_on_no_sooner():
    doors, blocks = town(6)
    doors[0] = Door(1, 1, not_before=date(2026, 3, 4))
    doors[1] = Door(2, 1, not_before=date(2026, 4, 1))
    days = days_between(first=MONDAY, last=date(2026, 3, 6))
    calls = plan(doors=doors, blocks=blocks, visitors=[Visitor(7)], days=days, per_day=2)
    due = {call.household_id: call.due_date.day for call in calls}
    assert due == {1: 4, 2: 6, 3: 2, 4: 2, 5: 3, 6: 3}
