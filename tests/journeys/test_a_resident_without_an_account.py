"""An old neighbour scans the poster at her entrance, reports, and follows it in large type."""

import pytest
from django.test import override_settings

from linli.core.models import Event
from linli.matters import events
from linli.matters.models import Matter, Reporter
from linli.matters.workflow import Channel, State
from linli.territory.services import make_poster
from tests.journeys.hands import (
    accept_and_dispatch,
    come_back,
    follow_code,
    messages_of,
    press,
    read,
    report_as_resident,
    words_of,
)

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

LARGE = 20  # pixels


def poster_at_the_entrance(cast):
    """Return the address that the QR code at 翠园3幢1单元 holds."""
    poster = make_poster(
        actor=cast.actor(cast.zhou_min), at=cast.zhou_min.created_at, entrance_id=cast.entrance.pk
    )
    return f"/q/{poster.token}/"


def size_of(page, selector):
    """Return how large the words are that somebody reads, in pixels."""
    return page.locator(selector).first.evaluate(
        "element => parseFloat(getComputedStyle(element).fontSize)"
    )


@override_settings(OFFICE_PHONE="025-00000000")
def test_a_resident_without_an_account(cast, browse, clock, let_worker_run):
    phone = browse(phone=True)

    # The map, and all that draws it, comes only to whoever opens it.
    phone.goto(f"/report/?community={cast.community.pk}")
    assert phone.evaluate("typeof window.L") == "undefined"
    phone.get_by_text("在地图上点").click()
    phone.locator("#report-map.leaflet-container").click()
    assert phone.locator("#id_longitude").input_value()

    # She scans; the form knows where she stands. A number without consent is sent back in words.
    phone.goto(poster_at_the_entrance(cast))
    read(phone.locator(".place-known"), "翠园 3幢 1单元")
    phone.fill("#id_text", "一单元门口的路灯不亮，老人看不清台阶")
    phone.fill("#id_phone", "138 1234 8000")
    press(phone, "提交")
    phone.locator("#id_agreed-error").wait_for()
    assert phone.input_value("#id_text") == "一单元门口的路灯不亮，老人看不清台阶"
    assert not Matter.objects.exists()
    phone.get_by_label("我已阅读个人信息保护告知").check()
    press(phone, "提交")
    phone.wait_for_url("**/done/")
    code = phone.locator(".done-code").inner_text().strip()
    assert len(code.replace("-", "")) == 10

    matter = Matter.objects.get()
    assert (matter.entrance, matter.channel) == (cast.entrance, Channel.QR)
    assert (matter.grid, matter.category) == (cast.grid, cast.lamp)

    # She follows it in large type, which this phone remembers.
    phone.get_by_role("link", name="查看进度").click()
    phone.get_by_role("heading", name="办到哪一步了").wait_for()
    press(phone.locator("#main"), "大字版")
    phone.locator("html.is-large").wait_for()
    for selector in (".stands-sentence", ".stations li", ".thread-what", "#main .thread-text"):
        assert size_of(phone, selector) >= LARGE, selector
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    read(phone, "已经收到，等待社区受理。")

    # The next day it was passed on, and nothing moves: she reminds them once, not twice.
    zhou_min = browse(cast.zhou_min)
    accept_and_dispatch(zhou_min, matter.pk, expected="安居物业")
    clock.forward(days=1)
    follow_code(phone, code)
    read(phone, "已派给安居物业，正等待接单。")
    press(phone, "催一催")
    read(phone, "已为您催办。明天可以再催一次。")
    let_worker_run(clock.forward(minutes=2))
    assert any(
        "有人催办，请抓紧推进" in line for line in messages_of(browse(cast.chen, phone=True))
    )
    press(phone, "催一催")
    read(phone, "24 小时内已经催过一次，请明天再看。")
    assert Event.objects.filter(name=events.NUDGED).count() == 1
    assert phone.locator("html.is-large").count() == 1

    # She has her number forgotten; what she reported goes on without it.
    reporter = Reporter.objects.get()
    assert reporter.phone_digest
    follow_code(phone, code)
    phone.get_by_role("link", name="删除我的称呼和电话").click()
    press(phone.locator("#erase-dialog"), "删除")
    read(phone, "您的称呼和电话已经永久删除。")
    reporter.refresh_from_db()
    assert reporter.erased_at == clock.now
    assert (bytes(reporter.phone_sealed), bytes(reporter.name_sealed)) == (b"", b"")
    assert reporter.phone_digest == ""
    matter.refresh_from_db()
    assert matter.state == State.DISPATCHED
    assert matter.text == "一单元门口的路灯不亮，老人看不清台阶"

    come_back(zhou_min, cast.zhou_min)
    zhou_min.goto(f"/desk/{matter.pk}/")
    read(zhou_min.locator("#side"), "已要求删除个人信息")
    assert "8000" not in words_of(zhou_min)


def test_a_code_that_was_mistyped_is_said_so(cast, browse, clock):
    phone = browse(phone=True)
    path = f"/report/?community={cast.community.pk}"
    code = report_as_resident(phone, text="楼道灯不亮", place="翠园 3幢", path=path)
    phone.goto("/m/")
    phone.fill("#id_code", code[:-1])
    press(phone, "查询")
    read(phone, "查询码是 10 位字母和数字")
    assert phone.input_value("#id_code") == code[:-1]
    phone.fill("#id_code", code.lower().replace("-", " "))
    press(phone, "查询")
    read(phone, "已经收到，等待社区受理。")
