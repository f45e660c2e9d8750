"""Open calls go from hand to hand and are never lost."""

from uuid import uuid4

import pytest

from linli.core.errors import Invalid, NotEntitled
from linli.core.models import Event
from linli.flows.worker import run_due
from linli.people import services as people
from linli.people.models import Account, NeedGroup, PriorityNeed
from linli.people.personal import Person
from linli.visits import queries, services
from linli.visits.models import Cadence, Visit
from linli.visits.services import Recorded
from linli.visits.tests.scenes import households, running
from tests.cast import NOW


@pytest.fixture
def desk(cast):
    return cast.actor(cast.zhou_min)


def handed(cast, actor, *to, **more):
    values = {"reason": "调到街道工作", "from_id": cast.xu.pk, **more}
    return services.hand_over_calls(
        community_id=cast.community.pk,
        to_ids=[one.pk for one in to],
        actor=actor,
        at=NOW,
        **values,
    )


def load_of(cast, actor, account):
    loads = queries.loads_in(actor=actor, community_id=cast.community.pk, at=NOW)
    return next((one for one in loads if one.account_id == account.pk), None)


def test_all_open_calls_go_to_one_person_and_what_was_made_stays(cast, desk):
    households(cast, cast.building, 4)
    campaign = running(cast)
    made = Visit.objects.earliest("position")
    services.record_visit(
        visit_id=made.pk,
        recorded=Recorded(submission_key=uuid4(), outcome="MET"),
        actor=cast.actor(cast.xu),
        at=NOW,
    )
    days = dict(Visit.objects.filter(state="DUE").values_list("id", "due_date"))
    assert handed(cast, desk, cast.li) == 3
    assert set(Visit.objects.filter(state="DUE").values_list("account_id", flat=True)) == {
        cast.li.pk
    }
    assert dict(Visit.objects.filter(state="DUE").values_list("id", "due_date")) == days
    assert Visit.objects.get(pk=made.pk).account_id == cast.xu.pk
    assert queries.visitors_of(campaign=campaign) == [cast.li]
    assert queries.count_due(actor=cast.actor(cast.xu), on=NOW.date()) == 0


def test_it_is_told_on_every_thread(cast, desk):
    households(cast, cast.building, 2)
    running(cast)
    handed(cast, desk, cast.li)
    events = Event.objects.filter(name="visits.call_handed_over")
    assert {one.trace for one in events} == set(Visit.objects.values_list("trace", flat=True))
    assert events[0].facts["reason"] == "调到街道工作"


def test_several_share_them_by_territory(cast, desk):
    near, far = households(cast, cast.building, 4), households(cast, cast.far_building, 4)
    running(cast, building_ids=[])
    # 李 leads the first grid, 孙 works in the second.
    assert handed(cast, desk, cast.li, cast.sun) == 8
    for homes, account in ((near, cast.li), (far, cast.sun)):
        found = Visit.objects.filter(household__in=homes).values_list("account_id", flat=True)
        assert set(found) == {account.pk}


def test_regular_visits_go_along(cast, desk):
    home = households(cast, cast.building, 1)[0]
    services.set_cadence(
        household_id=home.pk, every="WEEKLY", account_id=cast.xu.pk, actor=desk, at=NOW
    )
    assert handed(cast, desk, cast.li) == 1
    assert Cadence.objects.get().account_id == cast.li.pk


def test_calls_of_a_closed_account_are_nobodys_until_they_are_handed_over(cast, desk):
    households(cast, cast.building, 3)
    running(cast)
    given = {"actor": desk, "community_id": cast.community.pk, "at": NOW}
    assert queries.count_nobodys(**given) == 0
    people.deactivate(account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=NOW)
    assert load_of(cast, desk, cast.xu).is_nobodys
    assert queries.count_nobodys(**given) == 3
    assert handed(cast, desk, cast.li) == 3
    assert queries.count_nobodys(**given) == 0
    assert load_of(cast, desk, cast.xu) is None


def test_on_leave_a_stand_in_makes_them_and_they_are_not_nobodys(cast, desk):
    households(cast, cast.building, 1)
    running(cast)
    people.hand_over(
        absent_id=cast.xu.pk,
        stand_in_id=cast.li.pk,
        from_date=NOW.date(),
        until_date=NOW.date(),
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    load = load_of(cast, desk, cast.xu)
    assert (load.is_nobodys, load.stand_in) == (False, cast.li.name)
    assert queries.count_due(actor=cast.actor(cast.li), on=NOW.date()) == 1


def test_needs_go_along_for_those_entitled_and_stay_unseen_for_others(cast, desk):
    secretary = cast.actor(cast.shen)
    home = households(cast, cast.building, 1)[0]
    elder = people.add_resident(
        household_id=home.pk, person=Person(name="李奶奶"), actor=secretary, at=NOW
    )
    people.begin_need_groups(community_id=cast.community.pk, actor=secretary, at=NOW)
    people.record_need(
        resident_id=elder.pk,
        group_id=NeedGroup.objects.first().pk,
        help_needed="需要有人帮忙取药",
        cadence="WEEKLY",
        responsible_id=cast.xu.pk,
        actor=secretary,
        at=NOW,
    )
    run_due(at=NOW)
    assert load_of(cast, desk, cast.xu) is None
    with pytest.raises(services.NothingToHandOver):
        handed(cast, desk, cast.li)
    assert handed(cast, secretary, cast.li) == 1
    assert PriorityNeed.objects.get().responsible_id == cast.li.pk
    assert Cadence.objects.get(ended_at=None).account_id == cast.li.pk
    assert Visit.objects.get(state="DUE").account_id == cast.li.pk
    assert services.follow_all_needs(at=NOW) == 0


@pytest.mark.parametrize(
    ("to", "more", "field"),
    [
        ("xu", {}, "to"),
        ("outsider", {}, "to"),
        ("chen", {}, "to"),
        ("li", {"reason": " "}, "reason"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(cast, desk, to, more, field):
    households(cast, cast.building, 1)
    running(cast)
    with pytest.raises(Invalid) as refused:
        handed(cast, desk, cast.accounts[to], **more)
    assert refused.value.field == field
    assert Visit.objects.get().account_id == cast.xu.pk


@pytest.mark.parametrize("who", ["li", "xu", "sun", "gu", "outsider"])
def test_only_the_office_hands_over(cast, who):
    households(cast, cast.building, 1)
    running(cast)
    with pytest.raises(NotEntitled):
        handed(cast, cast.actor(cast.accounts[who]), cast.li)
    assert Account.objects.get(pk=cast.xu.pk).is_active
