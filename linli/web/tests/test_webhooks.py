"""The secretary sees to webhooks and to what was given up."""

import re

import pytest

from linli.core.models import Delivery, Event
from linli.flows import events as flow_events
from linli.flows.worker import run_due
from linli.matters.tests.stages import stage_at
from linli.notify import posting
from linli.notify.models import Webhook, WebhookDelivery
from linli.notify.outgoing import Answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FORM = {"name": "市级平台", "url": "https://works.example/in", "names": ["matters.*"]}


@pytest.fixture
def secretary(cast, signed_in):
    return signed_in(cast.shen)


def test_a_webhook_is_added_and_its_secret_shown_once(cast, secretary):
    answer = secretary.post("/people/webhooks/add/", FORM)
    page = answer.content.decode()
    secret = re.search(r"whsec_[A-Za-z0-9+/=]{40,}", page)
    assert secret is not None
    assert "no-store" in answer.headers["Cache-Control"]
    hook = Webhook.objects.get()
    for path in ("/people/webhooks/", f"/people/webhooks/{hook.pk}/"):
        page = secretary.get(path).content.decode()
        assert "市级平台" in page
        assert "whsec_" not in page


@pytest.mark.parametrize(
    "change",
    [
        {"url": "http://works.example/"},
        {"url": "https://192.168.1.1/"},
        {"url": "https://u:p@works.example/"},
        {"names": []},
        {"names": ["people.signed_in"]},
        {"name": " "},
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(secretary, change):
    answer = secretary.post("/people/webhooks/add/", FORM | change)
    assert answer.status_code == 422
    assert (next(iter(change)) + "-error") in answer.content.decode() or "error" in (
        answer.content.decode()
    )
    assert not Webhook.objects.exists()


def test_it_is_paused_goes_on_is_renewed_and_ended(secretary):
    secretary.post("/people/webhooks/add/", FORM)
    hook = Webhook.objects.get()
    base = f"/people/webhooks/{hook.pk}/"
    assert secretary.post(f"{base}pause/").status_code == 302
    assert "已暂停" in secretary.get(base).content.decode()
    secretary.post(f"{base}resume/")
    assert "已暂停" not in secretary.get(base).content.decode().partition("</h1>")[0]
    assert "whsec_" in secretary.post(f"{base}renew/").content.decode()
    secretary.post(f"{base}end/")
    assert "已停用" in secretary.get(base).content.decode()
    for step in ("pause", "resume", "renew", "end", "test"):
        assert secretary.post(f"{base}{step}/").status_code == 404, step


def test_the_log_says_what_left(cast, secretary, now, monkeypatch, settings):
    settings.NOTIFY_DRY_RUN = False
    secretary.post("/people/webhooks/add/", FORM)
    stage_at(cast, "DISPATCHED")
    run_due(at=now)
    monkeypatch.setattr("linli.notify.outgoing.post", lambda **_given: Answer(503))
    posting.post_due(at=now)
    hook = Webhook.objects.get()
    page = secretary.get(f"/people/webhooks/{hook.pk}/").content.decode()
    assert "HTTP 503" in page
    assert f"1/{posting.ATTEMPTS_MAX}" in page
    assert WebhookDelivery.objects.count() >= 3


def test_a_test_is_sent_and_not_without_end(secretary, monkeypatch, settings):
    settings.NOTIFY_DRY_RUN = False
    sent = []
    monkeypatch.setattr(
        "linli.notify.outgoing.post", lambda **given: sent.append(given) or Answer(204)
    )
    secretary.post("/people/webhooks/add/", FORM)
    path = f"/people/webhooks/{Webhook.objects.get().pk}/test/"
    for _ in range(25):
        assert secretary.post(path).status_code == 302
    assert len(sent) == 20


def test_what_was_given_up_is_tried_again_by_the_worker(cast, secretary, now):
    stage = stage_at(cast, "REPORTED")
    owed = Delivery.objects.filter(event__subject_id=stage.id, reaction="tell_who_answers")
    owed.update(state="DEAD", attempts=10, error="OperationalError")
    run_due(at=now)
    page = secretary.get("/people/undelivered/").content.decode()
    assert "tell_who_answers" in page
    assert "OperationalError" in page
    key = owed.get().pk
    assert secretary.post(f"/people/undelivered/reaction/{key}/revive/").status_code == 302
    assert run_due(at=now) == 1
    assert owed.get().state == "DONE"
    assert Event.objects.filter(name=flow_events.REVIVED).count() == 1
    assert "tell_who_answers" not in secretary.get("/people/undelivered/").content.decode()


def test_what_is_let_be_needs_a_reason(cast, secretary):
    stage_at(cast, "REPORTED")
    Delivery.objects.update(state="DEAD")
    key = Delivery.objects.first().pk
    path = f"/people/undelivered/reaction/{key}/let-be/"
    secretary.post(path, {"reason": ""})
    assert Delivery.objects.get(pk=key).state == "DEAD"
    secretary.post(path, {"reason": "已电话告知"})
    assert Delivery.objects.get(pk=key).state == "LET_BE"
    assert secretary.post("/people/undelivered/revive/").status_code == 302
    assert not Delivery.objects.filter(state="DEAD").exists()
    assert Delivery.objects.get(pk=key).state == "LET_BE"
    assert secretary.post("/people/undelivered/nothing/1/revive/").status_code == 404


def test_pages_take_a_fixed_number_of_queries(cast, secretary, now, django_assert_max_num_queries):
    secretary.post("/people/webhooks/add/", FORM)
    for _ in range(3):
        stage_at(cast, "CLOSED")
    run_due(at=now)
    Delivery.objects.update(state="DEAD")
    hook = Webhook.objects.get()
    for path in ("/people/webhooks/", f"/people/webhooks/{hook.pk}/", "/people/undelivered/"):
        with django_assert_max_num_queries(20):
            assert secretary.get(path).status_code == 200
