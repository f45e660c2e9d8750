"""A pairing with an elder living alone over a year: made, kept, lent to a neighbour, ended."""

from datetime import date, datetime

import pytest

from linli.core.clocks import SHANGHAI
from linli.people import queries
from linli.people import services as people
from linli.people.models import Tie
from linli.people.personal import Person
from linli.visits.models import Visit
from linli.visits.tests.scenes import households
from tests.cast import NOW
from tests.journeys.hands import come_back, follow, press, read, thread_of

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

ELDER, NEIGHBOUR = "李奶奶", "赵大姐"


def an_elder_and_a_neighbour(cast):
    """Let somebody live alone who needs help every month, and somebody else next door."""
    secretary = cast.actor(cast.shen)
    homes = households(cast, cast.building, 2)
    elder, _neighbour = (
        people.add_resident(household_id=home.pk, person=Person(name=name), actor=secretary, at=NOW)
        for home, name in zip(homes, (ELDER, NEIGHBOUR), strict=True)
    )
    people.begin_need_groups(community_id=cast.community.pk, actor=secretary, at=NOW)
    groups = queries.list_need_groups(community_ids=[cast.community.pk])
    people.record_need(
        resident_id=elder.pk,
        group_id=next(one.pk for one in groups if one.name == "独居老人"),
        help_needed="独自居住，需要有人帮忙买菜取药",
        cadence="MONTHLY",
        responsible_id=cast.shen.pk,
        actor=secretary,
        at=NOW,
    )


def pairs_the_two(page):
    page.goto("/residents/ties/?kind=PAIRING")
    page.get_by_label("对象", exact=True).select_option(label="许中杰")
    press(page, "列为联系人")
    page.goto("/residents/ties/unpaired/")
    read(page, ELDER, "独居老人")
    press(page, f"让许中杰与{ELDER}结对")
    read(page, "已结对。")
    assert page.get_by_label("每月", exact=True).is_checked()  # As often as the need says.
    press(page, "保存")
    read(page, "定期走访已安排")
    page.goto("/residents/ties/unpaired/")
    read(page, "需要帮扶的人都已结对")


def calls_on_the_elder(page, outcome):
    page.goto("/field/visits/")
    page.get_by_role("link", name="1单元 101").first.click()
    press(page, outcome)
    read(page, "已登记。")


def test_a_pairing_over_a_year(cast, browse, clock, let_worker_run):
    an_elder_and_a_neighbour(cast)
    desk, phone = browse(cast.shen), browse(cast.xu, phone=True)

    def it_is(*moment):
        clock.now = datetime(*moment, tzinfo=SHANGHAI)
        let_worker_run(clock.now)
        come_back(desk, cast.shen)
        come_back(phone, cast.xu)

    pairs_the_two(desk)
    tie = Tie.objects.get()
    calls_on_the_elder(phone, "已见面")
    it_is(2026, 4, 8, 10, 0)  # 清明 moved the turn
    calls_on_the_elder(phone, "已见面")

    # 许中杰 is away in summer; the neighbour stands in, who has no account.
    it_is(2026, 6, 28, 10, 0)
    desk.goto(f"/residents/ties/{tie.pk}/")
    follow(desk, "暂时交人代管")
    desk.fill("#id_q", NEIGHBOUR)
    press(desk, "搜索")
    desk.get_by_label(NEIGHBOUR).check()
    desk.fill("#id_from_date", "2026-07-01")
    desk.fill("#id_until_date", "2026-06-01")
    press(desk, "交出")
    read(desk, "结束日期不能早于开始日期")
    assert desk.input_value("#id_from_date") == "2026-07-01"
    desk.fill("#id_until_date", "2026-08-31")
    press(desk, "交出")
    read(desk, NEIGHBOUR, "2026-08-31")
    it_is(2026, 7, 4, 10, 0)
    desk.goto(f"/residents/ties/{tie.pk}/")
    read(desk, "今天代管", NEIGHBOUR)

    # Back again in September; in spring the elder moves in with her daughter.
    it_is(2026, 9, 4, 10, 0)
    calls_on_the_elder(phone, "已见面")
    it_is(2027, 3, 4, 10, 0)
    desk.goto(f"/residents/ties/{tie.pk}/")
    assert not desk.get_by_text("今天代管").count()
    desk.select_option("#id_ending", label="其他原因")
    desk.fill("#id_note", "搬去女儿家")
    press(desk, "解除联系")
    read(desk, "搬去女儿家")
    let_worker_run(clock.now)
    desk.reload()

    story = thread_of(desk)
    assert story[0] == "建立联系"
    assert [line for line in story if "见面" in line or "代管" in line] == [
        "第 1 次走访：已见面",
        "第 1 次走访：已见面",
        "已交由他人代管，2026-07-01 至 2026-08-31",
        "第 1 次走访：已见面",
    ]
    assert story[-2:] == ["解除联系", "停止定期走访"]
    assert not Visit.objects.filter(state="DUE", trace=tie.trace).exists()
    tie.refresh_from_db()
    assert (tie.from_date, tie.until_date) == (date(2026, 3, 4), date(2027, 3, 4))
