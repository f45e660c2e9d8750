"""The pioneer network of 台城花园 with its numbers: 42, 420 and 4,200."""

import random

import pytest

from linli.core.models import Event
from linli.people import queries, services
from linli.people.models import Household, Resident, Tie, TieHolder
from linli.people.personal import Person, columns_of
from linli.people.queries import HOMES, MEMBERS, PlanQuestion
from linli.people.services.households import places_at
from linli.people.services.residents import PLACE_COLUMNS
from linli.territory.models import Building, Dwelling, Entrance
from tests.cast import NOW

TODAY = NOW.date()


def a_town(cast):
    """Put 4,200 households into 100 houses, a member of the party into every tenth home."""
    chance = random.Random(42)
    houses = Building.objects.bulk_create(
        Building(
            estate=cast.estate,
            grid=cast.grid,
            code=f"T{number}",
            name=f"{number}幢",
            longitude=118.80 + chance.random() / 50,
            latitude=32.05 + chance.random() / 50,
        )
        for number in range(100)
    )
    doors = Entrance.objects.bulk_create(
        Entrance(building=house, code="1", name="1单元") for house in houses
    )
    dwellings = Dwelling.objects.bulk_create(
        Dwelling(entrance=door, room=str(room)) for door in doors for room in range(42)
    )
    homes = Household.objects.bulk_create(
        Household(
            dwelling=dwelling, status="LIVES_HERE", **places_at(building=dwelling.entrance.building)
        )
        for dwelling in dwellings
    )
    members = []
    for home in homes[::10]:
        one = Resident(household=home, **{name: getattr(home, name) for name in PLACE_COLUMNS})
        for name, value in columns_of(person=Person(name="党员"), row_key=one.row_key).items():
            setattr(one, name, value)
        members.append(one)
    return homes, Resident.objects.bulk_create(members)


@pytest.mark.django_db
def test_42_households_420_members_and_4200_households_are_linked(cast):
    homes, members = a_town(cast)
    secretary = cast.actor(cast.shen)
    given = {"community": cast.community, "kind": "PIONEER", "places": 10, "from_date": TODAY}
    TieHolder.objects.bulk_create(TieHolder(household=one, **given) for one in homes[::100])
    TieHolder.objects.bulk_create(TieHolder(resident=one, **given) for one in members)
    for half, total in ((MEMBERS, 420), (HOMES, 4_200)):
        asked = PlanQuestion(community_id=cast.community.pk, kind="PIONEER", half=half)
        plan = queries.plan_ties(question=asked, on=TODAY)
        assert (plan.new, plan.missing) == (total, 0)
        services.accept_tie_plan(question=asked, digest=plan.digest, actor=secretary, at=NOW)
    assert Tie.objects.filter(until_date=None, resident__isnull=False).count() == 420
    assert Tie.objects.filter(until_date=None, household__isnull=False).count() == 4_200
    assert Event.objects.filter(name="people.tie_made").count() == 4_620
    rows = queries.list_tie_holders(community_id=cast.community.pk, kind="PIONEER")
    assert {row.taken for row in rows} == {10}
    door = Dwelling.objects.create(entrance=cast.entrance, room="999")
    late = services.open_household(
        dwelling_id=door.pk, status="LIVES_HERE", actor=secretary, at=NOW
    )
    with pytest.raises(services.NoPlaceLeft):
        services.make_tie(
            holder_id=rows[-1].holder.pk, household_id=late.pk, actor=secretary, at=NOW
        )
    again = queries.plan_ties(question=asked, on=TODAY)
    assert (again.missing, again.changes) == (1, ())
