"""Keep the roster true when the ground under it changes: grids redrawn, places renamed."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from linli.core.actor import system
from linli.core.events import record
from linli.core.ref import Ref
from linli.people import events
from linli.people.models import Household, Resident
from linli.people.services._recording import thread_of
from linli.people.services.households import places_at
from linli.people.services.residents import index
from linli.territory.models import Building

BATCH = 1_000

_MOVES = ("large_grid_id", "grid_id", "micro_grid_id")
_DOOR = "household__dwelling__entrance__building__estate"


@transaction.atomic
def point_roster_anew(*, community_id: int, at: datetime) -> int:
    """Point households and residents to the grids as they are now drawn; return how many homes."""
    moved: list[int] = []
    total = 0
    buildings = Building.objects.filter(grid__community_id=community_id).select_related("grid")
    for building in buildings.defer("footprint", "grid__boundary").order_by("id"):
        places = places_at(building=building)
        wanted = {name: places[name] for name in _MOVES}
        # A key compared with NULL is neither the same nor another, so empty ones are asked apart.
        same = {
            name if key is not None else f"{name.removesuffix('_id')}__isnull": key or True
            for name, key in wanted.items()
        }
        stale = Household.objects.filter(building=building).exclude(**same)
        homes = stale.update(**wanted)
        people = Resident.objects.filter(building=building).exclude(**same).update(**wanted)
        if homes or people:
            moved.append(building.pk)
            total += homes
    if moved:
        index_roster_anew(building_ids=moved)
        subject = Ref(kind="territory.area", id=community_id)
        record(
            name=events.ROSTER_POINTED_ANEW,
            subject=subject,
            trace=thread_of(subject=subject),
            actor=system(name="grids"),
            at=at,
            community_id=community_id,
            facts={"households": total, "building_ids": moved},
        )
    return total


@transaction.atomic
def index_roster_anew(*, building_ids: Collection[int]) -> int:
    """Index the residents of buildings whose name or grid changed; return how many."""
    rows = Resident.objects.filter(building_id__in=building_ids).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        part = Resident.objects.filter(pk__in=ids[start : start + BATCH])
        index(residents=list(part.select_related(_DOOR)))
    return len(ids)


def buildings_of(*, estate_id: int | None = None, entrance_id: int | None = None) -> list[int]:
    """Return the keys of an estate's buildings, or of the one that has an entrance."""
    rows = Building.objects.filter(
        **({"estate_id": estate_id} if entrance_id is None else {"entrances": entrance_id})
    )
    return list(rows.values_list("pk", flat=True))
