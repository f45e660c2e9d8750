"""许中杰's day: what waits, an order, a thing settled on the spot, a check, no network, leave."""

from datetime import timedelta

import pytest

from linli.matters.models import Matter, Order
from linli.matters.workflow import State
from linli.people.models import Handover
from tests.journeys.hands import (
    a_photo,
    come_back,
    follow,
    matter_on,
    messages_of,
    press,
    press_step,
    read,
    report_as_resident,
    report_done,
    take_order,
    take_step,
    verify,
)

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

LEAFLETS = "翠园3幢一楼堆满了广告纸"
LAMP = "翠园3幢门口的路灯坏了"


@pytest.fixture
def morning(cast, browse, clock, let_worker_run):
    """Two residents have reported; 周敏 sends one to 许中杰 himself, the other to 安居物业."""
    path = f"/report/?community={cast.community.pk}"
    for text in (LEAFLETS, LAMP):
        report_as_resident(browse(phone=True), text=text, place="翠园 3幢", path=path)
    leaflets, lamp = Matter.objects.order_by("pk")
    desk = browse(cast.zhou_min)
    desk.goto(f"/desk/{leaflets.pk}/")
    take_step(desk, "受理并派单", handler="许中杰")
    desk.goto(f"/desk/{lamp.pk}/")
    take_step(desk, "受理并派单")
    chen = browse(cast.chen, phone=True)
    take_order(chen, lamp.pk)
    report_done(chen, lamp.pk, "已更换灯泡")
    let_worker_run(clock.forward(minutes=1))
    return leaflets, lamp


def settles_one_on_the_spot(page):
    page.goto("/field/")
    follow(page.locator(".bottom-bar"), "上报")
    page.set_input_files("#id_photos", [a_photo("花盆.jpg")])
    page.fill("#id_text", "窗台花盆快掉下来了")
    page.fill("#id_place_query", "翠园 5幢")
    page.get_by_label("翠园 5幢").check()
    page.get_by_label("已当场办结").check()
    page.fill("#id_answer", "住户当场把花盆搬进屋里")
    press(page, "上报")
    page.wait_for_url("**/field/matters/*/")
    read(page, "已上报。", "住户当场把花盆搬进屋里")
    return matter_on(page)


def reports_from_the_cellar(page):
    """Report where there is no network; the phone sends it when there is one again."""
    page.goto("/field/report/")
    page.fill("#id_text", "地下车库漏水")
    page.fill("#id_place_query", "翠园 3幢")
    page.get_by_label("翠园 3幢").check()
    page.set_input_files("#id_photos", [a_photo("漏水.jpg")])
    page.context.set_offline(True)
    press(page, "上报")
    read(page, "已存在这部手机里，有网后会自动提交。")
    assert not Matter.objects.filter(text="地下车库漏水").exists()
    page.context.set_offline(False)
    read(page, "已自动提交")
    return Matter.objects.get(text="地下车库漏水")


def goes_on_leave(page, clock):
    page.goto("/account/")
    follow(page.locator("#leave"), "请假交接")
    page.get_by_label("代岗人").select_option(label="孙丽")
    today = clock.now.date()
    page.get_by_label("第一天").fill(today.isoformat())
    page.get_by_label("最后一天").fill((today + timedelta(days=2)).isoformat())
    press(page, "全部交接")
    read(page, "这几天的工作已全部交接。", "孙丽替我代岗")


def test_a_grid_workers_day(cast, browse, clock, let_worker_run, morning):
    leaflets, lamp = morning
    xu = browse(cast.xu, phone=True)

    # Today: one order of his own, one result to check.
    xu.goto("/field/")
    read(xu.locator("section", has_text="派给我的"), LEAFLETS)
    read(xu.locator("section", has_text="待现场核查"), LAMP)
    assert any("派给您办理" in line for line in messages_of(xu))

    xu.goto("/field/")
    follow(xu, LEAFLETS)
    press_step(xu, "接单")
    read(xu, "已接单，由你方办理。")
    settled = settles_one_on_the_spot(xu)
    verify(xu, lamp.pk, "灯亮了")
    leak = reports_from_the_cellar(xu)
    assert leak.building == cast.building
    assert Matter.objects.filter(text="地下车库漏水").count() == 1

    # One step, and 孙丽 of the next grid has it all.
    goes_on_leave(xu, clock)
    let_worker_run(clock.forward(minutes=1))
    sun = browse(cast.sun, phone=True)
    assert any("许中杰的工作由您代为办理" in line for line in messages_of(sun))
    sun.goto("/field/")
    read(sun, "您正在代 许中杰 值守", LEAFLETS)
    follow(sun, LEAFLETS)
    take_step(sun, "处置完成", note="和保洁一起清走了", photos=[a_photo("干净.jpg", "white")])
    read(sun, "已报办结，由他人核查。")

    states = {matter.pk: matter.state for matter in Matter.objects.all()}
    assert states == {
        leaflets.pk: State.RESOLVED,
        lamp.pk: State.VERIFIED,
        settled: State.RESOLVED,
        leak.pk: State.REPORTED,
    }
    order = Order.objects.get(matter=leaflets)
    assert (order.account, order.taken_by, order.resolved_by) == (cast.xu, cast.xu, cast.sun)
    handover = Handover.objects.get()
    assert (handover.absent, handover.stand_in) == (cast.xu, cast.sun)

    # Who stood in did the work, so neither of them finds it among what is to be checked.
    for person in (cast.xu, cast.sun):
        page = browse(person, phone=True)
        page.goto(f"/field/matters/{leaflets.pk}/")
        assert page.get_by_role("link", name="核查通过").count() == 0

    # When the leave is over, it is simply his again.
    clock.forward(days=3)
    come_back(sun, cast.sun)
    sun.goto("/field/")
    assert "许中杰" not in sun.locator("#main").inner_text()
