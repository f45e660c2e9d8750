"""Who somebody is at a moment, and who answers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from linli.core.actor import NOBODY, Grant
from linli.people import queries
from linli.people.models import Account, Duty, Handover
from linli.people.tests.cast import NOON, TODAY, Cast, actor, give

pytestmark = pytest.mark.django_db


def absent(somebody: Account, stand_in: Account, *, first: date = TODAY, days: int = 0) -> Handover:
    return Handover.objects.create(
        absent=somebody,
        stand_in=stand_in,
        from_date=first,
        until_date=first + timedelta(days=days),
        made_by="system:test",
    )


def test_visitors_are_nobody_and_cost_no_query(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert queries.actor_of_user(user=AnonymousUser(), at=NOON) is NOBODY


def test_grants_say_where_they_are_held(cast: Cast, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(3):
        found = queries.actor_of_user(user=cast.secretary, at=NOON)
    community = cast.community.pk
    assert found.account_id == cast.secretary.pk
    assert found.grants == (
        Grant("SECRETARY", level="COMMUNITY", place_id=community, community_id=community),
    )
    assert actor(cast.grid_worker).grants == (
        Grant("GRID_WORKER", level="GRID", place_id=cast.grid.pk, community_id=community),
    )
    assert actor(cast.building_lead).grants == (
        Grant("BUILDING_LEAD", level="BUILDING", place_id=cast.building.pk, community_id=community),
    )
    assert actor(cast.handler).grants == (
        Grant("HANDLER", organisation_id=cast.company.pk, community_id=community),
    )
    assert actor(cast.overseer).grants == (
        Grant("OVERSEER", level="SUBDISTRICT", place_id=cast.subdistrict.pk),
    )


def test_a_role_holds_on_its_first_and_last_day_of_shanghai(cast: Cast) -> None:
    give(cast.plain, "STAFF", area=cast.community, from_date=TODAY, until_date=TODAY)
    # Midnight in Shanghai is 16:00 UTC of the day before.
    first = datetime(2026, 3, 17, 16, 0, tzinfo=UTC)
    last = datetime(2026, 3, 18, 15, 59, 59, tzinfo=UTC)
    assert actor(cast.plain, at=first).roles == {"STAFF"}
    assert actor(cast.plain, at=last).roles == {"STAFF"}
    assert actor(cast.plain, at=first - timedelta(seconds=1)).roles == frozenset()
    assert actor(cast.plain, at=last + timedelta(seconds=1)).roles == frozenset()


def test_a_closed_account_is_nobody(cast: Cast) -> None:
    cast.staff.is_active = False
    assert actor(cast.staff) is NOBODY


def test_a_stand_in_holds_the_roles_of_the_absent(cast: Cast) -> None:
    absent(cast.grid_worker, cast.staff)
    found = actor(cast.staff)
    assert found.roles == {"STAFF", "GRID_WORKER"}
    assert found.account_ids == {cast.staff.pk, cast.grid_worker.pk}
    assert actor(cast.staff, at=NOON + timedelta(days=1)).roles == {"STAFF"}


def test_what_a_closed_account_held_is_lost_to_its_stand_in(cast: Cast) -> None:
    absent(cast.grid_worker, cast.staff)
    Account.objects.filter(pk=cast.grid_worker.pk).update(is_active=False)
    assert actor(cast.staff).roles == {"STAFF"}


def test_whoever_holds_the_role_at_one_of_the_places_answers(cast: Cast) -> None:
    places = {
        "community_id": cast.community.pk,
        "grid_id": cast.grid.pk,
        "micro_grid_id": None,
        "building_id": cast.building.pk,
        "estate_id": cast.estate.pk,
    }
    for role, somebody in (
        ("SECRETARY", cast.secretary),
        ("GRID_WORKER", cast.grid_worker),
        ("BUILDING_LEAD", cast.building_lead),
    ):
        assert queries.who_answers(role=role, places=places, on=TODAY) == [somebody.pk]
    elsewhere = {"community_id": cast.community.pk, "grid_id": cast.other_grid.pk}
    assert queries.who_answers(role="GRID_WORKER", places=elsewhere, on=TODAY) == []


def test_a_stand_in_answers_in_the_place_of_the_absent(cast: Cast) -> None:
    absent(cast.grid_worker, cast.grid_lead, days=1)
    places = {"grid_id": cast.grid.pk}
    assert queries.who_answers(role="GRID_WORKER", places=places, on=TODAY) == [cast.grid_lead.pk]
    back = TODAY + timedelta(days=2)
    assert queries.who_answers(role="GRID_WORKER", places=places, on=back) == [cast.grid_worker.pk]
    assert queries.stand_ins(account_ids=[cast.grid_worker.pk], on=TODAY) == {
        cast.grid_worker.pk: cast.grid_lead.pk
    }


def test_duty_runs_from_its_start_up_to_its_end(cast: Cast) -> None:
    Duty.objects.create(
        area=cast.community,
        account=cast.staff,
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=1),
        set_by="system:test",
    )

    def at(moment: datetime) -> list[int]:
        return queries.on_duty(area_ids=[cast.community.pk], at=moment)

    assert at(NOON) == [cast.staff.pk]
    assert at(NOON + timedelta(minutes=59)) == [cast.staff.pk]
    assert at(NOON + timedelta(hours=1)) == []
    absent(cast.staff, cast.secretary)
    assert at(NOON) == [cast.secretary.pk]


def test_organisations_that_serve_the_estate_come_first(cast: Cast) -> None:
    both = {"community_id": cast.community.pk, "kind": "PROPERTY_COMPANY"}
    names = [o.pk for o in queries.suggest_handlers(**both, estate_id=cast.estate.pk)]
    assert names == [cast.company.pk, cast.other_company.pk]
    cast.other_company.estates.add(cast.other_estate)
    names = [o.pk for o in queries.suggest_handlers(**both, estate_id=cast.other_estate.pk)]
    assert names == [cast.other_company.pk, cast.company.pk]
    assert queries.suggest_handlers(community_id=cast.community.pk, kind="UTILITY") == []


def test_members_are_those_who_work_on_its_orders(cast: Cast) -> None:
    both = sorted([cast.handler_lead.pk, cast.handler.pk])
    assert queries.members_of(organisation_id=cast.company.pk, on=TODAY) == both
    assert queries.members_of(organisation_id=cast.other_company.pk, on=TODAY) == []


def test_names_are_found_in_one_query(cast: Cast, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        found = queries.names_of(account_ids={cast.staff.pk, cast.handler.pk})
    assert found == {cast.staff.pk: "陈敏", cast.handler.pk: "马师傅"}
