"""Regular visits: due by themselves, missed if nobody went, one thread over the years."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from linli.core.errors import Invalid, NotEntitled, NotFound
from linli.core.models import Event
from linli.flows.worker import run_due
from linli.people import services as people
from linli.visits import queries, services
from linli.visits.models import Cadence, Visit
from linli.visits.services import Recorded
from linli.visits.tests.scenes import households, running
from linli.visits.workflow import next_turn
from tests.cast import NOW

DAY = timedelta(days=1)


@pytest.fixture
def home(cast):
    return households(cast, cast.building, 1)[0]


@pytest.fixture
def worker(cast):
    return cast.actor(cast.xu)


def arranged(home, worker, every="WEEKLY", at=NOW, **more):
    values = {"account_id": worker.account_id, "actor": worker, **more}
    return services.set_cadence(household_id=home.pk, every=every, at=at, **values)


def states():
    return list(Visit.objects.order_by("round", "attempt").values_list("round", "state", "stands"))


def test_the_first_visit_is_due_today_and_the_next_in_a_week(home, worker):
    cadence = arranged(home, worker)
    assert queries.count_due(actor=worker, on=NOW.date()) == 1
    cadence.refresh_from_db()
    assert cadence.next_date == date(2026, 3, 11)
    assert services.fall_due(at=NOW + 6 * DAY) == 0
    assert services.fall_due(at=NOW + 7 * DAY) == 1
    assert states() == [(1, "MISSED", False), (2, "DUE", True)]


def test_a_year_of_visits_is_one_thread(home, worker):
    cadence = arranged(home, worker, "MONTHLY")
    for day in range(365):
        at = NOW + day * DAY
        services.fall_due(at=at)
        for visit in Visit.objects.filter(state="DUE"):
            services.record_visit(
                visit_id=visit.pk,
                recorded=Recorded(submission_key=uuid4(), outcome="MET"),
                actor=worker,
                at=at,
            )
    assert Visit.objects.filter(trace=cadence.trace, outcome="MET").count() == 12
    assert len(queries.calls_on(actor=worker, household_id=home.pk)) == 12
    assert Event.objects.filter(trace=cadence.trace, name="visits.fell_due").count() == 12


def test_nobody_at_home_is_called_on_again_within_the_round(home, worker):
    arranged(home, worker)
    services.record_visit(
        visit_id=Visit.objects.get().pk,
        recorded=Recorded(submission_key=uuid4(), outcome="NOT_AT_HOME"),
        actor=worker,
        at=NOW,
    )
    services.fall_due(at=NOW + 7 * DAY)
    assert states() == [(1, "DONE", False), (1, "MISSED", False), (2, "DUE", True)]


def test_days_that_the_worker_slept_bring_one_visit_only(home, worker):
    arranged(home, worker)
    assert services.fall_due(at=NOW + 30 * DAY) == 1
    assert services.fall_due(at=NOW + 30 * DAY) == 0
    assert Cadence.objects.get().next_date == date(2026, 4, 8)


def test_another_rhythm_takes_the_place_of_the_first(cast, home, worker):
    first = arranged(home, worker)
    second = arranged(home, worker, "QUARTERLY", account_id=cast.wang.pk)
    assert (first.trace, Cadence.objects.filter(ended_at=None).get()) == (second.trace, second)
    assert queries.count_due(actor=worker, on=NOW.date()) == 0
    assert queries.count_due(actor=cast.actor(cast.wang), on=NOW.date()) == 1


def test_an_end_calls_the_due_visit_off(home, worker):
    arranged(home, worker)
    services.end_cadence(household_id=home.pk, actor=worker, at=NOW)
    assert [state for _round, state, _stands in states()] == ["CANCELLED"]
    assert services.fall_due(at=NOW + 7 * DAY) == 0
    with pytest.raises(NotFound):
        services.end_cadence(household_id=home.pk, actor=worker, at=NOW)


def test_a_household_that_ends_is_called_on_no_more(cast, home, worker):
    arranged(home, worker)
    running(cast)
    people.end_household(household_id=home.pk, on=NOW.date(), actor=worker, at=NOW)
    run_due(at=NOW)
    assert set(Visit.objects.values_list("state", flat=True)) == {"CANCELLED"}
    assert Cadence.objects.get().ended_at == NOW
    assert Event.objects.filter(name="visits.called_off").count() == 1


def test_regular_visits_and_a_campaign_do_not_get_in_each_others_way(cast, home, worker):
    arranged(home, worker)
    running(cast)
    assert queries.count_due(actor=worker, on=NOW.date()) == 2


@pytest.mark.parametrize("more", [{"every": "HOURLY"}, {"account_id": 10**9}])
def test_what_is_no_rhythm_or_nobody_of_ours_is_refused(home, worker, more):
    with pytest.raises(Invalid):
        arranged(home, worker, **more)
    assert not Cadence.objects.exists()


@pytest.mark.parametrize("who", ["wang", "sun", "gu", "chen", "outsider"])
def test_only_those_who_keep_the_roster_arrange_visits(cast, home, who):
    with pytest.raises((NotEntitled, NotFound)):
        arranged(home, cast.actor(cast.accounts[who]), account_id=cast.xu.pk)


def test_the_office_cannot_close_what_has_no_end(cast, home, worker):
    campaign = arranged(home, worker).campaign
    desk = cast.actor(cast.shen)
    for act in (services.close_campaign, services.cancel_campaign):
        with pytest.raises(services.StepNotAllowed):
            act(campaign_id=campaign.pk, actor=desk, at=NOW)


def test_the_database_keeps_one_rhythm(home, worker):
    cadence = arranged(home, worker)
    cadence.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        cadence.save(force_insert=True)


@pytest.mark.parametrize(
    ("since", "every", "after", "turn"),
    [
        (date(2026, 1, 31), "MONTHLY", date(2026, 1, 31), date(2026, 2, 28)),
        (date(2026, 1, 31), "MONTHLY", date(2026, 2, 28), date(2026, 3, 31)),
        (date(2026, 1, 31), "QUARTERLY", date(2026, 1, 31), date(2026, 4, 30)),
        (date(2026, 3, 4), "WEEKLY", date(2026, 3, 20), date(2026, 3, 25)),
    ],
)
def test_turns_keep_their_day(since, every, after, turn):
    assert next_turn(since=since, every=every, after=after) == turn


def made(worker, at):
    services.record_visit(
        visit_id=Visit.objects.get(state="DUE").pk,
        recorded=Recorded(submission_key=uuid4(), outcome="MET"),
        actor=worker,
        at=at,
    )


def spaced(home, worker, least, most):
    return arranged(home, worker, "SPACED", distance=services.Distance(least, most))


def test_at_a_fixed_distance_the_next_is_counted_from_the_last_visit(home, worker):
    spaced(home, worker, 10, 12)  # from Wednesday 4 March
    made(worker, NOW + DAY)
    # Ten days on is Sunday 15 March; the first day worked after it lies within twelve.
    assert Cadence.objects.get().next_date == date(2026, 3, 16)
    assert services.fall_due(at=NOW + 11 * DAY) == 0
    assert services.fall_due(at=NOW + 12 * DAY) == 1


def test_a_distance_comes_before_a_day_off(home, worker):
    spaced(home, worker, 3, 3)
    made(worker, NOW)  # three days on is a Saturday
    assert Cadence.objects.get().next_date == date(2026, 3, 7)


def test_a_call_at_a_fixed_distance_that_nobody_made_falls_due_anew(home, worker):
    spaced(home, worker, 3, 5)
    made(worker, NOW)
    assert services.fall_due(at=NOW + 5 * DAY) == 1  # Monday; Saturday and Sunday lie between
    assert services.fall_due(at=NOW + 7 * DAY) == 0
    assert services.fall_due(at=NOW + 8 * DAY) == 1
    assert [state for _round, state, _stands in states()] == ["DONE", "MISSED", "DUE"]


def test_a_meeting_on_a_campaign_counts_and_a_plan_keeps_the_distance(cast, home, worker):
    spaced(home, worker, 10, 12)
    made(worker, NOW)
    running(cast)
    campaign = Visit.objects.get(state="DUE")
    assert campaign.due_date == date(2026, 3, 16)
    made(worker, NOW + 8 * DAY)  # on Thursday 12 March all the same: it counts
    assert Cadence.objects.get().next_date == date(2026, 3, 23)


@pytest.mark.parametrize("days", [None, (0, 3), (5, 3), (1, 400)])
def test_a_distance_needs_days(home, worker, days):
    distance = services.Distance(*days) if days else None
    with pytest.raises(services.DistanceUnusable):
        arranged(home, worker, "SPACED", distance=distance)
    assert not Cadence.objects.exists()


def test_a_regular_visit_is_moved_off_a_holiday(home, worker):
    arranged(home, worker, "MONTHLY", at=NOW.replace(month=2, day=17) + 31 * DAY)  # 20 March
    cadence = Cadence.objects.get()
    Cadence.objects.update(since=date(2026, 4, 1), next_date=date(2026, 4, 1))
    services.fall_due(at=NOW.replace(month=4, day=1))
    cadence.refresh_from_db()
    # 1 to 5 May 2026 are days off.
    assert cadence.next_date == date(2026, 5, 6)
