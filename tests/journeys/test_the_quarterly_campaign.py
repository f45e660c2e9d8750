"""The quarterly door-to-door campaign: every household has an outcome in the end."""

import re
from datetime import datetime

import pytest

from linli.core.clocks import SHANGHAI
from linli.visits.models import Visit
from linli.visits.tests.scenes import households
from tests.journeys.hands import come_back, follow, press, read

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

NAME = "第二季度敲门行动"


def drafts(desk):
    """Send two people to one door a day each, from 29 April to 6 May."""
    desk.goto("/visits/")
    follow(desk, "新建走访行动")
    desk.fill("#id_name", NAME)
    desk.fill("#id_from_date", "2026-04-29")
    desk.fill("#id_until_date", "2026-05-06")
    desk.fill("#id_visits_per_day", "1")
    desk.get_by_label("许中杰", exact=True).check()
    desk.get_by_label("孙丽", exact=True).check()
    press(desk, "保存")


def record(phone, door, outcome):
    phone.goto("/field/visits/")
    phone.get_by_role("link", name=door).first.click()
    with phone.expect_navigation():
        press(phone, outcome)
    read(phone, "已登记。")


def figure(desk, label):
    """Return a figure of the campaign's page."""
    text = desk.locator(".figure-card", has_text=label).first.locator(".figure-number").inner_text()
    return int(re.match(r"\d+", text)[0])


def test_the_quarterly_campaign_gives_every_household_an_outcome(cast, browse, clock):
    households(cast, cast.building, 6)
    households(cast, cast.far_building, 4)
    desk = browse(cast.zhou_min)
    drafts(desk)
    press(desk, "排计划")
    # 29 and 30 April and 6 May are worked; the five days between are holidays.
    read(desk, "共 10 户，现有人手和天数只够走访 6 户：还需要增加 2 人，或者增加 2 个工作日。")
    follow(desk, "修改")
    desk.fill("#id_visits_per_day", "5")
    press(desk, "保存")
    press(desk, "排计划")
    read(desk, "计划：共 10 户", "许中杰", "孙丽")
    press(desk, "开始走访")
    assert set(Visit.objects.values_list("due_date__day", flat=True)) == {29, 30}

    clock.now = datetime(2026, 4, 30, 10, 0, tzinfo=SHANGHAI)
    xu, sun = browse(cast.xu, phone=True), browse(cast.sun, phone=True)
    for door in ("101", "102", "103", "104"):
        record(xu, f"1单元 {door}", "已见面")
    record(xu, "1单元 201", "未遇")
    record(xu, "1单元 202", "拒访")
    for door, outcome in (("101", "未遇"), ("102", "已见面"), ("103", "空置"), ("104", "已见面")):
        record(sun, f"1单元 {door}", outcome)

    come_back(desk, cast.zhou_min)
    desk.goto("/visits/")
    follow(desk, NAME)
    assert (figure(desk, "待复访"), figure(desk, "还没走访")) == (2, 0)

    # After the holidays in the evening; then at the weekend, and in an afternoon.
    evenings = Visit.objects.filter(state="DUE").values_list("window", "due_date__day")
    assert set(evenings) == {("EVENING", 6)}
    for at, met in (((5, 6, 19), True), ((5, 10, 10), False), ((5, 11, 15), False)):
        month, day, hour = at
        clock.now = datetime(2026, month, day, hour, 0, tzinfo=SHANGHAI)
        come_back(sun, cast.sun)
        record(sun, "1单元 101", "未遇")
        if met:
            come_back(xu, cast.xu)
            record(xu, "1单元 201", "已见面")
    assert not Visit.objects.filter(state="DUE").exists()

    come_back(desk, cast.zhou_min)
    desk.goto("/visits/")
    follow(desk, NAME)
    shown = {
        label: figure(desk, label)
        for label in ("应走访户数", "已见面", "拒访", "空置", "多次未遇", "待复访", "还没走访")
    }
    assert shown == {
        "应走访户数": 10,
        "已见面": 7,
        "拒访": 1,
        "空置": 1,
        "多次未遇": 1,
        "待复访": 0,
        "还没走访": 0,
    }
    rows = desk.locator("table tbody tr")
    assert [row.split()[:3] for row in rows.all_inner_texts()] == [
        ["第一网格", "6", "6"],
        ["第二网格", "4", "4"],
    ]
    desk.locator(".figure-card", has_text="多次未遇").click()
    read(desk, "桂苑 1幢 1单元 101", "未遇")
