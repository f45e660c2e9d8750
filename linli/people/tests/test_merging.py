"""Two people changed the same household: nothing is silently lost."""

from datetime import timedelta
from uuid import uuid4

import pytest

from linli.core.errors import NotFound
from linli.core.models import Event
from linli.people import queries, services
from linli.people.models import Household, HouseholdDispute, HouseholdEdit
from linli.people.personal import Person
from linli.people.services import HouseholdValues, LateEdit
from tests.cast import NOW
from tests.racing import race

BASE = HouseholdValues(status="LIVES_HERE", employer="铁路局")


@pytest.fixture
def household(cast):
    return services.open_household(
        dwelling_id=cast.dwelling.pk,
        status=BASE.status,
        employer=BASE.employer,
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    )


@pytest.fixture
def desk(cast):
    return cast.actor(cast.zhou_min)


@pytest.fixture
def walker(cast):
    return cast.actor(cast.xu)


def late(status=BASE.status, employer=BASE.employer, *, base=BASE, key=None, **more):
    wanted = HouseholdValues(status=status, employer=employer)
    return LateEdit(submission_key=key or uuid4(), base=base, wanted=wanted, **more)


def merge(household, edit, actor, at=NOW):
    return services.merge_household(household_id=household.pk, edit=edit, actor=actor, at=at)


def office_says(household, desk, **values):
    given = {"status": BASE.status, "employer": BASE.employer} | values
    services.set_household(household_id=household.pk, **given, actor=desk, at=NOW)


def stands(household):
    found = Household.objects.get(pk=household.pk)
    return found.status, found.employer


def test_what_only_one_changed_is_merged(household, desk, walker):
    office_says(household, desk, employer="电务段")
    merged = merge(household, late(status="LET"), walker)
    assert stands(household) == ("LET", "电务段")
    assert merged.disputes == ()


def test_what_both_changed_keeps_both_values_for_the_office(household, desk, walker):
    office_says(household, desk, status="LET", employer="电务段")
    merge(household, late(status="LIVES_ELSEWHERE", employer="铁路局"), walker)
    assert stands(household) == ("LET", "电务段")
    (dispute,) = queries.list_disputes(actor=desk)
    values = queries.values_of(dispute=dispute)
    assert (values.base, values.now, values.offered) == ("LIVES_HERE", "LET", "LIVES_ELSEWHERE")
    event = Event.objects.get(name="people.household_disputed")
    assert (event.trace, event.facts["fields"]) == (household.trace, ["status"])
    assert "电务段" not in str(event.facts)


def test_one_of_two_fields_is_merged_and_the_other_waits(household, desk, walker):
    office_says(household, desk, employer="电务段")
    merge(household, late(status="LET", employer="机务段"), walker)
    assert stands(household) == ("LET", "电务段")
    assert [one.offered for one in queries.list_disputes(actor=desk)] == ["机务段"]


def test_who_said_the_same_do_not_disagree(household, desk, walker):
    office_says(household, desk, status="LET")
    assert merge(household, late(status="LET"), walker).disputes == ()
    assert not HouseholdDispute.objects.exists()


@pytest.mark.parametrize(("takes", "left"), [(True, "LIVES_ELSEWHERE"), (False, "LET")])
def test_the_office_chooses_once(household, desk, walker, takes, left):
    office_says(household, desk, status="LET")
    (dispute,) = merge(household, late(status="LIVES_ELSEWHERE"), walker).disputes
    version = Household.objects.get().version
    given = {"dispute_id": dispute.pk, "version": version, "actor": desk, "at": NOW}
    services.decide_dispute(takes=takes, **given)
    assert stands(household)[0] == left
    assert queries.count_disputes(actor=desk) == 0
    with pytest.raises(services.DecidedAlready):
        services.decide_dispute(takes=not takes, **given)
    assert stands(household)[0] == left
    assert Event.objects.filter(name="people.dispute_decided").count() == 1


def test_a_choice_over_something_newer_is_asked_again(household, desk, walker):
    office_says(household, desk, status="LET")
    (dispute,) = merge(household, late(status="LIVES_ELSEWHERE"), walker).disputes
    seen = Household.objects.get().version
    office_says(household, desk, status="UNKNOWN")
    with pytest.raises(services.ChangedMeanwhile):
        services.decide_dispute(dispute_id=dispute.pk, takes=True, version=seen, actor=desk, at=NOW)
    assert queries.count_disputes(actor=desk) == 1


def test_a_hundred_replays_of_an_edit_are_one(household, desk, walker):
    key = uuid4()
    for number in range(100):
        at = NOW + timedelta(minutes=number)
        merge(household, late(status="LET", key=key, phone_at=NOW), walker, at=at)
        if number == 50:  # Somebody corrects it in between: the echo does not bring it back.
            office_says(household, desk, status="UNKNOWN")
    assert stands(household)[0] == "UNKNOWN"
    assert HouseholdEdit.objects.get().phone_at == NOW
    assert not HouseholdDispute.objects.exists()
    assert Event.objects.filter(name="people.household_changed").count() == 2


def test_what_is_refused_can_be_corrected_under_the_same_key(household, desk, walker):
    services.add_resident(
        household_id=household.pk, person=Person(name="张三丰"), actor=desk, at=NOW
    )
    key = uuid4()
    with pytest.raises(services.SomebodyLivesThere):
        merge(household, late(status="VACANT", key=key), walker)
    with pytest.raises(services.StatusUnknown):
        merge(household, late(status="GHOSTS", key=key), walker)
    merge(household, late(status="LET", key=key), walker)
    assert stands(household)[0] == "LET"


def test_whoever_does_not_keep_the_roster_there_edits_and_chooses_nothing(
    cast, household, desk, walker
):
    for who in ("sun", "outsider", "chen"):
        with pytest.raises(NotFound):
            merge(household, late(status="LET"), cast.actor(cast.accounts[who]))
    with pytest.raises(services.ResidentsNotYours):
        merge(household, late(status="LET"), cast.actor(cast.wang))
    office_says(household, desk, status="LET")
    (dispute,) = merge(household, late(status="UNKNOWN"), walker).disputes
    for who in ("xu", "li", "outsider", "gu"):
        with pytest.raises(NotFound):
            services.decide_dispute(
                dispute_id=dispute.pk,
                takes=True,
                version=1,
                actor=cast.actor(cast.accounts[who]),
                at=NOW,
            )


@pytest.mark.django_db(transaction=True)
def test_two_phones_that_come_back_at_once_lose_nothing(household, walker):
    wanted = ["LET", "LIVES_ELSEWHERE", "UNKNOWN"]
    outcome = race(
        racers=3,
        act=lambda number: merge(household, late(status=wanted[number]), walker).household.pk,
    )
    assert outcome.refusals == []
    offered = set(HouseholdDispute.objects.values_list("offered", flat=True))
    assert offered | {stands(household)[0]} == set(wanted)


@pytest.mark.django_db(transaction=True)
def test_the_same_edit_at_once_is_one(household, walker):
    edit = late(status="LET")
    outcome = race(racers=4, act=lambda _number: merge(household, edit, walker).household.pk)
    assert (outcome.refusals, HouseholdEdit.objects.count()) == ([], 1)
    assert Event.objects.filter(name="people.household_changed").count() == 1
