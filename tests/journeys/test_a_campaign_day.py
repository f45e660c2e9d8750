"""A day of a campaign: planned at the desk, walked on a phone, checked by a resident."""

from datetime import datetime

import pytest

from linli.core.clocks import SHANGHAI
from linli.matters.models import Matter
from linli.visits.models import Visit
from linli.visits.tests.scenes import households
from tests.journeys.hands import come_back, follow, press, read

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

NAME = "春季敲门行动"


def plans_and_starts(page, cast):
    page.goto("/visits/")
    follow(page, "新建走访行动")
    page.fill("#id_name", NAME)
    page.get_by_label("许中杰", exact=True).check()
    page.get_by_label("第一网格", exact=True).check()
    press(page, "保存")
    press(page, "排计划")
    read(page, "计划：共 6 户", "翠园 3幢")
    press(page, "开始走访")
    read(page, "已开始，每个人在手机上都能看到自己要走访的户。")


def opens(page, door):
    page.goto("/field/visits/")
    page.get_by_role("link", name=door).first.click()


def test_a_campaign_day(cast, browse, clock):
    households(cast, cast.building, 4)
    households(cast, cast.next_building, 2, status="UNKNOWN")
    desk, phone = browse(cast.zhou_min), browse(cast.xu, phone=True)
    plans_and_starts(desk, cast)

    phone.goto("/field/")
    phone.get_by_role("link", name="走访").first.click()
    read(phone, "今日走访", "翠园 3幢", "1单元 101")
    code = phone.locator(".pass-code").inner_text()

    # Somebody at 102 wants to know first who stands at the door.
    resident = browse(phone=True)
    resident.goto(f"/who-visits/?community={cast.community.pk}")
    resident.fill("#id_code", code)
    press(resident, "查一查")
    read(resident, "姓许", NAME)

    opens(phone, "1单元 101")
    press(phone, "未遇")
    read(phone, "已登记。")
    opens(phone, "1单元 102")
    phone.get_by_label("住户本人").check()
    phone.fill("#id_q_said", "3幢楼道路灯坏了")
    press(phone, "已见面")
    press(phone.locator("form", has=phone.locator("#id_finding")), "上报")
    read(phone, "这里发现的问题已上报。")
    assert Matter.objects.get().trace == Visit.objects.get(outcome="MET").trace
    opens(phone, "1单元 103")
    press(phone, "空置")
    press(phone, "更正台账")
    read(phone, "台账已更正。")
    opens(phone, "1单元 104")
    press(phone, "拒访")
    read(phone, "已登记。")

    clock.now = datetime(2026, 3, 5, 19, 0, tzinfo=SHANGHAI)
    come_back(phone, cast.xu)
    opens(phone, "1单元 101")
    read(phone, "第 2 次", "晚上")
    press(phone, "已见面")
    come_back(desk, cast.zhou_min)
    desk.goto("/visits/")
    follow(desk, NAME)
    met = desk.locator(".figure-card", has_text="已见面")
    assert met.locator(".figure-number").inner_text().split() == ["2", "/", "6"]
    met.click()
    read(desk, "翠园 3幢 1单元 101", "翠园 3幢 1单元 102")
