"""Processes that do the same at the same moment: one matter, one winner, one seal after another."""

import uuid
from functools import partial

import pytest
from django.utils import timezone

from linli.core.actor import NOBODY
from linli.core.models import Delivery
from linli.flows.worker import run_due
from linli.matters import services
from linli.matters.models import Matter
from linli.matters.services import Report
from linli.matters.workflow import Channel
from linli.notify.models import Message
from linli.territory.queries import locate
from tests.cast import NOW
from tests.faults import invariants
from tests.racing import race_processes

pytestmark = pytest.mark.django_db(transaction=True)

RACERS = 4


def report(cast, key):
    return services.report(
        report=Report(
            submission_key=key,
            community_id=cast.community.pk,
            text="翠园3幢门口路灯不亮",
            category_id=cast.lamp.pk,
            location=locate(building_id=cast.building.pk),
            channel=Channel.WEB,
        ),
        actor=NOBODY,
        at=NOW,
    )


def report_once(cast, key, _number):
    made = report(cast, key)
    return made.matter.pk, made.is_new


def settle_once(cast, matter_id, _number):
    desk = cast.actor(cast.zhou_min)
    services.settle(matter_id=matter_id, actor=desk, at=NOW, note="已电话答复。")


def drain(_number):
    return run_due(at=NOW)


def test_the_same_report_from_several_processes_is_one_matter(cast):
    outcome = race_processes(racers=RACERS, act=partial(report_once, cast, uuid.uuid4()))
    assert outcome.refusals == []
    assert len({pk for pk, _ in outcome.results}) == 1
    assert sum(is_new for _, is_new in outcome.results) == 1


def test_one_of_several_settles_and_the_others_are_told(cast):
    pk = report(cast, uuid.uuid4()).matter.pk
    outcome = race_processes(racers=RACERS, act=partial(settle_once, cast, pk))
    assert len(outcome.results) == 1
    assert {type(one) for one in outcome.refusals} == {services.StepNotAllowed}


def test_several_workers_do_each_reaction_once(cast):
    for _ in range(8):
        report(cast, uuid.uuid4())
    owed = Delivery.objects.count()
    outcome = race_processes(racers=RACERS, act=drain)
    assert outcome.refusals == []
    while run_due(at=NOW):
        pass
    assert Delivery.objects.filter(state="DONE").count() == owed
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}
    assert Message.objects.filter(code="to_accept").values("event").distinct().count() == 8
    keys = list(Matter.objects.values_list("submission_key", flat=True))
    assert invariants.broken(at=timezone.now(), acknowledged=keys) == []


def test_an_invariant_that_does_not_hold_is_named(cast):
    made = report(cast, uuid.uuid4())
    run_due(at=NOW)
    assert invariants.broken(at=timezone.now(), acknowledged=[made.matter.submission_key]) == []
    Matter.objects.filter(pk=made.matter.pk).update(state="ACCEPTED")
    Delivery.objects.update(state="PENDING")
    said = invariants.broken(at=timezone.now(), acknowledged=[uuid.uuid4()])
    assert [sentence.partition(":")[0] for sentence in said] == [
        "an acknowledged report is not there exactly once",
        "a matter does not stand where its events say",
        "a delivery is not done",
    ]
