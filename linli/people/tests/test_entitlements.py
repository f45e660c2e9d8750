"""Who becomes entitled soon: by the day, in one's places only, while the rule holds."""

from datetime import date

import pytest
from django.db import connection

from linli.core.errors import NotFound
from linli.people import queries, services
from linli.people.personal import Person
from tests.cast import NOW

pytestmark = pytest.mark.django_db

TODAY = NOW.date()  # 2026-03-04


@pytest.fixture
def desk(cast):
    return cast.actor(cast.zhou_min)


@pytest.fixture
def household(cast, desk):
    return services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )


def born(household, desk, name, *day):
    return services.add_resident(
        household_id=household.pk,
        person=Person(name=name, birth_date=date(*day)),
        actor=desk,
        at=NOW,
    )


def rule(cast, desk, years=80, **more):
    return services.add_entitlement(
        community_id=cast.community.pk, name="高龄津贴", age_years=years, actor=desk, at=NOW, **more
    )


def coming(actor, on=TODAY, **more):
    rows = queries.list_coming(actor=actor, on=on, **more)
    return [(row.resident.person.name, row.entitlement.age_years, row.day) for row in rows]


def test_who_reaches_an_age_within_ninety_days_is_listed_the_soonest_first(cast, desk, household):
    rule(cast, desk)
    rule(cast, desk, 90)
    born(household, desk, "昨天", 1946, 3, 3)
    born(household, desk, "最后一天", 1946, 6, 2)
    born(household, desk, "太晚", 1946, 6, 3)
    born(household, desk, "今天", 1946, 3, 4)
    born(household, desk, "九十", 1936, 4, 1)
    assert coming(desk) == [
        ("今天", 80, date(2026, 3, 4)),
        ("九十", 90, date(2026, 4, 1)),
        ("最后一天", 80, date(2026, 6, 2)),
    ]
    assert coming(desk, start=1, most=1) == [("九十", 90, date(2026, 4, 1))]


@pytest.mark.parametrize(
    ("on", "years", "day"),
    [
        (date(2026, 2, 28), 78, date(2026, 3, 1)),
        (date(2026, 3, 1), 78, date(2026, 3, 1)),
        (date(2028, 2, 29), 80, date(2028, 2, 29)),
        (date(2027, 12, 1), 80, date(2028, 2, 29)),
        (date(2028, 2, 29), 81, None),
        (date(2028, 12, 5), 81, date(2029, 3, 1)),
    ],
)
def test_who_was_born_on_29_february(cast, desk, household, on, years, day):
    rule(cast, desk, years, from_date=date(2020, 1, 1))
    born(household, desk, "闰年", 1948, 2, 29)
    assert coming(desk, on) == ([] if day is None else [("闰年", years, day)])


def test_a_rule_holds_from_a_day_to_a_day(cast, desk, household):
    born(household, desk, "四月", 1946, 4, 1)
    later = rule(cast, desk, from_date=date(2026, 5, 1))
    assert coming(desk) == []
    services.end_entitlement(entitlement_id=later.pk, actor=desk, at=NOW)
    rule(cast, desk, from_date=date(2026, 4, 1))
    assert len(coming(desk)) == 1
    with pytest.raises(services.EntitlementThere):
        rule(cast, desk)
    for name, years in ((" ", 80), ("津贴", 0), ("津贴", 121)):
        with pytest.raises(services.EntitlementInvalid):
            services.add_entitlement(
                community_id=cast.community.pk, name=name, age_years=years, actor=desk, at=NOW
            )


def test_everybody_sees_their_own_places(cast, desk, household):
    rule(cast, desk)
    resident = born(household, desk, "四月", 1946, 4, 1)
    for who, total in (("shen", 1), ("xu", 1), ("sun", 0), ("gu", 0), ("outsider", 0)):
        assert len(coming(cast.actor(getattr(cast, who)))) == total, who
    assert coming(desk, grid_id=cast.other_grid.pk) == []
    assert len(coming(desk, grid_id=cast.grid.pk)) == 1
    services.depart(resident_id=resident.pk, departure="DIED", on=TODAY, actor=desk, at=NOW)
    assert coming(desk) == []


@pytest.mark.parametrize("who", ["xu", "li", "gu", "outsider"])
def test_who_does_not_keep_them(cast, desk, who):
    known = rule(cast, desk)
    with pytest.raises(NotFound):
        rule(cast, cast.actor(getattr(cast, who)), 90)
    with pytest.raises(NotFound):
        services.end_entitlement(
            entitlement_id=known.pk, actor=cast.actor(getattr(cast, who)), at=NOW
        )


def test_they_are_found_by_the_index_of_birth_dates(cast, desk, household):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads so small a table whole")
    rows = queries.residents_reaching(
        entitlement=rule(cast, desk), first=TODAY, last=date(2026, 6, 2), actor=desk
    )
    assert "resident_by_birth" in rows.explain()
