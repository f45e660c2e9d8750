"""Households from a workbook: one behind each door, opened in bulk."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Count
from django.utils.translation import gettext as _

from linli.core import bulk
from linli.core.actor import Actor
from linli.core.events import Happened, record_many
from linli.core.models import Event
from linli.core.ref import Ref
from linli.people import events, queries
from linli.people.books.batches import Batch, Kept
from linli.people.books.planning import Outcome, Planned
from linli.people.books.words import check_employer
from linli.people.models import Household, HouseholdStatus, Resident
from linli.people.services import households as services
from linli.people.services.households import DoorTaken, SomebodyLivesThere
from linli.territory.models import Dwelling

_FIELDS = ("status", "employer")
_PLACES = ("community_id", "large_grid_id", "grid_id", "micro_grid_id", "building_id")
"""What residents copy from their household, and both from the building."""

_ADDRESS = (
    "dwelling__entrance__building__estate__name",
    "dwelling__entrance__building__name",
    "dwelling__entrance__name",
    "dwelling__room",
)
_OF_DOOR = {
    "community_id": "entrance__building__grid__community_id",
    "large_grid_id": "entrance__building__grid__large_grid_id",
    "grid_id": "entrance__building__grid_id",
    "micro_grid_id": "entrance__building__micro_grid_id",
    "estate_id": "entrance__building__estate_id",
    "building_id": "entrance__building_id",
}
"""Where a household's columns stand, seen from its door; see `services.households.places_at`."""


class HouseholdPlanner:
    """Compares rows with the households that stand."""

    def __init__(self, *, community_id: int, on: date) -> None:
        self._on = on
        rows = Household.objects.filter(community_id=community_id, until_date=None)
        self._standing = {
            one["dwelling_id"]: one for one in rows.values("id", "dwelling_id", *_FIELDS)
        }
        people = Resident.objects.filter(community_id=community_id, until_date=None)
        counted = people.values_list("household_id").annotate(total=Count("id")).order_by()
        self._people = dict(counted)
        self._doors_here: dict[int, Planned] = {}

    def check(self, row: Planned) -> None:
        """Keep what is wrong with what the row says."""
        if (since := row.said.get("from_date")) is not None and since > self._on:
            row.wrong(column="from_date", sentence=_("This day is in the future."))
        check_employer(row)

    def plan(self, row: Planned) -> None:
        """Set the row's outcome, subject and changed fields, or keep what is wrong."""
        assert row.door is not None, "a row without a door is wrong already"
        before = self._doors_here.setdefault(row.door.id, row)
        if before is not row:
            facts = {"sheet": before.line.sheet, "row": before.line.line}
            sentence = _("This door stands in the file already: %(sheet)s, row %(row)s.") % facts
            row.wrong(
                column="address" if "address" in row.line.cells else "room", sentence=sentence
            )
            return
        found = self._standing.get(row.door.id)
        if found is None:
            row.outcome = Outcome.NEW
            return
        row.subject_id = found["id"]
        said = row.said
        fields = [name for name in _FIELDS if said.get(name) and said[name] != found[name]]
        row.changes(fields=fields, standing=found)
        total = self._people.get(found["id"], 0)
        if total and "status" in fields and said["status"] == HouseholdStatus.VACANT:
            row.wrong(column="status", sentence=str(SomebodyLivesThere(total=total)))


class HouseholdWriter:
    """Writes planned rows: the new ones in bulk, the changed ones by the services of the roster."""

    def __init__(self, *, community_id: int) -> None:
        self._community_id = community_id

    def write(self, batch: Batch, actor: Actor, at: datetime, cause: Event) -> None:
        """Bring a batch in; rows that no longer fit are left out, with the reason."""
        new = batch.of(outcome=Outcome.NEW)
        taken = Household.objects.filter(
            dwelling_id__in=[row.dwelling_id for row in new], until_date=None
        )
        late = set(taken.values_list("dwelling_id", flat=True))
        for row in new:
            if row.dwelling_id in late:
                batch.leave_out(row, DoorTaken())
        _open(
            {row.dwelling_id: row.said for row in new if row.dwelling_id not in late},
            self._community_id,
            actor,
            at,
            cause,
        )
        changed = batch.of(outcome=Outcome.CHANGED)
        batch.each(changed, lambda row: self._change(row, actor, at))

    def _change(self, row: Kept, actor: Actor, at: datetime) -> None:
        assert row.subject_id is not None, "a changed row is on the roster"
        household = queries.get_household(actor=actor, household_id=row.subject_id)
        services.set_household(
            household_id=household.pk,
            status=row.said.get("status") or household.status,
            employer=row.said.get("employer") or household.employer,
            actor=actor,
            at=at,
        )


@dataclass(frozen=True, slots=True)
class Home:
    """A household that stands, with what its residents copy, and the address they are found by."""

    id: int
    trace: UUID
    status: str
    places: Mapping[str, int | None]
    address: str


def open_missing(
    *,
    community_id: int,
    dwelling_ids: set[int],
    actor: Actor,
    at: datetime,
    cause: Event | None,
) -> dict[int, Home]:
    """Return the household behind each door, opened where there was none, by the door's key.

    Where nobody lived until now, somebody does.
    """
    homes = _homes(dwelling_ids)
    missing = {key: {"status": HouseholdStatus.LIVES_HERE} for key in dwelling_ids - homes.keys()}
    if missing:
        homes |= _open(missing, community_id, actor, at, cause)
    vacant = [one.id for one in homes.values() if one.status == HouseholdStatus.VACANT]
    for household in Household.objects.filter(pk__in=vacant).order_by("pk"):
        services.inhabit(household=household, actor=actor, at=at)
    return homes


def _homes(dwelling_ids: Collection[int]) -> dict[int, Home]:
    rows = Household.objects.filter(dwelling_id__in=dwelling_ids, until_date=None)
    columns = ("dwelling_id", "id", "trace", "status", *_PLACES, *_ADDRESS)
    homes = {}
    for door_id, key, trace, status, *copied in rows.order_by("id").values_list(*columns):
        places = dict(zip(_PLACES, copied[: len(_PLACES)], strict=True))
        address = " ".join(part for part in copied[len(_PLACES) :] if part)
        homes[door_id] = Home(key, trace, status, places, address)
    return homes


def _open(
    wanted: Mapping[int, Mapping[str, Any]],
    community_id: int,
    actor: Actor,
    at: datetime,
    cause: Event | None,
) -> dict[int, Home]:
    """Put a household behind each of these doors, which have none, and return them by the door."""
    doors = Dwelling.objects.filter(pk__in=wanted.keys()).order_by("pk")
    made = []
    for door_id, *places in doors.values_list("pk", *_OF_DOOR.values()):
        said = wanted[door_id]
        since = said.get("from_date")
        made.append(
            {
                "dwelling_id": door_id,
                "trace": uuid4(),
                "status": said.get("status") or HouseholdStatus.UNKNOWN,
                "employer": said.get("employer", ""),
                "from_date": date.fromisoformat(since) if since else None,
                **dict(zip(_OF_DOOR, places, strict=True)),
            }
        )
    bulk.insert(model=Household, rows=made)
    opened = _homes(wanted.keys())
    record_many(
        name=events.HOUSEHOLD_OPENED,
        happened=[
            Happened(subject=Ref(kind=queries.HOUSEHOLD, id=one.id), trace=one.trace)
            for one in opened.values()
        ],
        actor=actor,
        at=at,
        community_id=community_id,
        cause=cause,
    )
    return opened
