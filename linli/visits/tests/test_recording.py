"""What came of a call: once, by the server's clock, and called again at another hour."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from linli.core.clocks import SHANGHAI
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.people import services as people
from linli.visits import queries, services
from linli.visits.models import Visit
from linli.visits.services import Recorded
from linli.visits.tests.scenes import households, running
from linli.visits.workflow import Outcome
from tests.cast import NOW
from tests.racing import race


@pytest.fixture
def visit(cast):
    households(cast, cast.building, 2)
    running(cast)
    return Visit.objects.earliest("position")


def say(visit, outcome, *, actor, at=NOW, key=None, **more):
    recorded = Recorded(submission_key=key or uuid4(), outcome=outcome, **more)
    return services.record_visit(visit_id=visit.pk, recorded=recorded, actor=actor, at=at)


def standing(visit):
    return Visit.objects.get(campaign=visit.campaign, household=visit.household, stands=True)


@pytest.mark.parametrize("outcome", ["MET", "DECLINED", "VACANT", "LIVES_ELSEWHERE"])
def test_an_outcome_ends_the_calls(cast, visit, outcome):
    done = say(visit, outcome, actor=cast.actor(cast.xu))
    assert (done.state, done.outcome, done.happened_at) == ("DONE", outcome, NOW)
    assert Visit.objects.filter(household=visit.household).count() == 1
    assert Event.objects.get(name="visits.visited").facts["outcome"] == outcome


def test_answers_are_sealed_and_come_back(cast, visit):
    answers = {"met": "tenant", "said": "楼道灯不亮，13800138000", "unasked": "x"}
    done = say(visit, "MET", actor=cast.actor(cast.xu), answers=answers)
    sealed = bytes(Visit.objects.get(pk=done.pk).answers_sealed)
    assert "灯".encode() not in sealed
    assert b"tenant" not in sealed
    assert queries.answers_of(visit=done) == {"met": "tenant", "said": answers["said"]}
    assert "13800138000" not in str(list(Event.objects.values_list("facts", flat=True)))


def test_answers_that_do_not_fit_are_named(cast, visit):
    with pytest.raises(services.AnswersWrong) as refused:
        say(visit, "MET", actor=cast.actor(cast.xu), answers={"met": "ghost"})
    assert [(one.question, one.code) for one in refused.value.wrong] == [("met", "CHOICE")]
    assert Visit.objects.get(pk=visit.pk).state == "DUE"


def test_who_is_not_at_home_is_called_on_at_three_other_hours(cast, visit):
    worker = cast.actor(cast.xu)
    hours = [(4, 10), (5, 19), (7, 10), (9, 10), (9, 15)]  # Wed, Thu evening, Sat, Mon ...
    seen = []
    for day, hour in hours:
        now = standing(visit)
        if now.state != "DUE":
            break
        seen.append((now.attempt, now.window, now.due_date.day))
        say(now, "NOT_AT_HOME", actor=worker, at=datetime(2026, 3, day, hour, tzinfo=SHANGHAI))
    assert seen == [(1, "", 4), (2, "EVENING", 5), (3, "WEEKEND", 7), (4, "AFTERNOON", 9)]
    last = standing(visit)
    assert (last.state, last.outcome, last.attempt) == ("DONE", "NOT_AT_HOME", 4)
    assert Visit.objects.filter(trace=visit.trace).count() == 4
    assert Event.objects.filter(name="visits.called_again", trace=visit.trace).count() == 3


def test_nobody_is_found_out_four_times_in_one_second(cast, visit):
    worker = cast.actor(cast.xu)
    first = uuid4()
    say(visit, "NOT_AT_HOME", actor=worker, key=first)
    again = standing(visit)
    for at in (NOW, datetime(2026, 3, 4, 23, 59, tzinfo=SHANGHAI)):
        with pytest.raises(services.CalledTooEarly):
            say(again, "NOT_AT_HOME", actor=worker, at=at)
    say(visit, "NOT_AT_HOME", actor=worker, key=first)  # the first one, sent twice
    assert Visit.objects.filter(trace=visit.trace).count() == 2
    assert say(again, "MET", actor=worker).state == "DONE"  # whoever is met, is met


def test_nobody_is_called_on_again_once_the_campaign_is_closed(cast, visit):
    services.close_campaign(
        campaign_id=visit.campaign_id, actor=cast.actor(cast.shen), at=NOW + timedelta(hours=1)
    )
    late = say(
        visit, "NOT_AT_HOME", actor=cast.actor(cast.xu), at=NOW + timedelta(hours=2), phone_at=NOW
    )
    assert (late.state, late.phone_at, late.stands) == ("DONE", NOW, True)


def test_the_servers_clock_decides_and_the_phones_is_kept(cast, visit):
    wrong = NOW - timedelta(days=1)
    done = say(visit, "NOT_AT_HOME", actor=cast.actor(cast.xu), phone_at=wrong)
    assert (done.happened_at, done.phone_at) == (NOW, wrong)
    assert standing(visit).due_date == NOW.date() + timedelta(days=1)


def test_a_hundred_replays_leave_one_visit(cast, visit):
    worker, key = cast.actor(cast.xu), uuid4()
    for number in range(100):
        say(visit, "NOT_AT_HOME", actor=worker, key=key, at=NOW + timedelta(minutes=number))
    assert Visit.objects.filter(household=visit.household).count() == 2
    assert Visit.objects.get(pk=visit.pk).happened_at == NOW
    assert Event.objects.filter(name="visits.visited").count() == 1


def test_the_key_of_another_door_does_not_count(cast, visit):
    worker, key = cast.actor(cast.xu), uuid4()
    other = Visit.objects.latest("position")
    say(other, "MET", actor=worker, key=key)
    with pytest.raises(services.AlreadyRecorded):
        say(visit, "MET", actor=worker, key=key)
    assert Visit.objects.get(pk=visit.pk).state == "DUE"


def test_an_outcome_is_one_of_five(cast, visit):
    with pytest.raises(services.OutcomeMissing):
        say(visit, "", actor=cast.actor(cast.xu))


def test_whoever_is_not_of_the_place_finds_nothing(cast, visit):
    for who in ("sun", "chen", "gu", "outsider", "nobody_yet"):
        with pytest.raises(NotFound):
            say(visit, "MET", actor=cast.actor(cast.accounts[who]))
    say(visit, "MET", actor=cast.actor(cast.wang))  # The building lead met them on the stairs.


def test_a_stand_in_has_the_calls_of_whoever_is_away(cast, visit):
    day = NOW.date()
    people.hand_over(
        absent_id=cast.xu.pk,
        stand_in_id=cast.wang.pk,
        from_date=day,
        until_date=day,
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    assert queries.count_due(actor=cast.actor(cast.wang), on=day) == 2


def test_the_database_refuses_a_second_open_call(cast, visit):
    again = Visit.objects.get(pk=visit.pk)
    again.pk, again.row_key, again.attempt = None, uuid4(), 2
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(stands=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(outcome=Outcome.MET)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_record_the_same_call_one_is_told(cast):
    households(cast, cast.building, 1)
    running(cast)
    visit = Visit.objects.get()
    actors = [cast.actor(cast.xu), cast.actor(cast.wang)]
    outcome = race(racers=2, act=lambda number: say(visit, "NOT_AT_HOME", actor=actors[number]).pk)
    assert outcome.results == [visit.pk]
    assert [type(one) for one in outcome.refusals] == [services.AlreadyRecorded]
    assert Visit.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_once_is_one_visit(cast):
    households(cast, cast.building, 1)
    running(cast)
    visit, key = Visit.objects.get(), uuid4()
    worker = cast.actor(cast.xu)
    outcome = race(
        racers=4, act=lambda _number: say(visit, "NOT_AT_HOME", actor=worker, key=key).pk
    )
    assert (outcome.results, outcome.refusals) == ([visit.pk] * 4, [])
    assert Visit.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_closing_while_somebody_records_leaves_no_call_open(cast):
    households(cast, cast.building, 2)
    campaign = running(cast)
    visit = Visit.objects.earliest("position")
    worker, desk = cast.actor(cast.xu), cast.actor(cast.shen)
    acts = [
        lambda: say(visit, "NOT_AT_HOME", actor=worker),
        lambda: services.close_campaign(campaign_id=campaign.pk, actor=desk, at=NOW),
    ]
    outcome = race(racers=2, act=lambda number: acts[number]().pk)
    assert outcome.refusals == []
    assert not Visit.objects.filter(state="DUE").exists()
    assert Visit.objects.filter(stands=True).count() == 2
