"""Plans that weigh everybody against everybody: nearest assignment, and a quarter of visits."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from bench.bulk import BulkTable
from bench.homes import new_estate
from bench.measuring import Figure, compare, figure_of, replay, statements_of
from bench.world import World
from linli.people.assigning import Giver, Taker, assign, distance_dm
from linli.people.models import Household, HouseholdStatus
from linli.visits import services as visits
from linli.visits.services import CampaignInput

_PIONEERS, _TIMES = 42, 10
_HOUSEHOLDS = 10_000
_DAYS, _PER_DAY = 90, 12
_ACROSS_DM = 12_000  # a community of 1.2 km


class NotLeast(Exception):
    """An assignment was found that is not the nearest of all."""


def assignment(world: World) -> list[Figure]:
    """Measure 42 households × 10 members × 10 households, beside the solver on every arc."""
    random = Random(7)
    pioneers, members = _PIONEERS, world.times(_PIONEERS * _TIMES)
    homes = members * _TIMES

    def spots(total: int) -> list[tuple[int, int]]:
        # As houses stand: some dozens of people have the same one.
        blocks = [(random.randrange(_ACROSS_DM), random.randrange(_ACROSS_DM)) for _ in range(120)]
        return [random.choice(blocks) for _ in range(total)]

    first = [Giver(key, spot, _TIMES) for key, spot in enumerate(spots(pioneers))]
    middle = spots(members)
    second = [Giver(key, spot, _TIMES) for key, spot in enumerate(middle)]
    halves = (
        (first, [Taker(key, spot) for key, spot in enumerate(middle)]),
        (second, [Taker(key, spot) for key, spot in enumerate(spots(homes))]),
    )
    for givers, takers in halves:
        _require_least(givers, takers)
    costs = compare(
        measure=lambda: [assign(givers=givers, takers=takers) for givers, takers in halves],
        floor=lambda: [_least_dm(givers, takers) for givers, takers in halves],
        rounds=3,
        times=1,
        warm=0,
    )
    return [
        figure_of(
            f"nearest assignment, {pioneers} / {members} / {homes:,}",
            costs,
            floor_is="assignment: the solver on every arc, one node for each person",
            wanted="≤ 10,000 ms, the least of all",
            note="its total is that of the floor",
        )
    ]


def _require_least(givers: Sequence[Giver], takers: Sequence[Taker]) -> None:
    spot_of = {giver.key: giver.spot for giver in givers}
    found = assign(givers=givers, takers=takers)
    total = sum(distance_dm(one=one.spot, other=spot_of[found[one.key]]) for one in takers)
    if total != _least_dm(givers, takers):
        raise NotLeast(f"{total} dm")


def _least_dm(givers: Sequence[Giver], takers: Sequence[Taker]) -> int:
    """Return the least total there is, by a plain call of the solver."""
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
    assert solver.solve() == solver.OPTIMAL, "there are places for all"
    return int(solver.optimal_cost())


def visit_plan(world: World) -> list[Figure]:
    """Measure the plan of a quarter over the households of an office, beside reading them."""
    total = world.times(_HOUSEHOLDS)
    buildings = homes_of(world, total)
    actor, first = world.actor("shuji"), timezone.localdate(world.at)
    village = world.village
    campaign = visits.create_campaign(
        community_id=village.area_id,
        wanted=CampaignInput(
            name="走访",
            from_date=first,
            until_date=first + timedelta(days=_DAYS),
            visits_per_day=_PER_DAY,
            visitor_ids=[*village.staff, *village.grid_workers.values()],
            building_ids=buildings,
        ),
        actor=actor,
        at=world.at,
    )

    def plan() -> object:
        return visits.plan_campaign(campaign_id=campaign.pk, actor=actor, at=world.at)

    sent = statements_of(plan)
    costs = compare(measure=plan, floor=replay(sent), rounds=3, times=1, warm=1)
    return [
        figure_of(
            f"plan of a quarter, {total:,} households",
            costs,
            floor_is="visit plan: the raw driver reads what it reads",
            queries=len(sent),
            wanted="≤ 5,000 ms",
        )
    ]


@transaction.atomic
def homes_of(world: World, total: int) -> list[int]:
    """Put households behind new doors and return the keys of their buildings."""
    table, random = BulkTable(Household), Random(total)
    key = table.next_id()
    buildings: set[int] = set()
    for number, door in enumerate(new_estate(village=world.village, total=total)[:total]):
        building, grid = door.building, door.building.grid
        vacant = random.random() < 0.1
        table.add(
            id=key + number,
            dwelling_id=door.id,
            trace=uuid4(),
            status=(HouseholdStatus.VACANT if vacant else HouseholdStatus.LIVES_HERE).value,
            community_id=grid.community_id,
            grid_id=grid.pk,
            estate_id=building.estate_id,
            building_id=building.pk,
        )
        buildings.add(building.pk)
    table.flush()
    return sorted(buildings)
