"""The inbox and its settings, as somebody uses them in a browser."""

from datetime import timedelta

import pytest
from django.test import Client

from linli.flows import worker
from linli.matters.tests.stages import Stage, stage_at
from linli.matters.workflow import State
from linli.notify.models import Channel, Message, Muted, Topic
from linli.notify.tests import test_send  # Registers a service that sends nowhere.
from linli.notify.tests.test_tell import tell
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _standing_clock(clock):
    """Every request is made at `NOW`."""


def page_of(browser, path="/messages/"):
    response = browser.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_inbox_shows_what_is_new_and_opening_it_leads_on(cast, signed_in):
    stage = stage_at(cast, State.DISPATCHED)
    worker.run_due(at=NOW)
    browser = signed_in(cast.chen)
    page = page_of(browser)
    assert "新派单" in page
    assert "翠园 3幢" in page
    message = Message.objects.get(account=cast.chen)
    response = browser.get(f"/messages/{message.pk}/")
    assert response.headers["Location"] == f"/messages/matter/{stage.id}/"
    message.refresh_from_db()
    assert message.read_at == NOW


@pytest.mark.parametrize(
    ("who", "there"),
    [("zhou_min", "/desk/{}/"), ("xu", "/field/matters/{}/"), ("chen", "/orders/{}/")],
)
def test_everybody_is_led_to_a_matter_on_their_own_face(cast, signed_in, who, there):
    stage = stage_at(cast, State.DISPATCHED)
    response = signed_in(getattr(cast, who)).get(f"/messages/matter/{stage.id}/")
    assert response.headers["Location"] == there.format(stage.id)


def test_a_matter_out_of_scope_leads_nowhere(cast, signed_in):
    stage = Stage(cast)
    assert signed_in(cast.outsider).get(f"/messages/matter/{stage.id}/").status_code == 404


def test_all_that_was_shown_is_marked_as_read_at_once(cast, signed_in, now):
    tell(now, cast.chen)
    tell(now, cast.chen)
    browser = signed_in(cast.chen)
    shown = Message.objects.order_by("-id").first().pk
    assert f'value="{shown}"' in page_of(browser)
    tell(now, cast.chen)
    assert browser.post("/messages/read/", {"until": shown}).status_code == 302
    assert Message.objects.filter(read_at__isnull=True).count() == 1


def test_inbox_turns_pages(cast, signed_in, now):
    for minute in range(35):
        tell(now + timedelta(minutes=minute), cast.chen)
    browser = signed_in(cast.chen)
    first = page_of(browser)
    assert first.count('class="item"') == 30
    after = Message.objects.order_by("-id")[29].pk
    assert page_of(browser, f"/messages/?after=u{after}").count('class="item"') == 5


def test_inbox_costs_the_same_however_full_it_is(
    cast, signed_in, now, django_assert_max_num_queries
):
    browser = signed_in(cast.chen)
    for _ in range(30):
        tell(now, cast.chen)
    with django_assert_max_num_queries(12):
        page_of(browser)


def test_empty_inbox_says_so(cast, signed_in):
    assert "暂无消息" in page_of(signed_in(cast.nobody_yet))


def test_message_of_somebody_else_is_not_there(cast, signed_in, now):
    tell(now, cast.chen)
    message = Message.objects.get()
    assert signed_in(cast.shen).get(f"/messages/{message.pk}/").status_code == 404
    message.refresh_from_db()
    assert message.read_at is None


def test_whoever_is_not_signed_in_is_asked_to(db):
    for path in ("/messages/", "/messages/settings/", "/messages/matter/1/"):
        assert Client().get(path).status_code == 302


# --- Settings


def test_topics_are_turned_off_and_on_again(cast, signed_in):
    browser = signed_in(cast.chen)
    kept = [topic.value for topic in Topic if topic != Topic.PROGRESS]
    browser.post("/messages/settings/topics/", {"topic": kept})
    assert list(Muted.objects.values_list("topic", flat=True)) == ["PROGRESS"]
    browser.post("/messages/settings/topics/", {"topic": [*kept, "PROGRESS"]})
    assert not Muted.objects.exists()
    browser.post("/messages/settings/topics/", {})
    assert "ACCOUNT" not in Muted.objects.values_list("topic", flat=True)


def test_channel_is_added_tested_changed_and_removed(cast, signed_in):
    test_send.sent.clear()
    browser = signed_in(cast.chen)
    given = {"address": "linlitest://works/", "name": "工作群", "digest_minutes": "30"}
    assert browser.post("/messages/settings/channels/", given).status_code == 302
    channel = Channel.objects.get()
    page = page_of(browser, "/messages/settings/")
    assert "工作群" in page
    assert "linlitest" not in page
    here = f"/messages/settings/channels/{channel.pk}/"
    browser.post(f"{here}test/")
    assert len(test_send.sent) == 1
    browser.post(f"{here}digest/", {"digest_minutes": "0"})
    channel.refresh_from_db()
    assert channel.digest_minutes == 0
    assert browser.post(f"{here}digest/", {"digest_minutes": "7"}).status_code == 422
    browser.post(f"{here}remove/")
    assert here not in page_of(browser, "/messages/settings/")


def test_wrong_address_is_told_beside_its_field_and_what_was_typed_is_kept(cast, signed_in):
    browser = signed_in(cast.chen)
    given = {"address": "nonsense", "name": "工作群", "digest_minutes": "30"}
    response = browser.post("/messages/settings/channels/", given)
    assert response.status_code == 422
    page = response.content.decode()
    assert "这个地址用不了" in page
    assert 'value="工作群"' in page
    assert not Channel.objects.exists()


def test_failed_test_is_told(cast, signed_in):
    browser = signed_in(cast.chen)
    given = {"address": "linlitest://fails/", "name": "x", "digest_minutes": "0"}
    browser.post("/messages/settings/channels/", given)
    channel = Channel.objects.get()
    browser.post(f"/messages/settings/channels/{channel.pk}/test/")
    page = page_of(browser, "/messages/settings/")
    assert "测试消息没有送达" in page
    assert "上一条消息没有送达" in page


def test_channel_of_somebody_else_is_not_there(cast, signed_in):
    signed_in(cast.chen).post(
        "/messages/settings/channels/",
        {"address": "linlitest://works/", "name": "x", "digest_minutes": "0"},
    )
    channel = Channel.objects.get()
    browser = signed_in(cast.shen)
    for what in ("test", "digest", "remove"):
        path = f"/messages/settings/channels/{channel.pk}/{what}/"
        assert browser.post(path, {"digest_minutes": "0"}).status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_are_there_in_both_languages(cast, signed_in, now, language):
    tell(now, cast.chen)
    browser = signed_in(cast.chen)
    browser.cookies["linli_language"] = language
    for path in ("/messages/", "/messages/settings/"):
        assert ("消息" in page_of(browser, path)) == (language == "zh-hans")
