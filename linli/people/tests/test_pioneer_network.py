"""The pioneer network of 台城花园 with its numbers: 42, 420 and 4,200."""

import pytest

from linli.core.models import Event
from linli.people import queries, services
from linli.people.models import Tie, TieHolder
from linli.people.queries import HOMES, MEMBERS, PlanQuestion
from linli.people.tests.scenes import a_member, a_town, name_pioneers
from linli.territory.models import Building, Dwelling, Entrance
from tests.cast import NOW

TODAY = NOW.date()


def homes_question(cast, **more):
    return PlanQuestion(community_id=cast.community.pk, kind="PIONEER", half=HOMES, **more)


def accepted(question, actor):
    plan = queries.plan_ties(question=question, on=TODAY)
    services.accept_tie_plan(question=question, digest=plan.digest, actor=actor, at=NOW)
    return plan


@pytest.mark.django_db
def test_42_households_420_members_and_4200_households_are_linked(cast):
    homes, members = a_town(cast)
    secretary = cast.actor(cast.shen)
    name_pioneers(cast, homes, members)
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


@pytest.mark.django_db
def test_when_somebody_moves_only_their_link_is_made_anew(cast):
    homes, members = a_town(cast, houses=5)
    secretary = cast.actor(cast.shen)
    name_pioneers(cast, homes, members)
    plan = accepted(homes_question(cast), secretary)
    # Nothing nearer is found when every link is weighed again: the total is the least.
    again = queries.plan_ties(question=homes_question(cast, anew=True), on=TODAY)
    assert (again.changes, again.total_m) == ((), plan.total_m)
    before = dict(Tie.objects.filter(until_date=None).values_list("household_id", "holder_id"))

    # A family moves to a new house at the edge, where a member with free places lives.
    far = Building.objects.create(
        estate=cast.estate, grid=cast.grid, code="X", name="新1幢", longitude=118.9, latitude=32.1
    )
    door = Entrance.objects.create(building=far, code="1", name="1单元")
    new_home, members_home = (
        services.open_household(
            dwelling_id=Dwelling.objects.create(entrance=door, room=room).pk,
            status="LIVES_HERE",
            actor=secretary,
            at=NOW,
        )
        for room in ("101", "102")
    )
    holder = services.name_tie_holder(
        community_id=cast.community.pk,
        kind="PIONEER",
        resident_id=a_member(members_home).pk,
        actor=secretary,
        at=NOW,
    )
    left = homes[7]
    services.end_household(household_id=left.pk, on=TODAY, actor=secretary, at=NOW)
    repair = accepted(homes_question(cast), secretary)
    assert {change.taker_id for change in repair.changes} == {new_home.pk, members_home.pk}
    after = dict(Tie.objects.filter(until_date=None).values_list("household_id", "holder_id"))
    somebody_else = after.pop(members_home.pk)  # Nobody is linked to their own household.
    assert somebody_else != holder.pk
    kept = {home: known for home, known in before.items() if home != left.pk}
    assert after == kept | {new_home.pk: holder.pk}
    assert Tie.objects.get(household=left).ending == "OTHER_GONE"
    whole = queries.plan_ties(question=homes_question(cast, anew=True), on=TODAY)
    assert whole.total_m <= repair.total_m


@pytest.mark.django_db
def test_members_of_the_party_are_named_in_one_go(cast):
    _homes, members = a_town(cast, houses=1)
    secretary = cast.actor(cast.shen)
    top = services.add_party_unit(
        community_id=cast.community.pk, level="BRANCH", name="第一支部", actor=secretary, at=NOW
    )
    for one in members[:3]:
        services.add_party_member(
            unit_id=top.pk, kind="RETIRED", resident_id=one.pk, actor=secretary, at=NOW
        )
    given = {"community_id": cast.community.pk, "at": NOW}
    name_all = services.name_party_members
    assert name_all(kind="PIONEER", actor=secretary, **given) == 3
    assert name_all(kind="PIONEER", actor=secretary, **given) == 0
    named = TieHolder.objects.filter(kind="PIONEER").values_list("resident_id", flat=True)
    assert set(named) == {one.pk for one in members[:3]}
    with pytest.raises(services.TieKindUnknown):
        name_all(kind="PAIRING", actor=secretary, **given)
    # The office makes links, but who belongs to the party is not the office's to list.
    with pytest.raises(services.TiesNotYours):
        name_all(kind="PIONEER", actor=cast.actor(cast.zhou_min), **given)
