"""Residents from a workbook: matched by number, else by name behind the door."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _

from linli.core import bulk, crypto
from linli.core.actor import Actor
from linli.core.errors import Several
from linli.core.events import Happened, record_many
from linli.core.models import Event
from linli.core.ref import Ref
from linli.core.search import write
from linli.people import events, finding, queries
from linli.people.books import cells
from linli.people.books.batches import Batch, Kept
from linli.people.books.households import Home, open_missing
from linli.people.books.planning import Outcome, Planned
from linli.people.books.who import Standing, spellings
from linli.people.models import Departure, Household, Resident, ResidentTerms, Stay
from linli.people.personal import (
    FIELDS,
    ID_FIELD,
    NAME_FIELD,
    PHONE_FIELD,
    SEALED,
    Person,
    checked,
    columns_of,
    person_of,
)
from linli.people.services import residents as services
from linli.people.services.households import ChangedMeanwhile

_PLAIN = tuple(name for name in FIELDS if name not in SEALED)
_DIGESTS = {"name": NAME_FIELD, "id_number": ID_FIELD, "phone": PHONE_FIELD}
_DATES = ("birth_date", "consented_on", "guardian_consented_on")
WHERE = "address"
"""How a change of the door is called among the changed columns."""


class ResidentPlanner:
    """Compares rows with the roster as it stands; sealed columns are compared by their digests."""

    def __init__(self, *, community_id: int, on: date) -> None:
        self._on = on
        digests = [f"{name.removesuffix('_number')}_digest" for name in _DIGESTS]
        self._roster = Standing(
            community_id=community_id,
            columns=("departure", "household__dwelling_id", *digests, *_PLAIN),
            key=lambda one: (one["household__dwelling_id"], one["name_digest"]),
        )
        self._numbers_here: dict[str, Planned] = {}
        self._people_here: dict[tuple[int, str, date | None], Planned] = {}
        self._subjects_here: dict[int, Planned] = {}
        self._masked: Planned | None = None
        self._is_told_of_masked = False
        self._new_here: set[tuple[int, str]] = set()

    def check(self, row: Planned) -> None:
        """Bring what the row says into the house's shape, or keep what is wrong with it."""
        cells.look_at_name(row)
        if cells.pass_over_masked(row):
            self._masked = row
        cells.take_one_phone(row)
        cells.leave_the_month_to_the_number(row)
        try:
            known = checked(person=Person(**{"name": "", **row.said}), on=self._on)
        except Several as several:
            for fault in several.faults:
                row.wrong(column=fault.field, sentence=str(fault))
        else:
            row.said = {name: value for name in FIELDS if (value := getattr(known, name))}

    def plan(self, row: Planned) -> None:
        """Set the row's outcome, subject and changed fields, or keep what is wrong."""
        self._compare(row)
        is_coming_in = not row.faults and row.outcome in (Outcome.NEW, Outcome.CHANGED)
        if self._masked is row and is_coming_in and not self._is_told_of_masked:
            self._is_told_of_masked = True
            sentence = _(
                "Hidden numbers, such as 138****0201, are passed over here and below; what the "
                "roster has stays."
            )
            row.hint(
                column="phone" if "phone" in row.line.cells else "id_number", sentence=sentence
            )

    def _compare(self, row: Planned) -> None:
        known = Person(**row.said)
        assert row.door is not None, "a row without a door is wrong already"
        digests = {
            name: crypto.digest(value=getattr(known, name), field=field)
            for name, field in _DIGESTS.items()
        }
        if not self._is_first(row, known, digests):
            return
        found = self._standing(row, known, digests)
        if row.faults:
            return
        if found is None:
            row.outcome = Outcome.NEW
            self._look_for_namesake(row, digests["name"])
            return
        row.subject_id = found["id"]
        if (before := self._subjects_here.setdefault(found["id"], row)) is not row:
            row.wrong(column="name", sentence=_same_as(before))
            return
        fields = _changed(found, row.said, digests)
        if found["until_date"] is not None or found["household__dwelling_id"] != row.door.id:
            fields.append(WHERE)
        row.outcome = Outcome.UNCHANGED
        if fields:
            self._try_to_change(row, fields)

    def _is_first(self, row: Planned, known: Person, digests: Mapping[str, str]) -> bool:
        """Tell whether nobody above in the file is this person."""
        assert row.door is not None, "asked before"
        if digests["id_number"]:
            before = self._numbers_here.setdefault(digests["id_number"], row)
            if before is not row:
                row.wrong(column="id_number", sentence=_same_as(before))
            return before is row
        key = row.door.id, digests["name"], known.birth_date
        before = self._people_here.setdefault(key, row)
        if before is not row:
            row.wrong(column="name", sentence=_same_as(before))
        return before is row

    def _standing(
        self, row: Planned, known: Person, digests: Mapping[str, str]
    ) -> Mapping[str, Any] | None:
        found = self._roster.by_number.get(digests["id_number"]) if digests["id_number"] else None
        if found is not None:
            if found["departure"] == Departure.DIED:
                row.wrong(column="name", sentence=_("The roster says that this person has died."))
            elif found["name_digest"] not in _digests_of_name(known.name):
                row.wrong(column="name", sentence=_other_name())
            return found
        assert row.door is not None, "asked before"
        same = [
            one
            for one in self._roster.here.get((row.door.id, digests["name"]), ())
            if not (digests["id_number"] and one["id_digest"])
            and (
                known.birth_date is None
                or one["birth_date"] is None
                or known.birth_date == one["birth_date"]
            )
        ]
        if len(same) > 1:
            row.wrong(
                column="name",
                sentence=_(
                    "Two people of this name live behind this door. Add the ID number or the date "
                    "of birth."
                ),
            )
        return same[0] if len(same) == 1 else None

    def _look_for_namesake(self, row: Planned, name: str) -> None:
        """Point out somebody of the same name behind the same door, whom the row does not mean."""
        assert row.door is not None, "asked before"
        place = row.door.id, name
        if place in self._roster.here or place in self._new_here:
            row.hint(
                column="name",
                sentence=_(
                    "Somebody of this name lives behind this door already, with another ID number "
                    "or date of birth. Look whether it is the same person."
                ),
            )
        self._new_here.add(place)

    def _try_to_change(self, row: Planned, fields: Collection[str]) -> None:
        """Look whether what stands and what the row says go together."""
        assert row.subject_id is not None, "a changed row is on the roster"
        standing = Resident.objects.filter(pk=row.subject_id).values().get()
        known = {name: getattr(person_of(row=standing), name) for name in FIELDS}
        if WHERE in fields and standing["household_id"]:
            known[WHERE] = _address_of(standing["household_id"])
        row.changes(fields=fields, standing=known)
        try:
            checked(person=_merged(standing, row.said), on=self._on)
        except Several as several:
            for fault in several.faults:
                row.wrong(column=fault.field, sentence=str(fault))


