"""A town as large as a community's pioneer network: many doors, a member in every tenth home."""

import random

from linli.people.models import Household, Resident, TieHolder
from linli.people.personal import Person, columns_of
from linli.people.services.households import places_at
from linli.people.services.residents import PLACE_COLUMNS
from linli.territory.models import Building, Dwelling, Entrance
from tests.cast import NOW, Cast

ROOMS = 42


def a_town(cast: Cast, *, houses: int = 100) -> tuple[list[Household], list[Resident]]:
    """Put 42 households into each house, a member of the party into every tenth home."""
    chance = random.Random(42)
    built = Building.objects.bulk_create(
        Building(
            estate=cast.estate,
            grid=cast.grid,
            code=f"T{number}",
            name=f"{number}幢",
            longitude=118.80 + chance.random() / 50,
            latitude=32.05 + chance.random() / 50,
        )
        for number in range(houses)
    )
    doors = Entrance.objects.bulk_create(
        Entrance(building=house, code="1", name="1单元") for house in built
    )
    dwellings = Dwelling.objects.bulk_create(
        Dwelling(entrance=door, room=str(room)) for door in doors for room in range(ROOMS)
    )
    homes = Household.objects.bulk_create(
        Household(
            dwelling=dwelling, status="LIVES_HERE", **places_at(building=dwelling.entrance.building)
        )
        for dwelling in dwellings
    )
    return homes, [a_member(home) for home in homes[::10]]


def a_member(home: Household, name: str = "党员") -> Resident:
    """Let a member of the party live in a household."""
    one = Resident(household=home, **{column: getattr(home, column) for column in PLACE_COLUMNS})
    for column, value in columns_of(person=Person(name=name), row_key=one.row_key).items():
        setattr(one, column, value)
    one.save()
    return one


def name_pioneers(cast: Cast, homes: list[Household], members: list[Resident]) -> None:
    """Name every hundredth household and every member, ten places each."""
    given = {
        "community": cast.community,
        "kind": "PIONEER",
        "places": 10,
        "from_date": NOW.date(),
    }
    TieHolder.objects.bulk_create(TieHolder(household=one, **given) for one in homes[::100])
    TieHolder.objects.bulk_create(TieHolder(resident=one, **given) for one in members)
