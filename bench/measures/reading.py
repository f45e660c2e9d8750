"""Lists, searches and points: what a million matters must not slow down."""

import statistics
from collections.abc import Sequence
from random import Random

import shapely
from django.db import connection

from bench.ground import polygon
from bench.measures.creating import reporter_at
from bench.measuring import Figure, Work, compare, figure_of, replay, statements_of
from bench.world import World
from linli.core.actor import Actor
from linli.matters import queries
from linli.matters.models import Matter
from linli.matters.queries import MatterFilter
from linli.matters.workflow import OPEN, State
from linli.territory.geometry import PointIndex, Zone
from linli.territory.queries import grid_at

PAGE = 50
FLOOR_LIST = "list, search: the raw driver reads the same rows by their keys"
_POLYGONS = 20_000


def lists(world: World) -> list[Figure]:
    """Measure the lists that must stay quick, their first and their hundredth page."""
    desk, overseer = world.actor("shegong1"), world.actor("qu1")
    grid = MatterFilter(grid_id=world.village.grids[0], states=_codes(OPEN))
    overdue = MatterFilter(
        community_id=world.village.area_id, overdue_at=world.at, oldest_deadline_first=True
    )
    by_state = MatterFilter(states=(State.CLOSED.value,))
    return [
        _first(world, "list of 50, desk", desk, MatterFilter(), wanted="≤ 8 queries"),
        *_both(world, "a grid's open list", world.actor("wangge1"), grid),
        *_both(world, "a community's overdue list", desk, overdue),
        *_both(world, "a district's list by state", overseer, by_state),
    ]


def search(world: World) -> list[Figure]:
    """Measure searches by two characters: common, rare, and of nothing at all."""
    take_in = reporter_at(world, extra="附近有白蚁。")
    for _ in range(3):
        take_in()
    cases = (
        ("search 漏水 (common), community", "shegong1", "漏水"),
        ("search 白蚁 (rare), community", "shegong1", "白蚁"),
        ("search 漏水 (common), district", "qu1", "漏水"),
        ("search 白蚁 (rare), district", "qu1", "白蚁"),
        ("search 鲸鱼 (none), district", "qu1", "鲸鱼"),
    )
    wanted = "≤ 50 ms"
    return [
        _first(world, name, world.actor(who), MatterFilter(query=words), wanted=wanted)
        for name, who, words in cases
    ]


def locate(world: World) -> list[Figure]:
    """Measure point → grid among 20,000 polygons, and with its check of the map's revision."""
    index = PointIndex(zones=_zones())
    tree = shapely.STRtree([shapely.geometry.shape(zone.boundary) for zone in index.zones])
    random = Random(5)
    points = [(110 + random.random() * 2, 30 + random.random()) for _ in range(1_000)]

    def find() -> None:
        for longitude, latitude in points:
            index.find(longitude=longitude, latitude=latitude)

    def floor() -> None:
        for longitude, latitude in points:
            tree.query(shapely.Point(longitude, latitude))

    costs = compare(measure=find, floor=floor, rounds=world.times(9), times=1, warm=1)
    here = world.village.buildings[world.village.grids[0]][0]
    at = compare(
        measure=lambda: grid_at(longitude=here[3], latitude=here[4]),
        floor=by_keys([world.village.grids[0]], table="territory_area"),
        rounds=5,
        times=world.times(100),
    )
    return [
        Figure(
            measure="point → grid among 20,000 polygons",
            figure=costs[0].milliseconds,  # of a thousand look-ups: microseconds for one
            unit="µs",
            floor=costs[1].milliseconds,
            floor_is="point: shapely's tree alone; with the database: the grid's row by its key",
            ratio=costs[0].milliseconds / costs[1].milliseconds,
            wanted="≤ 50 µs",
        ),
        figure_of(
            "point → grid with the database",
            at,
            floor_is="",
            queries=len(statements_of(lambda: grid_at(longitude=here[3], latitude=here[4]))),
        ),
    ]


# --- Leaves -------------------------------------------------------------------------------------


def _both(world: World, name: str, actor: Actor, wanted: MatterFilter) -> list[Figure]:
    after, page = _hundredth(actor, wanted)
    return [
        _first(world, f"{name}, first page", actor, wanted, wanted="≤ 5 ms in the database"),
        _first(
            world,
            f"{name}, page {page}",
            actor,
            wanted,
            after=after,
            wanted="≤ 5 ms in the database" if page == 100 else "too few rows for page 100",
        ),
    ]


def _first(
    world: World, name: str, actor: Actor, which: MatterFilter, *, wanted: str, after: str = ""
) -> Figure:
    """Measure one page: the whole read, its statements alone, and the same rows by their keys."""

    def read() -> queries.Page:
        return queries.page_of_matters(actor=actor, wanted=which, after=after, size=PAGE)

    found, sent = read(), statements_of(read)
    floor = by_keys([matter.pk for matter in found.matters])
    times = world.times(10)
    costs = compare(measure=read, floor=floor, rounds=5, times=times)
    alone = compare(measure=replay(sent), floor=floor, rounds=5, times=times)[0]
    return figure_of(
        name,
        costs,
        floor_is=FLOOR_LIST,
        database_ms=alone.milliseconds,
        queries=len(sent),
        wanted=wanted,
        note=f"{len(found.matters)} rows",
    )


def _hundredth(actor: Actor, wanted: MatterFilter) -> tuple[str, int]:
    """Return the key that begins the hundredth page, or the last one there is, and its number."""
    after, page = "", 1
    while page < 100:
        following = queries.page_of_matters(actor=actor, wanted=wanted, after=after, size=PAGE)
        if following.next_after is None:
            break
        after, page = following.next_after, page + 1
    return after, page


def by_keys(keys: Sequence[int], *, table: str = "") -> Work:
    """Return what reads whole rows by their keys, past the ORM."""
    name = table or Matter._meta.db_table
    marks = ", ".join(["%s"] * len(keys)) or "NULL"
    sql = f"SELECT * FROM {name} WHERE id IN ({marks})"

    def read() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, list(keys))
            cursor.fetchall()

    return read


def _codes(states: frozenset[State]) -> tuple[str, ...]:
    return tuple(sorted(state.value for state in states))


def _zones() -> list[Zone]:
    wide, tall = 2 / 200, 1 / 100
    assert _POLYGONS == 200 * 100
    return [
        Zone(
            id=number + 1,
            community_id=number // 12,
            rank=0,
            boundary=polygon(
                west=110 + number % 200 * wide,
                east=110 + (number % 200 + 1) * wide,
                south=30 + number // 200 * tall,
                north=30 + (number // 200 + 1) * tall,
            ),
        )
        for number in range(_POLYGONS)
    ]


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 99th of a hundred, in the unit of the values."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
