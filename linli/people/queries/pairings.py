"""Who is in need and without a pair, and who of the willing lives nearest."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from linli.core.actor import Actor
from linli.people.assigning import distance_dm
from linli.people.models import PriorityNeed, Resident, Tie, TieKind
from linli.people.queries.needs import needs_open_to, rows_of_needs
from linli.people.queries.residents import ResidentRow, row_of
from linli.people.queries.tie_plans import Spots, spots_of_holders
from linli.people.queries.ties import entitled_in, list_tie_holders

NEAREST_SHOWN = 5
_DOOR = "household__dwelling__entrance__building__estate"


@dataclass(frozen=True, slots=True)
class Willing:
    """Somebody named for a pairing who has none yet, and how far from there they are."""

    holder_id: int
    name: str
    address: str
    metres: int


@dataclass(frozen=True, slots=True)
class UnpairedRow:
    """Somebody in need of help whom nobody is paired with, and the nearest who are willing."""

    resident: ResidentRow
    groups: tuple[str, ...]
    nearest: tuple[Willing, ...]


def count_unpaired(*, actor: Actor, community_id: int) -> int:
    """Return how many are in need and without a pair."""
    return _unpaired(actor, community_id).count()


def list_unpaired(
    *, actor: Actor, community_id: int, on: date, start: int = 0, most: int = 50
) -> list[UnpairedRow]:
    """Return those without a pair by their door; nobody to whoever is not entitled to know."""
    rows = _unpaired(actor, community_id).select_related(_DOOR)
    found = list(rows.order_by("building_id", "household_id", "pk")[start : start + most])
    groups: dict[int, list[str]] = {}
    open_needs = needs_open_to(actor=actor, on=on).filter(resident__in=found, until_date=None)
    for need in rows_of_needs(rows=open_needs.order_by("pk")):
        groups.setdefault(need.need.resident_id, []).append(need.group)
    free = [
        row for row in list_tie_holders(community_id=community_id, kind=TieKind.PAIRING) if row.free
    ]
    spots = Spots(community_id)
    where = spots_of_holders(community_id=community_id, holders=free, spots=spots, on=on)

    def nearest_of(resident: Resident) -> tuple[Willing, ...]:
        here = spots.of(resident.building_id)
        apart = sorted(
            (distance_dm(one=here, other=where[row.holder.pk]), row.holder.pk, row)
            for row in free
            if row.holder.resident_id != resident.pk
        )
        return tuple(
            Willing(row.holder.pk, row.name, row.address, round(far / 10))
            for far, _key, row in apart[:NEAREST_SHOWN]
        )

    return [
        UnpairedRow(row_of(resident=one), tuple(groups.get(one.pk, ())), nearest_of(one))
        for one in found
    ]


def _unpaired(actor: Actor, community_id: int) -> QuerySet[Resident]:
    if not actor.is_system and community_id not in entitled_in(actor=actor):
        return Resident.objects.none()
    needs = PriorityNeed.objects.filter(resident=OuterRef("pk"), until_date=None)
    pairs = Tie.objects.filter(resident=OuterRef("pk"), kind=TieKind.PAIRING, until_date=None)
    return Resident.objects.filter(
        Exists(needs), ~Exists(pairs), community_id=community_id, until_date=None
    )
