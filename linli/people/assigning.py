"""Who is nearest to whom, with so many places each: the least total distance there is.

A pure module. Spots are points of a plane in decimetres, distances whole decimetres. Only the arcs
to the nearest are given to the solver; then the prices of places, which its answer implies, are
held against every other arc, and those that would be cheaper are added until none is. So an answer
is the best of all, not only of those that were looked at.

Decision: docs/decisions/0026-ties-with-places.md
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Any

Spot = tuple[int, int]
"""A point of a plane: decimetres to the east, decimetres to the north."""

Own = Mapping[int, Collection[int]]
"""By taker, the givers of the same household, who are no givers of theirs."""

_NEAREST_AT_FIRST = 12
_DEGREE_DM = 1_111_949.27
"""Decimetres of one degree of a meridian, on a sphere of 6,371.0088 km."""
_NEVER = 1 << 40


class PlacesMissing(Exception):
    """There are more to be reached than places; `missing` says by how many."""

    def __init__(self, *, missing: int) -> None:
        super().__init__(f"{missing} places are missing")
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Giver:
    """Somebody who holds links, where they are, and how many more they can hold."""

    key: int
    spot: Spot
    places: int


@dataclass(frozen=True, slots=True)
class Taker:
    """Somebody to whom a link shall lead, and where they are."""

    key: int
    spot: Spot


def plane(*, points: Mapping[int, tuple[float, float]]) -> dict[int, Spot]:
    """Return points of longitude and latitude as spots, true to a few centimetres a km."""
    if not points:
        return {}
    middle = sum(latitude for _longitude, latitude in points.values()) / len(points)
    wide = _DEGREE_DM * cos(radians(middle))
    west = min(longitude for longitude, _latitude in points.values())
    south = min(latitude for _longitude, latitude in points.values())
    return {
        key: (round((longitude - west) * wide), round((latitude - south) * _DEGREE_DM))
        for key, (longitude, latitude) in points.items()
    }


def distance_dm(*, one: Spot, other: Spot) -> int:
    """Return the distance of two spots as the crow flies, in whole decimetres."""
    return round(hypot(one[0] - other[0], one[1] - other[1]))


def assign(
    *,
    givers: Sequence[Giver],
    takers: Sequence[Taker],
    standing: Mapping[int, int] | None = None,
    nearest: int = _NEAREST_AT_FIRST,
) -> dict[int, int]:
    """Give each taker one giver, the total distance least; return the giver's key by the taker's.

    The same question has the same answer. Among neighbours who are equally far, what is in
    `standing` stays. `nearest` is with how many arcs the solver begins.

    :raises PlacesMissing: when there are fewer places than takers.
    """
    missing = len(takers) - sum(giver.places for giver in givers)
    if missing > 0:
        raise PlacesMissing(missing=missing)
    if not takers:
        return {}
    # Neighbours behind one door of a house are the same to the solver: one node for each spot.
    places, wanted = _by_spot(_places_of(givers)), _by_spot((one.key, one.spot) for one in takers)
    from_spots, to_spots = list(places), list(wanted)
    flows = _cheapest(
        from_spots,
        to_spots,
        [len(places[spot]) for spot in from_spots],
        [len(wanted[spot]) for spot in to_spots],
        nearest,
    )
    found: dict[int, int] = {}
    rest: list[tuple[list[int], list[int], int]] = []
    for start, end, total in flows:
        givers_there, takers_there = places[from_spots[start]], wanted[to_spots[end]]
        kept = _kept(givers_there, takers_there, total, standing or {})
        found |= kept
        rest.append((givers_there, takers_there, total - len(kept)))
    for givers_there, takers_there, total in rest:
        for _ in range(total):
            found[takers_there.pop(0)] = givers_there.pop(0)
    return found


def repair(
    *, givers: Sequence[Giver], takers: Sequence[Taker], standing: Mapping[int, int]
) -> dict[int, int]:
    """Keep the links that stand and assign only those who have none; return all of them.

    `standing` is the giver's key by the taker's; `places` of a giver counts all of their links.

    :raises PlacesMissing: when there are fewer places left than takers without a link.
    """
    known = {giver.key for giver in givers}
    kept = {one.key: standing[one.key] for one in takers if standing.get(one.key, None) in known}
    taken: dict[int, int] = {}
    for key in kept.values():
        taken[key] = taken.get(key, 0) + 1
    left = [
        Giver(giver.key, giver.spot, max(0, giver.places - taken.get(giver.key, 0)))
        for giver in givers
    ]
    return kept | assign(givers=left, takers=[one for one in takers if one.key not in kept])


def apart_from_own(
    *,
    found: Mapping[int, int],
    givers: Sequence[Giver],
    takers: Sequence[Taker],
    own: Own,
    fixed: Collection[int] = (),
) -> dict[int, int]:
    """Return an assignment in which nobody has a giver of their own household.

    Whoever has one changes with a taker at the same spot, which costs no distance, else with
    whoever, or with a free place, costs the least; those in `fixed` keep theirs. Where there is
    nobody to change with, they go without.
    """
    mended = dict(found)
    spots = {giver.key: giver.spot for giver in givers}
    where = {taker.key: taker.spot for taker in takers}
    left = {giver.key: giver.places for giver in givers}
    for key in found.values():
        left[key] = left.get(key, 0) - 1
    for taker in sorted(key for key in found if found[key] in own.get(key, ())):
        held = mended[taker]
        if held not in own.get(taker, ()):
            continue  # Somebody else changed with them.
        mine = distance_dm(one=where[taker], other=spots[held])
        ways: list[tuple[int, int, int]] = []  # what it costs, to which giver, with which taker
        near = [key for key in mended if where[key] == where[taker]]
        for others in (near, mended):
            for key in others:
                giver = mended[key]
                if (
                    key in fixed
                    or giver == held
                    or giver in own.get(taker, ())
                    or held in own.get(key, ())
                ):
                    continue
                before = mine + distance_dm(one=where[key], other=spots[giver])
                after = distance_dm(one=where[taker], other=spots[giver])
                after += distance_dm(one=where[key], other=spots[held])
                ways.append((after - before, giver, key))
            if ways:
                break
        ways += [
            (distance_dm(one=where[taker], other=spots[giver]) - mine, giver, taker)
            for giver, places in left.items()
            if places > 0 and giver in spots and giver not in own.get(taker, ())
        ]
        if not ways:
            del mended[taker]
            continue
        _cost, giver, key = min(ways)
        if key == taker:
            left[giver], left[held] = left[giver] - 1, left[held] + 1
        mended[key] = held
        mended[taker] = giver
    return mended


def _kept(
    givers: list[int], takers: list[int], most: int, standing: Mapping[int, int]
) -> dict[int, int]:
    """Take out of both lists, at most so often, those who have each other already."""
    kept: dict[int, int] = {}
    for taker in list(takers) if standing else ():
        giver = standing.get(taker)
        if len(kept) < most and giver is not None and giver in givers:
            kept[taker] = giver
            givers.remove(giver)
            takers.remove(taker)
    return kept


def _places_of(givers: Iterable[Giver]) -> Iterable[tuple[int, Spot]]:
    for giver in sorted(givers, key=lambda one: one.key):
        for _ in range(giver.places):
            yield giver.key, giver.spot


def _by_spot(keys: Iterable[tuple[int, Spot]]) -> dict[Spot, list[int]]:
    found: dict[Spot, list[int]] = {}
    for key, spot in sorted(keys):
        found.setdefault(spot, []).append(key)
    return dict(sorted(found.items()))


def _cheapest(
    from_spots: Collection[Spot],
    to_spots: Collection[Spot],
    places: list[int],
    wanted: list[int],
    nearest: int,
) -> list[tuple[int, int, int]]:
    """Return how many go from which to which: (from, to, total), least in all."""
    import numpy as np  # Comes with the solver; a page that assigns nothing needs neither.

    ends, starts = np.array(list(to_spots), float), np.array(list(from_spots), float)
    apart = starts[:, None, :] - ends[None, :, :]
    costs = np.rint(np.sqrt((apart**2).sum(axis=2))).astype(np.int64)
    looked_at = _nearest_of(costs, nearest)
    width = nearest
    while True:
        flows = _solve(costs, looked_at, places, wanted)
        if flows is None:
            width *= 2
            looked_at = _nearest_of(costs, width)
            continue
        cheaper = _cheaper_arcs(costs, looked_at, flows, places)
        if not cheaper.any():
            found = np.argwhere(flows > 0)
            return [(int(start), int(end), int(flows[start, end])) for start, end in found]
        looked_at = looked_at | cheaper


def _nearest_of(costs: Any, width: int) -> Any:
    """Return which arcs are among the nearest `width` of each taker, as a matrix of truths."""
    import numpy as np  # As above.

    chosen = np.zeros(costs.shape, bool)
    order = np.argsort(costs, axis=0, kind="stable")[: min(width, costs.shape[0])]
    np.put_along_axis(chosen, order, True, axis=0)
    return chosen


def _solve(costs: Any, looked_at: Any, places: list[int], wanted: list[int]) -> Any:
    """Return the flow on every arc, the cheapest over those looked at; None when there is none."""
    import numpy as np  # As above.
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow  # Slow to load: 0.2 s.

    givers, takers = costs.shape
    unused = givers + takers  # One more node takes the places that stay free.
    start, end = np.nonzero(looked_at)
    solver = SimpleMinCostFlow()
    amount = np.minimum(np.array(places)[start], np.array(wanted)[end])
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        start, end + givers, amount, costs[start, end]
    )
    solver.add_arcs_with_capacity_and_unit_cost(
        np.arange(givers), np.full(givers, unused), np.array(places), np.zeros(givers, np.int64)
    )
    supplies = [*places, *(-one for one in wanted), sum(wanted) - sum(places)]
    solver.set_nodes_supplies(np.arange(unused + 1), np.array(supplies))
    status = solver.solve()
    if status == solver.INFEASIBLE:
        return None
    assert status == solver.OPTIMAL, f"the solver said {status}"
    flows = np.zeros(costs.shape, np.int64)
    flows[start, end] = solver.flows(arcs)
    return flows


def _cheaper_arcs(costs: Any, looked_at: Any, flows: Any, places: list[int]) -> Any:
    """Return the arcs that would lower the total at the prices that this flow gives to places.

    A place at g costs y(g): nothing where one is free, else what the last taker would save there.
    The flow is the best over all arcs when c(h,t) + y(h) <= c(g,t) + y(g) for all g (duality).
    """
    import numpy as np  # As above.

    has_free = flows.sum(axis=1) < np.array(places)
    known = np.where(looked_at, costs, _NEVER)
    shifts = np.full((costs.shape[0],) * 2, _NEVER, np.int64)
    for giver in range(costs.shape[0]):
        held = np.nonzero(flows[giver])[0]
        if held.size:
            shifts[giver] = (known[:, held] - costs[giver, held]).min(axis=1)
    start = _NEVER if has_free.any() else 0
    prices = np.where(has_free, 0, start).astype(np.int64)
    for _ in range(costs.shape[0]):
        lower = np.minimum(prices, (shifts + prices[None, :]).min(axis=1))
        if (lower == prices).all():
            break
        prices = lower
    asked = costs + prices[:, None]
    paid = np.where(flows > 0, asked, -_NEVER).max(axis=0)
    return (asked < paid[None, :]) & ~looked_at
