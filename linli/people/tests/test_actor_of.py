"""Who somebody is at a moment, and who answers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from linli.core.actor import NOBODY, Actor, Grant
from linli.core.clocks import SHANGHAI
from linli.people import queries
from linli.people.models import Account, Duty, Handover, Organisation
from tests.cast import Cast, give

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=SHANGHAI)
TODAY = date(2026, 3, 4)


def actor(account: Account, *, at: datetime = NOON) -> Actor:
    return queries.actor_of(account=account, at=at)


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
        found = queries.actor_of_user(user=cast.shen, at=NOON)
    community = cast.community.pk
    assert found.account_id == cast.shen.pk
    assert found.grants == (
        Grant("SECRETARY", level="COMMUNITY", place_id=community, community_id=community),
    )
    assert actor(cast.xu).grants == (
        Grant("GRID_WORKER", level="GRID", place_id=cast.grid.pk, community_id=community),
    )
    assert actor(cast.wang).grants == (
        Grant("BUILDING_LEAD", level="BUILDING", place_id=cast.building.pk, community_id=community),
    )
    assert actor(cast.chen).grants == (
        Grant("HANDLER", organisation_id=cast.property_company.pk, community_id=community),
    )
    assert actor(cast.gu).grants == (
        Grant("OVERSEER", level="SUBDISTRICT", place_id=cast.subdistrict.pk),
    )


def test_a_role_holds_on_its_first_and_last_day_of_shanghai(cast: Cast) -> None:
    give(cast.nobody_yet, "STAFF", cast.community, from_date=TODAY, until_date=TODAY)
    # Midnight in Shanghai is 16:00 UTC of the day before.
    first = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
    last = datetime(2026, 3, 4, 15, 59, 59, tzinfo=UTC)
    assert actor(cast.nobody_yet, at=first).roles == {"STAFF"}
    assert actor(cast.nobody_yet, at=last).roles == {"STAFF"}
    assert actor(cast.nobody_yet, at=first - timedelta(seconds=1)).roles == frozenset()
    assert actor(cast.nobody_yet, at=last + timedelta(seconds=1)).roles == frozenset()


def test_a_closed_account_is_nobody(cast: Cast) -> None:
    cast.zhou_min.is_active = False
    assert actor(cast.zhou_min) is NOBODY


def test_a_stand_in_holds_the_roles_of_the_absent(cast: Cast) -> None:
    absent(cast.xu, cast.zhou_min)
    found = actor(cast.zhou_min)
    assert found.roles == {"STAFF", "GRID_WORKER"}
    assert found.account_ids == {cast.zhou_min.pk, cast.xu.pk}
    assert actor(cast.zhou_min, at=NOON + timedelta(days=1)).roles == {"STAFF"}


def test_what_a_closed_account_held_is_lost_to_its_stand_in(cast: Cast) -> None:
    absent(cast.xu, cast.zhou_min)
    Account.objects.filter(pk=cast.xu.pk).update(is_active=False)
    assert actor(cast.zhou_min).roles == {"STAFF"}


def test_whoever_holds_the_role_at_one_of_the_places_answers(cast: Cast) -> None:
    here = {
        "community_id": cast.community.pk,
        "grid_id": cast.grid.pk,
        "micro_grid_id": None,
        "building_id": cast.building.pk,
        "estate_id": cast.estate.pk,
    }
    elsewhere = {"community_id": cast.community.pk, "grid_id": cast.elsewhere_grid.pk}
    answering = queries.Answering(places=[here, elsewhere], at=NOON)
    for role, somebody in (
        ("SECRETARY", cast.shen),
        ("GRID_WORKER", cast.xu),
        ("BUILDING_LEAD", cast.wang),
    ):
        assert answering.holders(role=role, place=here) == {somebody.pk}
    # Who answers in one of two places that are asked for together does not answer in the other.
    for role in ("GRID_WORKER", "BUILDING_LEAD"):
        assert answering.holders(role=role, place=elsewhere) == set()
    assert answering.holders(role="SECRETARY", place=elsewhere) == {cast.shen.pk}


def test_a_stand_in_answers_in_the_place_of_the_absent(cast: Cast) -> None:
    absent(cast.xu, cast.li, days=1)
    place = {"grid_id": cast.grid.pk}
    for at, who in ((NOON, cast.li), (NOON + timedelta(days=2), cast.xu)):
        answering = queries.Answering(places=[place], at=at)
        assert answering.holders(role="GRID_WORKER", place=place) == {who.pk}
    assert queries.stand_ins(account_ids=[cast.xu.pk], on=TODAY) == {cast.xu.pk: cast.li.pk}


def test_duty_runs_from_its_start_up_to_its_end(cast: Cast) -> None:
    Duty.objects.create(
        area=cast.community,
        account=cast.zhou_min,
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=1),
        set_by="system:test",
    )

    def at(moment: datetime) -> list[int]:
        place = {"community_id": cast.community.pk}
        on_duty = queries.on_duty(area_ids=[cast.community.pk], at=moment)
        assert queries.Answering(places=[place], at=moment).on_duty(place=place) == set(on_duty)
        return on_duty

    assert at(NOON) == [cast.zhou_min.pk]
    assert at(NOON + timedelta(minutes=59)) == [cast.zhou_min.pk]
    assert at(NOON + timedelta(hours=1)) == []
    absent(cast.zhou_min, cast.shen)
    assert at(NOON) == [cast.shen.pk]


def test_organisations_that_serve_the_estate_come_first(cast: Cast) -> None:
    other = Organisation.objects.create(
        community=cast.community, code="AA", name="爱家物业", kind="PROPERTY_COMPANY"
    )

    def suggested(estate_id: int | None) -> list[int]:
        found = queries.suggest_handlers(
            community_id=cast.community.pk, kind="PROPERTY_COMPANY", estate_id=estate_id
        )
        return [organisation.pk for organisation in found]

    assert suggested(cast.estate.pk) == [cast.property_company.pk, other.pk]
    other.estates.add(cast.other_estate)
    cast.property_company.estates.remove(cast.other_estate)
    assert suggested(cast.other_estate.pk) == [other.pk, cast.property_company.pk]
    assert len(suggested(None)) == 2
    assert queries.suggest_handlers(community_id=cast.community.pk, kind="DEPARTMENT") == []


def test_members_are_those_who_work_on_its_orders(cast: Cast) -> None:
    both = sorted([cast.qian.pk, cast.chen.pk])
    assert queries.members_of(organisation_id=cast.property_company.pk, on=TODAY) == both
    assert queries.members_of(organisation_id=cast.committee.pk, on=TODAY) == []


def test_names_are_found_in_one_query(cast: Cast, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        found = queries.names_of(account_ids={cast.zhou_min.pk, cast.chen.pk})
    assert found == {cast.zhou_min.pk: "周敏", cast.chen.pk: "老陈"}
