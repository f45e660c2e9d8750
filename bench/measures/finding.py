"""Search on the roster: a name, its initials, an address, four digits, a whole number."""

import sys

from django.utils import timezone

from bench.homes import make_homes
from bench.measures.reading import FLOOR_LIST, by_keys
from bench.measuring import Figure, compare, figure_of, replay, statements_of
from bench.world import World
from linli.core.actor import Actor
from linli.people import queries
from linli.people.models import Resident
from linli.people.queries import ResidentFilter

_DOOR = ("household__dwelling__entrance__building__estate",)
_WANTED = "≤ 50 ms in the database at 1,000,000"


def roster_search(world: World) -> list[Figure]:
    """Measure each way of looking somebody up, for an office and for a grid worker."""
    make_homes(rows=world.times(world.people), seed=1, say=_say)
    office, grid = world.actor("shegong1"), world.actor("wangge1")
    first = Resident.objects.filter(community_id=world.village.area_id).order_by("id")
    found = queries.row_of(resident=first.select_related(*_DOOR)[7])
    person, address = found.person, found.address
    cases = (
        ("name", office, person.name),
        ("two characters of a name", office, person.name[:2]),
        ("name, a grid worker's", grid, person.name),
        ("initials zw", office, "zw"),
        ("initials zwm", office, "zwm"),
        ("initials, a grid worker's", grid, "zw"),
        ("address", office, "".join(address.split()[:3])),
        ("address and initials", office, f"{address.split()[0]} lj"),
        ("last four digits", office, person.phone[-4:]),
        ("whole ID number", office, person.id_number),
        ("whole phone", office, person.phone),
        ("name of nobody", office, "欧阳"),
    )
    return [_figure(world, name, actor, text) for name, actor, text in cases]


def _figure(world: World, name: str, actor: Actor, text: str) -> Figure:
    wanted, on = ResidentFilter(query=text), timezone.localdate(world.at)

    def read() -> queries.ResidentPage:
        return queries.page_of_residents(actor=actor, wanted=wanted, on=on)

    page, sent = read(), statements_of(read)
    floor = by_keys([one.resident.pk for one in page.rows], table=Resident._meta.db_table)
    times = world.times(10)
    costs = compare(measure=read, floor=floor, rounds=5, times=times)
    alone = compare(measure=replay(sent), floor=floor, rounds=5, times=times)[0]
    more = "and more" if page.next_after is not None else ""
    return figure_of(
        f"roster search, {name}",
        costs,
        floor_is=FLOOR_LIST,
        database_ms=alone.milliseconds,
        queries=len(sent),
        wanted=_WANTED,
        note=f"{len(page.rows)} rows {more}".strip()
        + f"; {alone.cpu_ms:.2g} ms of CPU in the database",
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
