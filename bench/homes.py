"""Homes and the people in them: doors, households, residents, stays, events and search terms.

They go through the same tables as those that an office enters, sealed and digested by the same
functions. The same seed makes the same people, and an interrupted run goes on where it stopped.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from bench import words
from bench.bulk import BATCH, BulkTable, fill, finish
from bench.ground import Village, read_ground
from linli.core.models import Delivery, Event
from linli.core.seals import seal_waiting
from linli.core.search import write
from linli.flows.reactions import names as reactions_of_events
from linli.people import events, finding
from linli.people.models import Household, HouseholdStatus, Resident, ResidentTerms, Stay
from linli.people.personal import Person, columns_of
from linli.people.queries import RESIDENT
from linli.territory.models import Building, Dwelling, Entrance, Estate

TABLES: tuple[type[models.Model], ...] = (Household, Resident, Stay, Event, Delivery)
RELATIONS = ("HEAD", "SPOUSE", "CHILD", "PARENT", "OTHER")

_BUSY_EVERY = 10  # batches: a tenth of all live in the first community
_MEMBERS_WEIGHTS = (25, 30, 25, 15, 5)  # of one to five behind a door
_MEMBERS_LEAST = 2.2  # on average, among some hundreds of doors
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_FIRST_BIRTH, _BIRTH_DAYS = date(1930, 1, 1), 33_000
_ENTRANCES, _STOREYS, _BY_STOREY = 3, 10, 4

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Door:
    """A door by its keys and by its name."""

    id: int
    building: Building
    parts: tuple[str, str, str, str]  # estate, building, entrance, room

    @property
    def address(self) -> str:
        """Return it as the search index keeps it."""
        return " ".join(self.parts)


def id_number(*, number: int, area: str) -> tuple[str, date]:
    """Return an ID number that fits, another one for each number, and its date of birth."""
    order, day = divmod(number, _BIRTH_DAYS)
    born = _FIRST_BIRTH + timedelta(days=day)
    body = f"{area}{born:%Y%m%d}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11], born


def members(*, random: Random) -> int:
    """Return how many live behind a door."""
    return random.choices(range(1, 6), _MEMBERS_WEIGHTS)[0]


def doors_for(*, residents: int) -> int:
    """Return how many doors are surely enough for so many residents."""
    return int(residents / _MEMBERS_LEAST) + 20


def new_estate(*, village: Village, total: int) -> list[Door]:
    """Build an estate in a community with at least `total` doors and return them."""
    number = Estate.objects.filter(community_id=village.area_id).count() + 1
    estate = Estate.objects.create(
        community_id=village.area_id, code=f"N{number}", name=f"新城{number}期"
    )
    count = total // (_ENTRANCES * _STOREYS * _BY_STOREY) + 1
    Building.objects.bulk_create(
        Building(
            estate=estate,
            grid_id=village.grids[place % len(village.grids)],
            code=str(place + 1),
            name=f"{place + 1}幢",
            storeys=_STOREYS,
            longitude=118 + place % 20 / 1000,
            latitude=31.5 + place // 20 / 1000,
        )
        for place in range(count)
    )
    buildings = {
        one.pk: one for one in Building.objects.filter(estate=estate).select_related("grid")
    }
    Entrance.objects.bulk_create(
        Entrance(building=building, code=str(n), name=f"{n}单元")
        for building in buildings.values()
        for n in range(1, _ENTRANCES + 1)
    )
    entrances = Entrance.objects.filter(building__estate=estate)
    made = BulkTable(Dwelling)
    key = made.next_id()
    doors: list[Door] = []
    for entrance in entrances.order_by("id"):
        building = buildings[entrance.building_id]
        for storey in range(1, _STOREYS + 1):
            for place in range(1, _BY_STOREY + 1):
                room = f"{storey}{place:02d}"
                made.add(id=key, entrance_id=entrance.pk, room=room, storey=storey)
                parts = (estate.name, building.name, entrance.name, room)
                doors.append(Door(key, building, parts))
                key += 1
    made.flush()
    return doors


def make_homes(*, rows: int, seed: int, say: Say) -> None:
    """Fill the roster up to `rows` made-up residents; what is there already stays as it is.

    10,000 live in an estate of their own; every tenth estate is the first community's.
    """
    maker = _Maker(seed=seed)

    def afterwards() -> None:
        while seal_waiting(at=timezone.now()):
            pass
        finish(models_loaded=(*TABLES, Dwelling))

    fill(
        maker=maker,
        rows=rows,
        what="residents",
        models_filled=TABLES,
        afterwards=afterwards,
        say=say,
    )


class _Maker:
    """Writes batches; each is a pure function of the seed and its first index."""

    def __init__(self, *, seed: int) -> None:
        self.seed = seed
        self.villages = read_ground()
        self.tables = {model: BulkTable(model) for model in TABLES}
        self.owed = reactions_of_events().get(events.RESIDENT_ADDED, ())

    def has(self, start: int) -> bool:
        """Tell whether the batch that begins here was written before."""
        return Resident.objects.filter(row_key=self._key(start)).exists()

    def _key(self, index: int) -> UUID:
        return UUID(bytes=hashlib.md5(f"{self.seed}:resident:{index}".encode()).digest())

    @transaction.atomic
    def write(self, start: int, stop: int) -> None:
        """Write the residents from `start` to `stop`, an estate of theirs, in one transaction."""
        random = Random(f"{self.seed}:homes:{start}")
        number = start // BATCH
        others = self.villages[1:]
        is_busy = number % _BUSY_EVERY == 0 or not others
        village = self.villages[0] if is_busy else others[number % len(others)]
        doors = new_estate(village=village, total=doors_for(residents=stop - start))
        self.ids = {model: table.next_id() for model, table in self.tables.items()}
        terms: list[tuple[int, frozenset[str]]] = []
        index = start
        for door in doors:
            together = min(members(random=random), stop - index)
            if not together:
                break
            places = _places_at(door.building)
            home = self._add(
                Household, dwelling_id=door.id, trace=UUID(int=random.getrandbits(128), version=4),
                status=HouseholdStatus.LIVES_HERE.value, estate_id=door.building.estate_id,
                **places,
            )  # fmt: skip
            for relation in RELATIONS[:together]:
                person = _person(random, index, relation)
                pk = self._resident(self._key(index), person, home, places, village)
                terms.append((pk, _terms(person, door.address, places)))
                index += 1
        assert index == stop, "doors are counted amply"
        for table in self.tables.values():
            table.flush()
        write(model=ResidentTerms, rows=terms)

    def _add(self, model: type[models.Model], **values: Any) -> int:
        key = self.ids[model]
        self.ids[model] = key + 1
        self.tables[model].add(id=key, **values)
        return key

    def _resident(
        self, key: UUID, person: Person, home: int, places: dict[str, int | None], village: Village
    ) -> int:
        columns = columns_of(person=person, row_key=key)
        pk = self._add(Resident, household_id=home, row_key=key, **places, **columns)
        self._add(Stay, resident_id=pk, household_id=home)
        now = timezone.now()
        event_id = self._add(
            Event, trace=key, name=events.RESIDENT_ADDED, subject_kind=RESIDENT, subject_id=pk,
            actor=f"account:{village.staff[0]}", community_id=village.area_id, happened_at=now,
            facts={"household_id": home},
        )  # fmt: skip
        for reaction in self.owed:
            self._add(
                Delivery, event_id=event_id, reaction=reaction, state=Delivery.State.DONE.value,
                attempts=1, due_at=now, done_at=now,
            )  # fmt: skip
        return pk


# --- Leaves -------------------------------------------------------------------------------------


def _person(random: Random, index: int, relation: str) -> Person:
    number, born = id_number(number=index, area="110105")
    return Person(
        name=words.person(random=random),
        id_number=number,
        id_kind="ID_CARD",
        phone=words.phone(random=random),
        sex="MALE" if int(number[16]) % 2 else "FEMALE",
        birth_date=born,
        registration=random.choice(("HERE", "ELSEWHERE")),
        relation=relation,
    )


def _places_at(building: Building) -> dict[str, int | None]:
    return {
        "community_id": building.grid.community_id,
        "large_grid_id": building.grid.large_grid_id,
        "grid_id": building.grid_id,
        "micro_grid_id": building.micro_grid_id,
        "building_id": building.pk,
    }


def _terms(person: Person, address: str, places: dict[str, int | None]) -> frozenset[str]:
    return finding.terms_of(
        name=person.name,
        id_number=person.id_number,
        phone=person.phone,
        address=address,
        places=places,
    )
