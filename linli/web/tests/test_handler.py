"""The handlers' face: an inbox that empties, one page for each order, and the slip."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.matters import services
from linli.matters.models import Matter
from linli.matters.tests.stages import Stage, stage_at
from linli.matters.workflow import State
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def groups(answer):
    return {
        group.code: [order.matter_id for order in group.orders]
        for group in answer.context["groups"]
    }


def order_page(signed_in, who, stage):
    return signed_in(who).get(f"/orders/{stage.id}/")


def test_the_inbox_sorts_orders_by_what_they_wait_for(cast, signed_in):
    stages = {
        code: stage_at(cast, state)
        for code, state in (
            ("rework", State.REWORK),
            ("take", State.DISPATCHED),
            ("hand", State.TAKEN),
            ("paused", State.PAUSED),
            ("objected", State.OBJECTED),
            ("returned", State.RETURNED),
        )
    }
    answer = signed_in(cast.qian).get("/orders/")
    assert groups(answer) == {code: [stage.id] for code, stage in stages.items()}
    assert "6 件待办" in answer.content.decode()


def test_what_was_given_back_stays_until_another_takes_it(cast, signed_in):
    stage = stage_at(cast, State.RETURNED)
    services.dispatch(
        matter_id=stage.id,
        actor=cast.actor(cast.zhou_min),
        at=NOW,
        organisation_id=cast.power_company.pk,
    )
    browser = signed_in(cast.chen)
    assert groups(browser.get("/orders/")) == {"returned": [stage.id]}
    page = browser.get(f"/orders/{stage.id}/").content.decode()
    assert "仍由你方负责" in page
    assert f"/matters/{stage.id}/take/" not in page
    services.take(matter_id=stage.id, actor=cast.actor(cast.ma), at=NOW)
    assert groups(browser.get("/orders/")) == {}


def test_an_inbox_empties(cast, signed_in):
    stage = stage_at(cast, State.RESOLVED)
    browser = signed_in(cast.chen)
    empty = browser.get("/orders/").content.decode()
    assert "都办完了" in empty
    done = browser.get("/orders/done/")
    assert [order.matter_id for order in done.context["orders"]] == [stage.id]


def test_only_ones_own_unit_is_in_the_inbox(cast, signed_in):
    stage = stage_at(cast, State.DISPATCHED)
    for who in ("ma", "outside_handler"):
        browser = signed_in(getattr(cast, who))
        assert groups(browser.get("/orders/")) == {}
        assert browser.get(f"/orders/{stage.id}/").status_code == 404
        assert browser.get(f"/orders/{stage.id}/slip/").status_code == 404


@pytest.mark.parametrize("who", ["zhou_min", "xu", "gu", "nobody_yet"])
def test_the_inbox_is_for_handlers(who, cast, signed_in):
    stage = stage_at(cast, State.TAKEN)
    browser = signed_in(getattr(cast, who))
    for address in ("/orders/", "/orders/done/", f"/orders/{stage.id}/"):
        assert browser.get(address).status_code == 404


def test_what_i_took_can_be_seen_alone(cast, signed_in):
    mine, other = stage_at(cast, State.TAKEN), stage_at(cast, State.TAKEN)
    Matter.objects.get(pk=other.id).orders.update(taken_by=cast.qian)
    answer = signed_in(cast.chen).get("/orders/?who=me")
    assert groups(answer) == {"hand": [mine.id]}


def test_an_order_shows_the_work_and_not_who_asked(cast, signed_in):
    stage = Stage(cast, text="3幢路灯坏了，请打 13812348000 联系我")
    for step in ("accept", "dispatch"):
        getattr(stage, step)()
    page = order_page(signed_in, cast.chen, stage).content.decode()
    assert "翠园 3幢" in page
    for name in ("张三", "张*", "13812348000"):
        assert name not in page
    assert f"/matters/{stage.id}/take/" in page
    assert f"/matters/{stage.id}/object/" in page
    assert f"/matters/{stage.id}/open_contact/" in page


def test_those_complained_of_find_no_way_to_who_asked(cast, signed_in):
    stage = Stage(cast, complained_of_id=cast.property_company.pk)
    for step in ("accept", "dispatch"):
        getattr(stage, step)()
    page = order_page(signed_in, cast.chen, stage).content.decode()
    assert "open_contact" not in page
    assert "不向你方开放" in page


def test_the_words_that_came_with_the_order_stand_first(cast, signed_in):
    stage = stage_at(cast, State.ACCEPTED)
    services.dispatch(
        matter_id=stage.id,
        actor=cast.actor(cast.zhou_min),
        at=NOW,
        organisation_id=cast.property_company.pk,
        note="先拉警戒线",
    )
    assert "先拉警戒线" in order_page(signed_in, cast.chen, stage).content.decode()


def test_rework_says_what_is_not_right(cast, signed_in):
    stage = stage_at(cast, State.REWORK)
    page = order_page(signed_in, cast.chen, stage).content.decode()
    assert "晚上仍不亮" in page
    assert "第 2 轮" in page


def test_notes_of_others_are_not_for_the_handler(cast, signed_in):
    stage = stage_at(cast, State.TAKEN)
    at = NOW.replace(hour=11)
    for who, text in (("zhou_min", "反映人情绪激动"), ("chen", "已到现场量尺寸")):
        actor = cast.actor(getattr(cast, who))
        services.add_note(matter_id=stage.id, actor=actor, at=at, text=text)
    page = order_page(signed_in, cast.chen, stage).content.decode()
    assert "反映人情绪激动" not in page
    assert "已到现场量尺寸" in page


def test_reasons_for_giving_back_come_with_their_hints(cast, signed_in):
    stage = stage_at(cast, State.TAKEN)
    cast.private_part.hint = "可引导业主自行维修"
    cast.private_part.save()
    page = signed_in(cast.chen).get(f"/matters/{stage.id}/return/").content.decode()
    assert "属于业主专有部分 — 可引导业主自行维修" in page


def test_the_slip_names_nobody_and_opens_the_order(cast, signed_in):
    stage = stage_at(cast, State.TAKEN)
    answer = signed_in(cast.chen).get(f"/orders/{stage.id}/slip/?paper=a5")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<svg" in page
    assert "slip-a5.css" in page
    assert "安居物业" in page
    assert "张" not in page.split('class="slip"')[1]
    assert signed_in(cast.zhou_min).get(f"/orders/{stage.id}/slip/").status_code == 200


def test_an_inbox_costs_the_same_however_full_it_is(cast, signed_in):
    stage_at(cast, State.TAKEN)
    browser = signed_in(cast.chen)
    browser.get("/orders/")

    def count():
        with CaptureQueriesContext(connection) as seen:
            browser.get("/orders/")
        return len(seen)

    few = count()
    for _ in range(4):
        stage_at(cast, State.DISPATCHED)
    assert count() == few


def test_the_done_list_is_paged(cast, signed_in, monkeypatch):
    monkeypatch.setattr("linli.web.handler.PAGE_SIZE", 2)
    stages = [stage_at(cast, State.RESOLVED) for _ in range(3)]
    browser = signed_in(cast.chen)
    first = browser.get("/orders/done/")
    assert [order.matter_id for order in first.context["orders"]] == [
        stages[2].id,
        stages[1].id,
    ]
    second = browser.get("/orders/done/" + first.context["older"])
    assert [order.matter_id for order in second.context["orders"]] == [stages[0].id]
