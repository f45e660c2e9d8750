"""Households from a workbook: one behind each door, opened in bulk."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.core.actor import Actor
from linli.core.errors import Refused
from linli.core.events import Happened, record_many
from linli.core.models import Event
from linli.core.ref import Ref
from linli.people import events, queries
from linli.people.books.batches import Batch, Kept
from linli.people.books.planning import Outcome, Planned
from linli.people.models import Household, HouseholdStatus
from linli.people.services import households as services
from linli.people.services.households import DoorTaken, places_at
from linli.territory.models import Dwelling

_FIELDS = ("status", "employer")
_DOOR = "dwelling__entrance__building__estate"


class HouseholdPlanner:
    """Compares rows with the households that stand."""

    def __init__(self, *, community_id: int, on: date) -> None:
        self._on = on
        rows = Household.objects.filter(community_id=community_id, until_date=None)
        self._standing = {
            one["dwelling_id"]: one for one in rows.values("id", "dwelling_id", *_FIELDS)
        }
        self._doors_here: dict[int, Planned] = {}

    def check(self, row: Planned) -> None:
        """Keep what is wrong with what the row says."""
        if (since := row.said.get("from_date")) is not None and since > self._on:
            row.wrong(column="from_date", sentence=_("This day is in the future."))

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
        row.fields = [
            name for name in _FIELDS if row.said.get(name) and row.said[name] != found[name]
        ]
        row.outcome = Outcome.CHANGED if row.fields else Outcome.UNCHANGED


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
        for row in batch.of(outcome=Outcome.CHANGED):
            try:
                self._change(row, actor, at)
            except Refused as refused:
                batch.leave_out(row, refused)

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


def open_missing(
    *,
    community_id: int,
    dwelling_ids: set[int],
    actor: Actor,
    at: datetime,
    cause: Event | None,
) -> dict[int, Household]:
    """Return the household behind each door, opened where there was none, by the door's key.

    Where nobody lived until now, somebody does.
    """
    homes = _homes(dwelling_ids)
    missing = {key: {"status": HouseholdStatus.LIVES_HERE} for key in dwelling_ids - homes.keys()}
    if missing:
        _open(missing, community_id, actor, at, cause)
        homes |= _homes(set(missing))
    for household in homes.values():
        if household.status == HouseholdStatus.VACANT:
            services.inhabit(household=household, actor=actor, at=at)
    return homes


def _homes(dwelling_ids: set[int]) -> dict[int, Household]:
    rows = Household.objects.filter(dwelling_id__in=dwelling_ids, until_date=None)
    return {one.dwelling_id: one for one in rows.select_related(_DOOR)}


def _open(
    wanted: Mapping[int, Mapping[str, Any]],
    community_id: int,
    actor: Actor,
    at: datetime,
    cause: Event | None,
) -> None:
    """Put a household behind each of these doors, which have none."""
    doors = Dwelling.objects.filter(pk__in=wanted.keys()).select_related("entrance__building__grid")
    made = []
    for door in doors.defer("entrance__building__footprint", "entrance__building__grid__boundary"):
        said = wanted[door.pk]
        since = said.get("from_date")
        made.append(
            Household(
                dwelling=door,
                status=said.get("status") or HouseholdStatus.UNKNOWN,
                employer=said.get("employer", ""),
                from_date=date.fromisoformat(since) if since else None,
                **places_at(building=door.entrance.building),
            )
        )
    Household.objects.bulk_create(made)
    record_many(
        name=events.HOUSEHOLD_OPENED,
        happened=[
            Happened(subject=Ref(kind=queries.HOUSEHOLD, id=one.pk), trace=one.trace)
            for one in made
        ],
        actor=actor,
        at=at,
        community_id=community_id,
        cause=cause,
    )
