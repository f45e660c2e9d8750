"""The roster follows the ground: grids redrawn, places renamed."""

import pytest

from linli.flows.worker import run_due
from linli.people import queries
from linli.people import services as people
from linli.people.models import Household, Resident
from linli.people.personal import Person
from linli.people.queries import ResidentFilter
from linli.territory import services as territory
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident(cast: Cast) -> Resident:
    desk = cast.actor(cast.zhou_min)
    household = people.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    return people.add_resident(
        household_id=household.pk, person=Person(name="张三丰"), actor=desk, at=NOW
    )


def found(cast: Cast, who: str, query: str) -> bool:
    page = queries.page_of_residents(
        actor=cast.actor(getattr(cast, who)), wanted=ResidentFilter(query=query), on=NOW.date()
    )
    return bool(page.rows)


def test_a_building_in_another_grid_takes_its_people_along(cast: Cast, resident: Resident) -> None:
    assert (found(cast, "xu", "张三"), found(cast, "sun", "张三")) == (True, False)
    territory.change_building(
        building_id=cast.building.pk,
        code=cast.building.code,
        actor=cast.actor(cast.shen),
        at=NOW,
        name=cast.building.name,
        grid_id=cast.other_grid.pk,
    )
    run_due(at=NOW)
    resident.refresh_from_db()
    assert resident.grid_id == cast.other_grid.pk == Household.objects.get().grid_id
    assert resident.micro_grid_id is None
    assert (found(cast, "xu", "张三"), found(cast, "sun", "张三")) == (False, True)
    assert run_due(at=NOW) == 0


def test_people_are_found_by_the_new_name_of_their_estate(cast: Cast, resident: Resident) -> None:
    territory.change_estate(
        estate_id=cast.estate.pk,
        code=cast.estate.code,
        actor=cast.actor(cast.shen),
        at=NOW,
        name="碧园",
    )
    run_due(at=NOW)
    assert (found(cast, "zhou_min", "碧园"), found(cast, "zhou_min", "翠园")) == (True, False)