def thaw(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row said as values of a person again, after it was kept as JSON."""
    return {
        name: date.fromisoformat(value) if name in _DATES else value for name, value in said.items()
    }


class ResidentWriter:
    """Writes planned rows: the new ones in bulk, the changed ones by the services of the roster."""

    def __init__(self, *, community_id: int) -> None:
        self._community_id = community_id

    def write(self, batch: Batch, actor: Actor, at: datetime, cause: Event) -> None:
        """Bring a batch onto the roster; rows that no longer fit are left out, with the reason."""
        self._add(batch, actor, at, cause)
        changed = batch.of(outcome=Outcome.CHANGED)
        batch.each(changed, lambda row: self._change(row, actor, at))

    def _add(self, batch: Batch, actor: Actor, at: datetime, cause: Event) -> None:
        rows = batch.of(outcome=Outcome.NEW)
        homes = open_missing(
            community_id=self._community_id,
            dwelling_ids={row.dwelling_id for row in rows},
            actor=actor,
            at=at,
            cause=cause,
        )
        made: list[dict[str, Any]] = []
        people: list[Person] = []
        where: list[Home] = []
        # They were brought into the house's shape when the file was checked.
        said = [Person(**thaw(row.said)) for row in rows]
        keyed = [(key := uuid4(), columns_of(person=person, row_key=key)) for person in said]
        digests = [columns["id_digest"] for _key, columns in keyed if columns["id_digest"]]
        numbers, names = _standing_among(self._community_id, digests, homes)
        for row, person, (key, columns) in zip(rows, said, keyed, strict=True):
            home = homes[row.dwelling_id]
            same = home.id, columns["name_digest"], person.birth_date
            if columns["id_digest"] in numbers or same in names:
                batch.leave_out(row, ChangedMeanwhile())
                continue
            made.append({"household_id": home.id, "row_key": key, **home.places, **columns})
            people.append(person)
            where.append(home)
        bulk.insert(model=Resident, rows=made)
        found = Resident.objects.filter(row_key__in=[one["row_key"] for one in made])
        by_key = dict(found.values_list("row_key", "pk"))
        ids = [by_key[one["row_key"]] for one in made]
        bulk.insert(
            model=Stay,
            rows=[
                {"resident_id": key, "household_id": home.id}
                for key, home in zip(ids, where, strict=True)
            ],
        )
        _index(ids, people, where)
        record_many(
            name=events.RESIDENT_ADDED,
            happened=[
                Happened(
                    subject=Ref(kind=queries.RESIDENT, id=key),
                    trace=one["row_key"],
                    facts={"household_id": one["household_id"]},
                )
                for key, one in zip(ids, made, strict=True)
            ],
            actor=actor,
            at=at,
            community_id=self._community_id,
            cause=cause,
        )

    def _change(self, row: Kept, actor: Actor, at: datetime) -> None:
        assert row.subject_id is not None, "a changed row is on the roster"
        standing = Resident.objects.filter(pk=row.subject_id).values().get()
        if WHERE in row.fields:
            homes = open_missing(
                community_id=self._community_id,
                dwelling_ids={row.dwelling_id},
                actor=actor,
                at=at,
                cause=None,
            )
            services.move(
                resident_ids=[row.subject_id],
                household_id=homes[row.dwelling_id].id,
                on=queries.local_day(at=at),
                actor=actor,
                at=at,
            )
        services.edit_resident(
            resident_id=row.subject_id,
            person=_merged(standing, thaw(row.said)),
            actor=actor,
            at=at,
        )


def _index(ids: Collection[int], people: Collection[Person], where: Collection[Home]) -> None:
    terms = [
        (
            key,
            finding.terms_of(
                name=person.name,
                id_number=person.id_number,
                phone=person.phone,
                address=home.address,
                places=home.places,
            ),
        )
        for key, person, home in zip(ids, people, where, strict=True)
    ]
    write(model=ResidentTerms, rows=terms)


def _standing_among(
    community_id: int, digests: Collection[str], homes: Mapping[int, Home]
) -> tuple[set[str], set[tuple[int, str, date | None]]]:
    """Return the numbers and the names at home that came on the roster since the check."""
    here = Resident.objects.filter(until_date=None)
    # Not by the community: a database that goes by it would read all of it, batch after batch.
    known = here.filter(id_digest__in=digests).values_list("id_digest", "community_id")
    numbers = {digest for digest, where in known if where == community_id}
    at_home = here.filter(household__in=[one.id for one in homes.values()])
    names = set(at_home.values_list("household_id", "name_digest", "birth_date"))
    return numbers, names


def _changed(
    found: Mapping[str, Any], said: Mapping[str, Any], digests: Mapping[str, str]
) -> list[str]:
    """Return what a row says otherwise than the roster; what it does not say changes nothing."""
    changed = []
    for name in FIELDS:
        if not said.get(name):
            continue
        if name in SEALED:
            is_other = digests[name] != found[f"{name.removesuffix('_number')}_digest"]
        else:
            is_other = said[name] != found[name]
        if is_other:
            changed.append(name)
    return changed


def _address_of(household_id: int) -> str:
    rows = Household.objects.select_related("dwelling__entrance__building__estate")
    return queries.address_of(household=rows.get(pk=household_id))


def _digests_of_name(name: str) -> set[str]:
    return {crypto.digest(value=one, field=NAME_FIELD) for one in spellings(name=name)}


def _other_name() -> str:
    return _(
        "The roster has this ID number under another name. Compare both. Somebody who changed "
        "their name is renamed on their own page."
    )


def _merged(standing: Mapping[str, Any], said: Mapping[str, Any]) -> Person:
    return replace(person_of(row=standing), **said)


def _same_as(before: Planned) -> str:
    return _("This person stands in the file already: %(sheet)s, row %(row)s.") % {
        "sheet": before.line.sheet,
        "row": before.line.line,
    }
