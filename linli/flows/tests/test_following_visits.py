"""Who is told of visits: at once, a stand-in for whoever is absent, and once when it is late."""

from datetime import timedelta

import pytest

from linli.flows.worker import run_due
from linli.notify.models import Message
from linli.people import services as people
from linli.visits import queries, services
from linli.visits.tests.scenes import households, running
from tests.cast import NOW

DAY = timedelta(days=1)


@pytest.fixture
def home(cast):
    return households(cast, cast.building, 1)[0]


def soon(cast, home):
    return services.call_within_a_day(
        household_id=home.pk, cause="DISCHARGED", actor=cast.actor(cast.zhou_min), at=NOW
    )


def told(code):
    rows = Message.objects.filter(code=code).order_by("account_id")
    return list(rows.values_list("account_id", flat=True))


def test_whoever_answers_is_told_at_once_and_not_of_what_happened(cast, home):
    visit = soon(cast, home)
    run_due(at=NOW)
    message = Message.objects.get(code="call_soon")
    assert (message.account_id, message.path) == (cast.xu.pk, f"/field/visits/{visit.pk}/")
    assert message.facts == {"due": (NOW + DAY).isoformat()}


def test_an_absent_persons_stand_in_is_told(cast, home):
    people.hand_over(
        absent_id=cast.xu.pk,
        stand_in_id=cast.li.pk,
        from_date=NOW.date(),
        until_date=NOW.date(),
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    soon(cast, home)
    run_due(at=NOW)
    assert told("call_soon") == [cast.li.pk]
    assert queries.count_due(actor=cast.actor(cast.li), on=NOW.date()) == 1


def test_nobody_within_24_hours_is_told_once_to_those_entitled(cast, home):
    soon(cast, home)
    assert services.tell_of_late_calls(at=NOW + DAY - timedelta(minutes=1)) == 0
    assert services.tell_of_late_calls(at=NOW + DAY) == 1
    assert services.tell_of_late_calls(at=NOW + DAY) == 0
    run_due(at=NOW + DAY)
    assert told("call_late") == sorted([cast.shen.pk, cast.xu.pk])


def test_who_takes_over_is_told_how_many_and_why(cast):
    households(cast, cast.building, 2)
    running(cast)
    services.hand_over_calls(
        community_id=cast.community.pk,
        from_id=cast.xu.pk,
        to_ids=[cast.li.pk],
        reason="调到街道工作",
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    )
    run_due(at=NOW)
    message = Message.objects.get(code="calls_taken_over")
    assert message.account_id == cast.li.pk
    assert message.facts == {"name": "许中杰", "calls": 2, "reason": "调到街道工作"}


def test_the_office_is_told_of_calls_that_a_closed_account_leaves(cast):
    households(cast, cast.building, 3)
    running(cast)
    people.deactivate(account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=NOW)
    run_due(at=NOW)
    assert {cast.shen.pk, cast.zhou_min.pk, cast.zhou_ning.pk} <= set(told("nobodys_calls"))
    assert Message.objects.filter(code="nobodys_calls")[0].facts["calls"] == 3
