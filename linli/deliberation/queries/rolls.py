"""Who has a vote: residents or households of a place, as the roster has them on a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import QuerySet

from linli.deliberation.models import OwnersShare, RollEntry, Vote
from linli.deliberation.workflow import RollUnit, TopicLevel, VotePurpose
from linli.people.models import Household, HouseholdStatus, Resident
from linli.people.queries import address_of, row_of
from linli.territory.queries.finding import natural_key

_NOBODY_THERE = (HouseholdStatus.VACANT, HouseholdStatus.LIVES_ELSEWHERE)
_DOOR = ("dwelling__entrance__building__estate",)
_COLUMN_OF = {
    TopicLevel.COMMUNITY: "community_id",
    TopicLevel.GRID: "grid_id",
    TopicLevel.BUILDING: "building_id",
}


@dataclass(frozen=True, slots=True)
class Voter:
    """Somebody, or a household, who will have one vote; of owners with their area and heads."""

    resident_id: int | None = None
    household_id: int | None = None
    area_hundredths: int = 0
    heads: int = 1


@dataclass(frozen=True, slots=True)
class Electorate:
    """Who would be on the roll, in walking order, and who is not for want of a fact."""

    voters: tuple[Voter, ...]
    age_unknown: int = 0  # residents whose date of birth nobody entered
    areas_missing: int = 0  # doors whose area nobody entered


@dataclass(frozen=True, slots=True)
class RollRow:
    """One entry of a roll as the office reads it."""

    entry: RollEntry
    address: str
    name: str  # of a resident; empty for a household


def electorate_of(*, vote: Vote, on: date) -> Electorate:
    """Return who would be on a vote's roll that day."""
    within = within_scope(scope=vote.scope, community_id=vote.community_id)
    if vote.purpose == VotePurpose.OWNERS:
        return _owners(within)
    if vote.unit == RollUnit.HOUSEHOLD:
        homes = Household.objects.filter(until_date=None, **within)
        doors = homes.exclude(status__in=_NOBODY_THERE).values_list("id", *_DOOR_KEYS)
        return Electorate(tuple(Voter(household_id=one[0]) for one in _walked(doors)))
    people = Resident.objects.filter(until_date=None, **within)
    people = people.exclude(household__status__in=_NOBODY_THERE)
    born = on - relativedelta(years=int(vote.rules["age_least"]))
    prefix = tuple(f"household__{name}" for name in _DOOR_KEYS)
    rows = people.filter(birth_date__lte=born).values_list("id", *prefix)
    return Electorate(
        voters=tuple(Voter(resident_id=one[0]) for one in _walked(rows)),
        age_unknown=people.filter(birth_date=None).count(),
    )


def within_scope(*, scope: Mapping[str, Any], community_id: int) -> dict[str, Any]:
    """Return the condition on households and residents that a vote's scope means."""
    level = TopicLevel(scope["level"])
    found: dict[str, Any] = {"community_id": community_id}
    if level is not TopicLevel.COMMUNITY:
        found[f"{_COLUMN_OF[level]}__in"] = list(scope["ids"])
    return found


_DOOR_KEYS = ("building_id", "dwelling__entrance__code", "dwelling__room")


def _walked(rows: Any) -> list[Any]:
    """Return rows of a key and a door in the order in which one walks from door to door."""
    return sorted(
        rows.order_by(),
        key=lambda one: (one[1], natural_key(text=one[2]), natural_key(text=one[3]), one[0]),
    )


def _owners(within: Mapping[str, Any]) -> Electorate:
    """Return every door with a household on the roster, lived in or not: who owns it votes."""
    homes = Household.objects.filter(until_date=None, **within)
    rows = _walked(homes.values_list("id", *_DOOR_KEYS, "dwelling_id"))
    shares = {
        one.dwelling_id: one
        for one in OwnersShare.objects.filter(dwelling__in=homes.values("dwelling"))
    }
    known = [(row[0], shares[row[4]]) for row in rows if row[4] in shares]
    return Electorate(
        voters=tuple(
            Voter(household_id=key, area_hundredths=one.area_hundredths, heads=one.heads)
            for key, one in known
        ),
        areas_missing=len(rows) - len(known),
    )


def list_roll(*, vote: Vote, first: int, last: int) -> list[RollRow]:
    """Return the entries from a number to a number, with door and name."""
    entries = _with_doors(vote.roll.filter(number__gte=first, number__lte=last))
    return [_row_of(entry) for entry in entries.order_by("number")]


def get_roll_row(*, entry: RollEntry) -> RollRow:
    """Return whose number on the roll it is."""
    return _row_of(_with_doors(RollEntry.objects.filter(pk=entry.pk)).get())


def _with_doors(rows: QuerySet[RollEntry]) -> QuerySet[RollEntry]:
    doors = [f"household__{name}" for name in _DOOR]
    doors += [f"resident__household__{name}" for name in _DOOR]
    return rows.select_related("resident", *doors)


def _row_of(entry: RollEntry) -> RollRow:
    if entry.resident is not None:
        found = row_of(resident=entry.resident)
        return RollRow(entry=entry, address=found.address, name=found.person.name)
    assert entry.household is not None, "an entry is of a resident or of a household"
    return RollRow(entry=entry, address=address_of(household=entry.household), name="")


@dataclass(frozen=True, slots=True)
class DoorArea:
    """A door of a building, with the area that was entered for its owner."""

    dwelling_id: int
    door: str
    area_hundredths: int | None
    heads: int


def doors_with_areas(*, building_id: int) -> list[DoorArea]:
    """Return the doors of a building behind which the roster has a household, in walking order."""
    homes = Household.objects.filter(building=building_id, until_date=None)
    rows = _walked(homes.values_list("id", *_DOOR_KEYS, "dwelling_id", _ENTRANCE))
    shares = {
        one.dwelling_id: one
        for one in OwnersShare.objects.filter(dwelling__in=homes.values("dwelling"))
    }
    return [
        DoorArea(
            dwelling_id=row[4],
            door=f"{row[5]} {row[3]}",
            area_hundredths=shares[row[4]].area_hundredths if row[4] in shares else None,
            heads=shares[row[4]].heads if row[4] in shares else 1,
        )
        for row in rows
    ]


_ENTRANCE = "dwelling__entrance__name"
