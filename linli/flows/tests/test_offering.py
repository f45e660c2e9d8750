"""What happens to a matter is offered to the community's webhooks, but nothing of a person."""

import json
import uuid

import pytest
from django.db import transaction

from linli.core import events
from linli.core.actor import system
from linli.core.models import Event
from linli.core.ref import Ref
from linli.flows.offering import OFFERED, offer_to_webhooks
from linli.flows.worker import run_due
from linli.matters import services as matters
from linli.matters.tests.stages import stage_at
from linli.matters.workflow import State
from linli.notify import posting, webhooks
from linli.notify.models import Webhook, WebhookDelivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(cast, now) -> Webhook:
    return webhooks.add_webhook(
        community_id=cast.community.pk,
        name="市级平台",
        url="https://works.example/",
        names=["matters.*"],
        actor=cast.actor(cast.shen),
        at=now,
    ).webhook


def test_every_step_of_a_matter_is_offered_in_the_worker(cast, now, hook):
    stage = stage_at(cast, State.CLOSED, text="翠园3幢门口路灯坏，请打13812348000")
    run_due(at=now)
    rows = list(WebhookDelivery.objects.select_related("event").order_by("event_id"))
    happened = Event.objects.filter(subject_kind="matters.matter", subject_id=stage.id)
    wanted = [one.name for one in happened.order_by("id") if one.name in OFFERED]
    assert [row.event.name for row in rows] == wanted
    assert {"matters.reported", "matters.dispatched", "matters.closed"} <= set(wanted)
    first = json.loads(rows[0].body)
    assert first["type"] == "matters.reported"
    assert first["data"]["number"] == stage.id
    assert first["data"]["community"] == "320102003005"
    assert first["data"]["event_id"] == rows[0].event_id
    everything = "".join(row.body for row in rows)
    for secret in ("13812348", "路灯", "翠园", "张", "account"):
        assert secret not in everything, secret


def test_nothing_of_a_restricted_matter_is_offered(cast, now, hook):
    stage_at(cast, State.REPORTED, category_id=cast.referral.pk)
    run_due(at=now)
    assert not WebhookDelivery.objects.exists()


def test_what_waits_is_taken_back_when_a_matter_becomes_restricted(cast, now, hook):
    stage = stage_at(cast, State.ACCEPTED)
    run_due(at=now)
    assert WebhookDelivery.objects.filter(state="PENDING").exists()
    matters.recategorise(
        matter_id=stage.id,
        category_id=cast.referral.pk,
        actor=cast.actor(cast.shen),
        at=now,
    )
    run_due(at=now)
    assert not WebhookDelivery.objects.exclude(state="LET_BE").exists()


def test_without_webhooks_one_question_is_asked(cast, now, django_assert_num_queries):
    stage = stage_at(cast, State.REPORTED)
    event = Event.objects.get(subject_id=stage.id, name="matters.reported")
    with django_assert_num_queries(1):
        offer_to_webhooks(event, now)


def test_another_communitys_webhook_hears_nothing(cast, now, hook):
    Webhook.objects.update(community=cast.elsewhere)
    stage_at(cast, State.REPORTED)
    run_due(at=now)
    assert not WebhookDelivery.objects.exists()


def test_facts_that_are_not_known_to_be_harmless_stay_in_the_house(cast, now, hook):
    stage = stage_at(cast, State.REPORTED)
    with transaction.atomic():
        events.record(
            name="matters.noted",
            subject=Ref("matters.matter", stage.id),
            trace=uuid.uuid4(),
            actor=system(name="test"),
            at=now,
            community_id=cast.community.pk,
            facts={"kind": "NOTE", "words": "张三"},
        )
    run_due(at=now)
    body = json.loads(WebhookDelivery.objects.get(event__name="matters.noted").body)
    assert body["data"]["facts"] == {"kind": "NOTE"}


def test_a_dry_run_takes_everything_and_sends_nothing(cast, now, hook, settings):
    settings.NOTIFY_DRY_RUN = True
    stage_at(cast, State.REPORTED)
    run_due(at=now)
    assert posting.post_due(at=now) == 1
