"""Who may give which role, from when, and who may take it back."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.core.actor import Actor, ActorKind, Grant, system
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.people import queries, services
from linli.people.models import Account, Role
from linli.people.workflow import LEVELS_OF, Held, Spot, may_give, stands_above
from tests.cast import NOW, Cast, give

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
SHELL = system(name="shell")


def attempt(cast: Cast, giver: Account, role: str, **place: int) -> bool:
    """Tell whether this person can give the newcomer this role; nothing is kept."""
    try:
        with transaction.atomic():
            services.give_role(
                account_id=cast.nobody_yet.pk, role=role, actor=cast.actor(giver), at=NOW, **place
            )
            transaction.set_rollback(True)
    except services.RoleNotYoursToGive:
        return False
    return True


def test_a_secretary_gives_every_role_in_the_community_and_none_elsewhere(cast: Cast) -> None:
    community = {"area_id": cast.community.pk}
    everywhere = [
        ("SECRETARY", community),
        ("STAFF", community),
        ("CASE_OFFICER", community),
        ("GRID_LEAD", {"area_id": cast.grid.pk}),
        ("GRID_WORKER", {"area_id": cast.micro_grid.pk}),
        ("BUILDING_LEAD", {"building_id": cast.building.pk}),
        ("HANDLER_LEAD", {"organisation_id": cast.property_company.pk}),
        ("HANDLER", {"organisation_id": cast.property_company.pk}),
    ]
    for role, place in everywhere:
        assert attempt(cast, cast.shen, role, **place), role
        assert not attempt(cast, cast.outsider, role, **place), role
        assert attempt(cast, cast.gu, role, **place), role
    assert not attempt(cast, cast.shen, "OVERSEER", area_id=cast.subdistrict.pk)


def test_an_overseer_gives_an_equal_role_but_none_above(cast: Cast) -> None:
    assert attempt(cast, cast.gu, "OVERSEER", area_id=cast.subdistrict.pk)
    assert not attempt(cast, cast.gu, "OVERSEER", area_id=cast.district.pk)
    assert not attempt(cast, cast.gu, "OVERSEER", area_id=cast.city.pk)


def test_the_head_of_a_company_gives_its_handlers_and_nothing_else(cast: Cast) -> None:
    own, other = cast.property_company.pk, cast.power_company.pk
    assert attempt(cast, cast.qian, "HANDLER", organisation_id=own)
    assert not attempt(cast, cast.qian, "HANDLER_LEAD", organisation_id=own)
    assert not attempt(cast, cast.qian, "HANDLER", organisation_id=other)
    assert not attempt(cast, cast.qian, "STAFF", area_id=cast.community.pk)


def test_everybody_else_gives_nothing(cast: Cast) -> None:
    for giver in (cast.zhou_min, cast.fang, cast.li, cast.xu, cast.wang, cast.chen):
        assert not attempt(cast, giver, "GRID_WORKER", area_id=cast.grid.pk)
        assert not attempt(cast, giver, "BUILDING_LEAD", building_id=cast.building.pk)
        assert not attempt(cast, giver, "HANDLER", organisation_id=cast.property_company.pk)


def test_authority_is_never_given_to_oneself(cast: Cast) -> None:
    actor = cast.actor(cast.gu)
    with pytest.raises(services.RoleNotYoursToGive):
        services.give_role(
            account_id=cast.gu.pk,
            role="SECRETARY",
            area_id=cast.community.pk,
            actor=actor,
            at=NOW,
        )
    # A secretary whose term ends cannot prolong it, but may walk a grid as well.
    services.give_role(
        account_id=cast.shen.pk,
        role="GRID_WORKER",
        area_id=cast.grid.pk,
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    with pytest.raises(services.RoleNotYoursToGive):
        services.give_role(
            account_id=cast.shen.pk,
            role="SECRETARY",
            area_id=cast.community.pk,
            from_date=TODAY + timedelta(days=400),
            actor=cast.actor(cast.shen),
            at=NOW,
        )


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("STAFF", {}),
        ("STAFF", {"area_id": 0}),
        ("STAFF", {"area_id": "grid"}),
        ("GRID_WORKER", {"area_id": "community"}),
        ("OVERSEER", {"area_id": "community"}),
        ("SECRETARY", {"area_id": "subdistrict"}),
        ("BUILDING_LEAD", {"area_id": "grid"}),
        ("HANDLER", {"area_id": "community"}),
        ("STAFF", {"organisation_id": "property_company"}),
        ("STAFF", {"area_id": "community", "building_id": "building"}),
        ("EMPEROR", {"area_id": "community"}),
    ],
)
def test_a_role_needs_a_place_that_fits_it(cast: Cast, role: str, place: dict) -> None:
    keys = {k: getattr(cast, v).pk if isinstance(v, str) else v for k, v in place.items()}
    with pytest.raises(services.RoleNeedsPlace):
        services.give_role(account_id=cast.nobody_yet.pk, role=role, actor=SHELL, at=NOW, **keys)
    assert not Role.objects.filter(account=cast.nobody_yet).exists()


def test_days_must_make_sense(cast: Cast) -> None:
    def give_from(first: date, last: date | None) -> None:
        services.give_role(
            account_id=cast.nobody_yet.pk,
            role="STAFF",
            area_id=cast.community.pk,
            from_date=first,
            until_date=last,
            actor=cast.actor(cast.shen),
            at=NOW,
        )

    for first, last in (
        (TODAY - timedelta(days=1), None),
        (TODAY, TODAY - timedelta(days=1)),
    ):
        with pytest.raises(services.RoleDatesInvalid):
            give_from(first, last)
    give_from(TODAY, TODAY + timedelta(days=9))
    for first, last in (
        (TODAY, None),
        (TODAY + timedelta(days=9), None),
        (TODAY + timedelta(days=5), TODAY + timedelta(days=5)),
    ):
        with pytest.raises(services.RoleAlreadyHeld):
            give_from(first, last)
    give_from(TODAY + timedelta(days=10), None)
    assert Role.objects.filter(account=cast.nobody_yet).count() == 2


def test_a_closed_account_gets_no_role(cast: Cast) -> None:
    Account.objects.filter(pk=cast.nobody_yet.pk).update(is_active=False)
    with pytest.raises(NotFound):
        services.give_role(
            account_id=cast.nobody_yet.pk,
            role="STAFF",
            area_id=cast.community.pk,
            actor=SHELL,
            at=NOW,
        )


def test_it_is_recorded_without_a_name(cast: Cast) -> None:
    role = services.give_role(
        account_id=cast.nobody_yet.pk,
        role="STAFF",
        area_id=cast.community.pk,
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    event = Event.objects.get(name="people.role_given")
    assert event.actor == f"account:{cast.shen.pk}"
    assert event.community_id == cast.community.pk
    assert event.facts["role_id"] == role.pk
    assert cast.nobody_yet.name not in str(event.facts)


def test_a_role_ends_at_once_or_after_a_day(cast: Cast) -> None:
    worker = Role.objects.get(account=cast.xu)
    services.end_role(role_id=worker.pk, actor=cast.actor(cast.shen), at=NOW)
    assert cast.actor(cast.xu).roles == {"GRID_WORKER"}
    services.end_role(
        role_id=worker.pk,
        last_date=TODAY - timedelta(days=1),
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    assert cast.actor(cast.xu).roles == frozenset()
    with pytest.raises(NotFound):
        services.end_role(role_id=worker.pk, actor=cast.actor(cast.shen), at=NOW)


def test_a_role_is_taken_back_only_by_those_who_may_give_it(cast: Cast) -> None:
    lead = Role.objects.get(account=cast.qian)
    for taker in (cast.outsider, cast.zhou_min, cast.chen, cast.qian):
        with pytest.raises(services.RoleNotYoursToGive):
            services.end_role(role_id=lead.pk, actor=cast.actor(taker), at=NOW)


def test_the_only_secretary_stays_until_there_is_another(cast: Cast) -> None:
    role = Role.objects.get(account=cast.shen)
    with pytest.raises(services.LastSecretary):
        services.end_role(role_id=role.pk, actor=cast.actor(cast.gu), at=NOW)
    with pytest.raises(services.LastSecretary):
        services.deactivate(account_id=cast.shen.pk, actor=cast.actor(cast.gu), at=NOW)
    give(cast.zhou_min, "SECRETARY", cast.community)
    services.end_role(role_id=role.pk, actor=cast.actor(cast.gu), at=NOW)
    assert Role.objects.get(pk=role.pk).until_date == TODAY


# --- The rules by themselves ----------------------------------------------------------------

AREAS = {"CITY": 1, "DISTRICT": 2, "SUBDISTRICT": 3, "COMMUNITY": 4, "GRID": 5}
ABOVE = {1: (), 2: (1,), 3: (1, 2), 4: (1, 2, 3), 5: (1, 2, 3)}


def spot_at(level: str) -> Spot:
    if level == "BUILDING":
        return Spot(level=level, building_id=7, community_id=4, above_ids=frozenset({1, 2, 3}))
    if level == "ORGANISATION":
        return Spot(level=level, organisation_id=9, community_id=4, above_ids=frozenset({1, 2, 3}))
    area_id = AREAS[level]
    community_id = 4 if level in ("COMMUNITY", "GRID") else None
    above = frozenset(ABOVE[area_id])
    return Spot(level=level, area_id=area_id, community_id=community_id, above_ids=above)


def grant_at(held: Held) -> Grant:
    spot = held.spot
    return Grant(
        held.role,
        level=spot.level if spot.level != "ORGANISATION" else "",
        place_id=spot.area_id if spot.area_id is not None else spot.building_id,
        organisation_id=spot.organisation_id,
        community_id=spot.community_id,
    )


HOLDINGS = st.sampled_from(
    [
        Held(role=role, spot=spot_at(level))
        for role, levels in sorted(LEVELS_OF.items())
        for level in sorted(levels & {*AREAS, "BUILDING", "ORGANISATION"})
    ]
)


@settings(max_examples=400)
@given(own=HOLDINGS, wanted=HOLDINGS)
def test_whoever_stands_above_may_give_and_nobody_stands_above_themselves(
    own: Held, wanted: Held
) -> None:
    actor = Actor(kind=ActorKind.ACCOUNT, id=1, grants=(grant_at(own),))
    if stands_above(actor=actor, holdings=[wanted]):
        assert may_give(actor=actor, held=wanted)
        other = Actor(kind=ActorKind.ACCOUNT, id=2, grants=(grant_at(wanted),))
        assert not stands_above(actor=other, holdings=[own])
    if may_give(actor=actor, held=wanted):
        # What one may give never stands above what one holds.
        other = Actor(kind=ActorKind.ACCOUNT, id=2, grants=(grant_at(wanted),))
        assert not stands_above(actor=other, holdings=[own])
    assert not stands_above(actor=actor, holdings=[own])


def test_nobody_stands_above_an_account_that_never_held_anything(cast: Cast) -> None:
    assert not stands_above(actor=cast.actor(cast.gu), holdings=[])
    held = queries.holdings_of(account_id=cast.nobody_yet.pk, on=TODAY)
    assert held == []
