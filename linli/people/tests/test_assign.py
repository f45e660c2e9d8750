"""Nearest assignment: the least total there is, never a place too many, only what must change."""

import random
import time
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from linli.people.assigning import (
    Giver,
    PlacesMissing,
    Taker,
    apart_from_own,
    assign,
    distance_dm,
    plane,
    repair,
)

SPOTS = st.tuples(st.integers(0, 60), st.integers(0, 60))


def total_dm(givers, takers, found):
    spot_of = {giver.key: giver.spot for giver in givers}
    return sum(distance_dm(one=one.spot, other=spot_of[found[one.key]]) for one in takers)


def least_of_all_dm(givers, takers):
    """Ask a solver for every arc there is, one node for each person."""
    solver = SimpleMinCostFlow()
    sink = len(givers) + len(takers)
    for number, giver in enumerate(givers):
        solver.set_node_supply(number, giver.places)
        solver.add_arc_with_capacity_and_unit_cost(number, sink, giver.places, 0)
        for other, taker in enumerate(takers):
            cost = distance_dm(one=giver.spot, other=taker.spot)
            solver.add_arc_with_capacity_and_unit_cost(number, len(givers) + other, 1, cost)
    for other in range(len(takers)):
        solver.set_node_supply(len(givers) + other, -1)
    solver.set_node_supply(sink, len(takers) - sum(giver.places for giver in givers))
    assert solver.solve() == solver.OPTIMAL
    return solver.optimal_cost()


@st.composite
def questions(draw):
    givers = [
        Giver(number, draw(SPOTS), draw(st.integers(0, 4)))
        for number in range(draw(st.integers(1, 9)))
    ]
    places = sum(giver.places for giver in givers)
    takers = [Taker(100 + number, draw(SPOTS)) for number in range(draw(st.integers(0, places)))]
    return givers, takers


@settings(max_examples=150, deadline=None)
@given(questions(), st.integers(1, 3))
def test_the_total_is_the_least_of_all_however_few_arcs_it_begins_with(question, nearest):
    givers, takers = question
    found = assign(givers=givers, takers=takers, nearest=nearest)
    assert set(found) == {one.key for one in takers}
    for giver in givers:
        assert list(found.values()).count(giver.key) <= giver.places
    assert total_dm(givers, takers, found) == least_of_all_dm(givers, takers)


def test_the_least_is_what_trying_everything_finds():
    givers = [Giver(n, spot, 1) for n, spot in enumerate([(0, 0), (10, 0), (20, 5), (7, 30)])]
    takers = [Taker(n, spot) for n, spot in enumerate([(9, 1), (11, 1), (12, 0), (8, 9)])]
    tried = min(
        sum(distance_dm(one=takers[i].spot, other=givers[j].spot) for i, j in enumerate(order))
        for order in permutations(range(4))
    )
    found = assign(givers=givers, takers=takers, nearest=1)
    assert total_dm(givers, takers, found) == tried


def test_too_few_places_says_how_many_are_missing():
    givers = [Giver(1, (0, 0), 2), Giver(2, (9, 9), 1)]
    takers = [Taker(number, (1, 1)) for number in range(5)]
    with pytest.raises(PlacesMissing) as missing:
        assign(givers=givers, takers=takers)
    assert missing.value.missing == 2
    with pytest.raises(PlacesMissing) as missing:
        repair(givers=givers, takers=takers, standing={0: 1, 1: 1})
    assert missing.value.missing == 2
    assert assign(givers=[], takers=[]) == {}


def test_repair_changes_nothing_that_stands():
    givers = [Giver(1, (0, 0), 2), Giver(2, (100, 0), 2)]
    takers = [Taker(10, (90, 0)), Taker(11, (1, 0)), Taker(12, (2, 0)), Taker(13, (3, 0))]
    standing = {10: 1, 11: 9}  # 10 is far from 1, but has them; 9 is no longer there.
    found = repair(givers=givers, takers=takers, standing=standing)
    assert found[10] == 1
    assert sorted(found.values()) == [1, 1, 2, 2]
    assert found == repair(givers=givers, takers=takers, standing=found)


@pytest.mark.parametrize("has_own_door", [False, True])
def test_42_times_10_times_10_is_assigned_in_ten_seconds(has_own_door):
    """In 150 houses, as it is; and each at a spot of their own, the worst there can be."""
    chance = random.Random(42)
    houses = [(chance.randrange(20_000), chance.randrange(20_000)) for _ in range(150)]

    def somewhere():
        if has_own_door:
            return chance.randrange(20_000), chance.randrange(20_000)
        return chance.choice(houses)

    pioneers = [Giver(number, somewhere(), 10) for number in range(42)]
    members = [Giver(number, somewhere(), 10) for number in range(420)]
    homes = [Taker(number, somewhere()) for number in range(4_200)]
    start = time.perf_counter()
    first = assign(givers=pioneers, takers=[Taker(one.key, one.spot) for one in members])
    second = assign(givers=members, takers=homes)
    assert time.perf_counter() - start < 10
    for found, givers in ((first, pioneers), (second, members)):
        held = list(found.values())
        assert [held.count(giver.key) for giver in givers] == [10] * len(givers)
    if not has_own_door:
        assert total_dm(pioneers, members, first) == least_of_all_dm(pioneers, members)


def test_a_degree_is_as_long_as_it_is():
    spots = plane(points={1: (118.80, 32.05), 2: (118.80, 32.06), 3: (118.81, 32.05)})
    assert distance_dm(one=spots[1], other=spots[2]) == pytest.approx(11_119, abs=2)
    assert distance_dm(one=spots[1], other=spots[3]) == pytest.approx(9_424, abs=3)
    assert plane(points={}) == {}


def test_nobody_is_given_a_giver_of_their_own_household():
    givers = [Giver(1, (0, 0), 2), Giver(2, (50, 0), 1)]
    takers = [Taker(11, (0, 0)), Taker(12, (0, 0)), Taker(13, (40, 0))]
    found = {11: 1, 12: 1, 13: 2}
    given = {"givers": givers, "takers": takers, "found": found}
    assert apart_from_own(own={}, **given) == found
    assert apart_from_own(own={11: {1}}, **given) == {11: 2, 12: 1, 13: 1}
    assert apart_from_own(own={11: {1}}, fixed={13}, **given) == {12: 1, 13: 2}
    more = {**given, "givers": [*givers, Giver(3, (0, 10), 1)]}
    assert apart_from_own(own={11: {1}}, **more) == {11: 3, 12: 1, 13: 2}
