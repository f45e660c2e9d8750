"""Visits that follow the register of needs, and calls within 24 hours of what happened."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from linli.core.errors import Invalid, NotEntitled, NotFound
from linli.core.models import Event
from linli.flows.worker import run_due
from linli.people import services as people
from linli.people.models import NeedGroup, PriorityNeed
from linli.people.personal import Person
from linli.visits import queries, services
from linli.visits.models import Cadence, Campaign, Visit
from linli.visits.services import Recorded
from linli.visits.tests.scenes import households
from tests.cast import NOW, RoleName, give

DAY = timedelta(days=1)


@pytest.fixture
def secretary(cast):
    return cast.actor(cast.shen)


@pytest.fixture
def home(cast):
    return households(cast, cast.building, 1)[0]


@pytest.fixture
def group(cast, secretary):
    people.begin_need_groups(community_id=cast.community.pk, actor=secretary, at=NOW)
    return NeedGroup.objects.get(name="独居老人")


@pytest.fixture
def elder(home, secretary):
    return people.add_resident(
        household_id=home.pk, person=Person(name="李奶奶"), actor=secretary, at=NOW
    )


def needed(cast, elder, group, **more):
    """Write down that 许中杰 answers for somebody, as often as the group says."""
    values = {"cadence": "GROUP", "responsible_id": cast.xu.pk, "at": NOW, **more}
    need = people.record_need(
        resident_id=elder.pk,
        group_id=group.pk,
        help_needed="需要有人帮忙取药",
        actor=cast.actor(cast.shen),
        **values,
    )
    run_due(at=values["at"])
    return need


def says(cast, group, cadence, at=NOW):
    people.set_group_cadence(group_id=group.pk, cadence=cadence, actor=cast.actor(cast.shen), at=at)
    run_due(at=at)


def standing():
    return list(Cadence.objects.filter(ended_at=None).values_list("every", "account_id"))


def record(visit, actor, at, outcome="MET"):
    services.record_visit(
        visit_id=visit.pk,
        recorded=Recorded(submission_key=uuid4(), outcome=outcome),
        actor=actor,
        at=at,
    )


# --- The rhythm follows the register ----------------------------------------------------------


def test_a_need_brings_visits_without_typing_it_twice(cast, elder, group):
    says(cast, group, "MONTHLY")
    needed(cast, elder, group)
    assert standing() == [("MONTHLY", cast.xu.pk)]
    assert queries.count_due(actor=cast.actor(cast.xu), on=NOW.date()) == 1


def test_a_group_that_says_otherwise_changes_all_its_rhythms(cast, elder, group):
    needed(cast, elder, group)
    assert standing() == []
    says(cast, group, "QUARTERLY")
    first = Cadence.objects.get()
    record(Visit.objects.get(), cast.actor(cast.xu), NOW)
    says(cast, group, "WEEKLY", at=NOW + DAY)
    now = Cadence.objects.get(ended_at=None)
    assert (now.every, now.trace) == ("WEEKLY", first.trace)
    assert now.next_date == (NOW + 7 * DAY).date()
    assert services.fall_due(at=NOW + 6 * DAY) == 0
    assert services.fall_due(at=NOW + 7 * DAY) == 1


def test_a_stricter_rhythm_that_is_late_already_is_due_today(cast, elder, group):
    says(cast, group, "QUARTERLY")
    needed(cast, elder, group)
    record(Visit.objects.get(), cast.actor(cast.xu), NOW)
    says(cast, group, "WEEKLY", at=NOW + 30 * DAY)
    due = Visit.objects.get(state="DUE")
    assert due.due_date == (NOW + 30 * DAY).date()


def test_the_strictest_of_several_needs_counts_for_the_household(cast, home, elder, group):
    other = NeedGroup.objects.exclude(pk=group.pk).first()
    needed(cast, elder, group, cadence="QUARTERLY")
    second = needed(cast, elder, other, cadence="WEEKLY", responsible_id=cast.wang.pk)
    assert standing() == [("WEEKLY", cast.wang.pk)]
    people.end_need(need_id=second.pk, actor=cast.actor(cast.shen), at=NOW)
    run_due(at=NOW)
    assert standing() == [("QUARTERLY", cast.xu.pk)]
    assert Visit.objects.get(state="DUE").account_id == cast.xu.pk


def test_whoever_leaves_is_called_on_no_more(cast, elder, group):
    needed(cast, elder, group, cadence="WEEKLY")
    people.depart(
        resident_id=elder.pk,
        departure="MOVED_OUT",
        on=NOW.date(),
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    services.follow_all_needs(at=NOW)
    assert standing() == []
    assert set(Visit.objects.values_list("state", flat=True)) == {"CANCELLED"}


def test_who_moves_is_called_on_behind_the_new_door(cast, elder, group):
    needed(cast, elder, group, cadence="WEEKLY")
    new = households(cast, cast.next_building, 1)[0]
    people.move(
        resident_ids=[elder.pk],
        household_id=new.pk,
        on=NOW.date(),
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    services.follow_all_needs(at=NOW)
    assert Cadence.objects.get(ended_at=None).household_id == new.pk
    assert Visit.objects.get(state="DUE").household_id == new.pk


def test_following_twice_changes_nothing(cast, elder, group):
    needed(cast, elder, group, cadence="WEEKLY")
    before = Event.objects.count()
    assert services.follow_all_needs(at=NOW) == 0
    assert Event.objects.count() == before


def test_a_visit_because_of_a_need_is_for_few(cast, home, elder, group):
    needed(cast, elder, group, cadence="WEEKLY")
    visit, campaign = Visit.objects.get(), Campaign.objects.get()
    for who in ("shen", "xu"):
        actor = cast.actor(cast.accounts[who])
        assert queries.get_visit(actor=actor, visit_id=visit.pk) == visit
        assert queries.calls_on(actor=actor, household_id=home.pk) == [visit]
        assert queries.rhythm_of_need(actor=actor, household=home) is not None
    for who in ("zhou_min", "li", "wang", "sun", "gu", "outsider"):
        actor = cast.actor(cast.accounts[who])
        with pytest.raises(NotFound):
            queries.get_visit(actor=actor, visit_id=visit.pk)
        with pytest.raises(NotFound):
            queries.get_campaign(actor=actor, campaign_id=campaign.pk)
        assert queries.calls_on(actor=actor, household_id=home.pk) == []
        assert queries.rhythm_of_need(actor=actor, household=home) is None
    assert queries.cadence_of(household_id=home.pk) is None


def test_a_group_cannot_go_by_itself_and_only_those_entitled_say(cast, group, secretary):
    with pytest.raises(Invalid):
        people.set_group_cadence(group_id=group.pk, cadence="GROUP", actor=secretary, at=NOW)
    for who in ("zhou_min", "xu", "li"):
        with pytest.raises((NotEntitled, NotFound)):
            people.set_group_cadence(
                group_id=group.pk,
                cadence="WEEKLY",
                actor=cast.actor(cast.accounts[who]),
                at=NOW,
            )


# --- Within 24 hours --------------------------------------------------------------------------


def soon(cast, home, who="xu", cause="DISCHARGED", at=NOW):
    return services.call_within_a_day(
        household_id=home.pk, cause=cause, actor=cast.actor(cast.accounts[who]), at=at
    )


def test_one_tap_makes_a_call_due_for_whoever_answers(cast, home, elder, group):
    needed(cast, elder, group, cadence="NONE", responsible_id=cast.wang.pk)
    visit = soon(cast, home)
    assert (visit.account_id, visit.due_by) == (cast.wang.pk, NOW + DAY)
    row = queries.due_visits(actor=cast.actor(cast.wang), on=NOW.date())[0]
    assert queries.cause_of(visit=row.visit) == "DISCHARGED"


def test_a_household_without_a_need_is_the_grid_workers(cast, home):
    assert soon(cast, home, who="zhou_min").account_id == cast.xu.pk


def test_a_visit_that_waits_is_brought_forward_not_doubled(cast, home, elder, group):
    needed(cast, elder, group, cadence="WEEKLY")
    before = Visit.objects.get()
    assert soon(cast, home).pk == before.pk
    assert soon(cast, home, cause="BEREAVED", at=NOW + DAY / 2).due_by == NOW + DAY
    assert Visit.objects.count() == 1
    assert services.fall_due(at=NOW + 7 * DAY) == 1
    assert list(Visit.objects.order_by("round").values_list("state", flat=True)) == [
        "MISSED",
        "DUE",
    ]


def test_not_at_home_comes_back_the_same_day_with_the_same_limit(cast, home):
    visit = soon(cast, home)
    record(visit, cast.actor(cast.xu), NOW + timedelta(hours=1), "NOT_AT_HOME")
    again = Visit.objects.get(state="DUE")
    assert (again.due_date, again.due_by, again.window) == (NOW.date(), NOW + DAY, "")
    assert queries.cause_of(visit=again) == "DISCHARGED"


def test_a_storm_sends_everybody_to_those_in_need(cast, elder, group, secretary):
    other = households(cast, cast.next_building, 1)[0]
    second = people.add_resident(
        household_id=other.pk, person=Person(name="陈爷爷"), actor=secretary, at=NOW
    )
    needed(cast, elder, group)
    needed(cast, second, group, responsible_id=cast.wang.pk)
    called = services.call_on_groups(
        community_id=cast.community.pk,
        group_ids=[group.pk],
        cause="STORM",
        actor=secretary,
        at=NOW,
    )
    assert called == 2
    assert set(Visit.objects.values_list("account_id", flat=True)) == {cast.xu.pk, cast.wang.pk}
    assert set(Visit.objects.values_list("due_by", flat=True)) == {NOW + DAY}


def test_groups_with_nobody_and_those_not_entitled_are_refused(cast, group, secretary):
    given = {"community_id": cast.community.pk, "group_ids": [group.pk], "at": NOW}
    with pytest.raises(services.NobodyInNeed):
        services.call_on_groups(cause="HEAT", actor=secretary, **given)
    for who in ("zhou_min", "xu", "outsider"):
        with pytest.raises(services.NotYoursToCall):
            services.call_on_groups(cause="HEAT", actor=cast.actor(cast.accounts[who]), **given)
    social = cast.nobody_yet
    give(social, RoleName.SOCIAL_WORKER, cast.community)
    with pytest.raises(services.NobodyInNeed):
        services.call_on_groups(cause="HEAT", actor=cast.actor(social), **given)


@pytest.mark.parametrize("who", ["sun", "gu", "chen", "outsider", "nobody_yet"])
def test_only_those_who_keep_the_roster_there_ask_for_a_call(cast, home, who):
    with pytest.raises((NotEntitled, NotFound)):
        soon(cast, home, who=who)
    assert not Visit.objects.exists()


def test_what_happened_is_no_word_of_anybody(cast, home):
    with pytest.raises(services.CauseUnknown):
        soon(cast, home, cause="精神障碍")


def test_the_database_tells_nobody_what_happened(cast, home, elder, group):
    needed(cast, elder, group, cadence="WEEKLY")
    soon(cast, home)
    with connection.cursor() as cursor:
        for table in ("visits_visit", "core_event"):
            cursor.execute(f"SELECT * FROM {table}")
            said = " ".join(
                str(bytes(cell) if isinstance(cell, memoryview) else cell)
                for row in cursor.fetchall()
                for cell in row
            )
            assert "DISCHARGED" not in said, table
    assert PriorityNeed.objects.count() == 1
