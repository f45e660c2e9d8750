"""The regular visits of a link: on its thread, due to whoever keeps it, gone when it ends."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from linli.core.errors import NotFound
from linli.core.models import Event
from linli.flows.worker import run_due
from linli.people import services as people
from linli.people.models import TieEnding
from linli.people.personal import Person
from linli.visits import queries, services
from linli.visits.models import Cadence, Visit
from linli.visits.services import Recorded
from linli.visits.tests.scenes import households
from tests.cast import NOW

DAY = timedelta(days=1)
TODAY = NOW.date()


@pytest.fixture
def secretary(cast):
    return cast.actor(cast.shen)


@pytest.fixture
def homes(cast):
    return households(cast, cast.building, 3)


def resident(homes, secretary, place, name):
    return people.add_resident(
        household_id=homes[place].pk, person=Person(name=name), actor=secretary, at=NOW
    )


def paired(cast, elder, secretary, **who):
    holder = people.name_tie_holder(
        community_id=cast.community.pk, kind="PAIRING", actor=secretary, at=NOW, **who
    )
    return people.make_tie(holder_id=holder.pk, resident_id=elder.pk, actor=secretary, at=NOW)


@pytest.fixture
def elder(homes, secretary):
    return resident(homes, secretary, 0, "李奶奶")


@pytest.fixture
def tie(cast, elder, secretary):
    return paired(cast, elder, secretary, account_id=cast.xu.pk)


def arranged(tie, actor, account, every="WEEKLY", at=NOW):
    return services.set_visits_of_tie(
        tie_id=tie.pk, every=every, account_id=account.pk, actor=actor, at=at
    )


def drain(at):
    while run_due(at=at):
        pass


def due_of():
    return Visit.objects.get(state="DUE").account


def test_they_run_on_the_thread_of_the_link_and_end_with_it(cast, tie, secretary):
    cadence = arranged(tie, secretary, cast.xu)
    assert cadence.trace == tie.trace
    assert due_of() == cast.xu
    people.end_tie(tie_id=tie.pk, ending=TieEnding.DONE, actor=secretary, at=NOW + DAY)
    drain(NOW + DAY)
    cadence.refresh_from_db()
    assert cadence.ended_at is not None
    assert list(Visit.objects.values_list("state", flat=True)) == ["CANCELLED"]
    told = [one.name for one in Event.objects.filter(trace=tie.trace).order_by("id")]
    assert told == [
        "people.tie_made",
        "visits.cadence_set",
        "visits.fell_due",
        "people.tie_ended",
        "visits.cadence_ended",
    ]


def test_what_is_due_goes_to_the_stand_in_and_comes_back(cast, tie, secretary):
    arranged(tie, secretary, cast.xu)
    people.hand_tie_over(
        tie_id=tie.pk,
        account_id=cast.sun.pk,
        from_date=TODAY,
        until_date=TODAY + 9 * DAY,
        actor=secretary,
        at=NOW,
    )
    drain(NOW)
    assert due_of() == cast.sun
    services.fall_due(at=NOW + 7 * DAY)
    assert due_of() == cast.sun
    sun = cast.actor(cast.sun)
    assert queries.count_due(actor=sun, on=TODAY + 7 * DAY) == 1
    assert services.follow_stand_ins(at=NOW + 9 * DAY) == 0
    assert services.follow_stand_ins(at=NOW + 10 * DAY) == 1
    assert due_of() == cast.xu
    assert Cadence.objects.get().campaign.visitors.filter(pk=cast.sun.pk).exists()


def test_a_stand_in_of_next_month_changes_nothing_today(cast, tie, secretary):
    arranged(tie, secretary, cast.xu)
    stand_in = people.hand_tie_over(
        tie_id=tie.pk,
        account_id=cast.sun.pk,
        from_date=date(2026, 4, 1),
        until_date=date(2026, 4, 30),
        actor=secretary,
        at=NOW,
    )
    drain(NOW)
    assert due_of() == cast.xu
    services.fall_due(at=NOW + 28 * DAY)  # 1 April
    assert due_of() == cast.sun
    people.end_tie_stand_in(stand_in_id=stand_in.pk, actor=secretary, at=NOW + 29 * DAY)
    drain(NOW + 29 * DAY)
    assert due_of() == cast.xu


def test_a_resident_who_stands_in_has_somebody_who_writes_down(cast, homes, tie, secretary):
    arranged(tie, secretary, cast.xu)
    neighbour = resident(homes, secretary, 1, "赵大姐")
    people.hand_tie_over(
        tie_id=tie.pk,
        resident_id=neighbour.pk,
        from_date=TODAY,
        until_date=TODAY + 9 * DAY,
        actor=secretary,
        at=NOW,
    )
    drain(NOW)
    assert due_of() == cast.xu


def test_whoever_moves_is_called_on_at_the_new_door(cast, homes, elder, tie, secretary):
    arranged(tie, secretary, cast.xu)
    people.move(
        resident_ids=[elder.pk], household_id=homes[2].pk, on=TODAY, actor=secretary, at=NOW
    )
    drain(NOW)
    standing = Cadence.objects.get(ended_at=None)
    assert (standing.household, standing.trace) == (homes[2], tie.trace)
    assert Visit.objects.get(state="DUE").household == homes[2]


def test_a_year_of_a_pairing_is_one_story(cast, tie, secretary):
    arranged(tie, secretary, cast.xu, every="MONTHLY")
    worker = cast.actor(cast.xu)
    for month in range(12):
        at = NOW + (month * 31 + 7 * bool(month)) * DAY  # holidays move some turns
        services.fall_due(at=at)
        visit = Visit.objects.get(state="DUE")
        services.record_visit(
            visit_id=visit.pk,
            recorded=Recorded(submission_key=uuid4(), outcome="MET"),
            actor=worker,
            at=at,
        )
    story = queries.events_of_rhythm(trace=tie.trace)
    assert [one.name for one in story].count("visits.visited") == 12


def test_other_visits_of_the_household_give_way_and_who_may_not_arrange(
    cast, homes, tie, secretary
):
    services.set_cadence(
        household_id=homes[0].pk,
        every="QUARTERLY",
        account_id=cast.wang.pk,
        actor=secretary,
        at=NOW,
    )
    arranged(tie, secretary, cast.xu)
    assert Cadence.objects.get(ended_at=None).account == cast.xu
    assert due_of() == cast.xu
    with pytest.raises(services.EveryUnknown):
        arranged(tie, secretary, cast.xu, every="DAILY")
    with pytest.raises(services.CallerUnknown):
        arranged(tie, secretary, cast.chen)
    with pytest.raises(NotFound):
        arranged(tie, cast.actor(cast.zhou_min), cast.xu)
    with pytest.raises(people.TiesNotYours):
        arranged(tie, cast.actor(cast.xu), cast.xu)


def test_all_households_of_a_building_lead_are_called_on_but_none_twice(cast, homes, secretary):
    holder = people.name_tie_holder(
        community_id=cast.community.pk,
        kind="CONTACT",
        account_id=cast.wang.pk,
        actor=secretary,
        at=NOW,
    )
    for home in homes:
        people.make_tie(holder_id=holder.pk, household_id=home.pk, actor=secretary, at=NOW)
    services.set_cadence(
        household_id=homes[0].pk,
        every="WEEKLY",
        account_id=cast.xu.pk,
        actor=secretary,
        at=NOW,
    )
    given = {"every": "QUARTERLY", "account_id": cast.wang.pk, "at": NOW}
    arrange = services.set_visits_of_holder
    assert arrange(holder_id=holder.pk, actor=secretary, **given) == 2
    assert arrange(holder_id=holder.pk, actor=secretary, **given) == 0
    assert queries.count_due(actor=cast.actor(cast.wang), on=TODAY) == 2
    assert Cadence.objects.get(household=homes[0], ended_at=None).account == cast.xu
    with pytest.raises(NotFound):
        arrange(holder_id=holder.pk, actor=cast.actor(cast.outsider), **given)


def test_a_fixed_distance_goes_along_when_somebody_moves(cast, homes, elder, tie, secretary):
    with pytest.raises(services.DistanceUnusable):
        arranged(tie, secretary, cast.xu, every="SPACED")
    services.set_visits_of_tie(
        tie_id=tie.pk,
        every="SPACED",
        distance=services.Distance(20, 25),
        account_id=cast.xu.pk,
        actor=secretary,
        at=NOW,
    )
    people.move(
        resident_ids=[elder.pk], household_id=homes[2].pk, on=TODAY, actor=secretary, at=NOW
    )
    drain(NOW)
    moved = Cadence.objects.get(ended_at=None)
    assert moved.household == homes[2]
    assert (moved.every, moved.apart_least_days, moved.apart_most_days) == ("SPACED", 20, 25)
