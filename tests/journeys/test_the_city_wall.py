"""城墙根 of 台城花园: a topic goes through the five steps under the six rules, is talked over on
the first Friday, and comes back when fewer than 85 % of those it touches are satisfied.

It runs on the community's own pack.
"""

from datetime import date, datetime, timedelta

import pytest

from linli.core.clocks import SHANGHAI
from linli.deliberation.models import CalendarDecision, Judgement, Meeting, Topic
from linli.flows.tests.communities import sheet_of
from linli.matters.models import Matter
from tests.journeys.hands import come_back, press, read, report_done, take_order, verify
from tests.journeys.talking_over import (
    decide,
    enter_papers,
    fill,
    go_on,
    judge,
    number_in,
    raise_topic,
    settled_in,
    sign,
    slips_of,
)

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

OPINION = "楼道里的灯天黑了也不亮，老人上楼要摸着墙"
STEPS = ["收集民意", "确定议题", "酝酿准备", "组织协商", "公开结果"]
MAY, INSTEAD = date(2026, 5, 1), date(2026, 5, 8)
TOO_DARK = "装好的灯太暗，看不清台阶"


def she_says_so_from_her_phone(page):
    page.goto("/deliberate/say/")
    page.fill("#id_text", OPINION)
    page.fill("#id_place", "示例花园 1幢")
    page.locator("main form button.btn-big").click()
    page.wait_for_url("**/deliberate/said/**")


def the_desk_makes_it_a_topic(page, forum):
    page.goto("/forums/opinions/")
    page.locator(".pick-row input[name=opinion]").check()
    with page.expect_navigation():
        page.locator(".merge-bar button").click()
    with page.expect_navigation():
        page.get_by_role("link", name=forum.name).click()
    return raise_topic(page, title="楼道灯", why="晚上楼道太暗", field="设施维护")


def the_calendar_asks_about_the_holiday(page, forum):
    page.goto("/forums/meetings/")
    read(page.locator(".notice-warning").filter(has_text=forum.name), "2026-05-01")
    page.goto(f"/forums/{forum.pk}/days/{MAY}/")
    fill(page, how="other", held_on=INSTEAD.isoformat(), reason="五一放假")
    press(page, "作出决定")
    page.wait_for_url("**/forums/meetings/")
    assert CalendarDecision.objects.get(forum=forum, day=MAY).held_on == INSTEAD


def the_first_friday_is_planned(page, forum, topic_id):
    page.goto(f"/forums/meetings/new/?forum={forum.pk}&day=2026-03-06")
    fill(page, name="三月联席会", place="社区党群服务中心", chair="金素文", recorder="阮晴")
    press(page, "安排并通知")
    page.wait_for_url(lambda url: url.rstrip("/").rsplit("/", 1)[-1].isdigit())
    meeting_id = number_in(page)
    page.goto(f"/forums/meetings/{meeting_id}/agenda/")
    page.locator(f"input[name=topic][value='{topic_id}']").check()
    press(page, "列入议程")
    page.goto(f"/forums/meetings/{meeting_id}/")
    assert page.locator("details ol li").count() == 6  # The rules, frozen when it opens.
    return meeting_id


def the_meeting_is_held(page, meeting_id, forum):
    page.goto(f"/forums/meetings/{meeting_id}/people/")
    page.fill("[name=lines]", sheet_of(forum))
    with page.expect_navigation():
        press(page, "为他们签到")
    page.goto(f"/forums/meetings/{meeting_id}/")
    press(page, "宣布开会")
    page.wait_for_url("**/record/")
    page.locator(".record-item textarea").fill("换成声控灯。")
    press(page, "保存并宣布散会")
    page.wait_for_url("**/minutes/")


def test_the_city_wall(browse, clock, let_worker_run):
    clock.forward(days=-2)  # A Monday: papers go out three days ahead of the first Friday.
    here = settled_in("taicheng", at=clock.now)
    forum = here.forum("city-wall")
    staff, secretary = here.account("STAFF"), here.account("SECRETARY")
    resident, desk = browse(phone=True), browse(staff)

    she_says_so_from_her_phone(resident)
    topic_id = the_desk_makes_it_a_topic(desk, forum)
    assert desk.locator("ol.path li").all_inner_texts()[:5] == STEPS
    assert Topic.objects.get(pk=topic_id).level == "BUILDING"

    # No step is left out, and none begins before its conditions hold.
    go_on(desk, topic_id)
    go_on(desk, topic_id)
    go_on(desk, topic_id)
    assert Topic.objects.get(pk=topic_id).state == "PREPARING"
    read(desk, "还不能进入“组织协商”")
    desk.goto(f"/forums/topics/{topic_id}/papers/new/")
    fill(desk, title="三种灯", text="声控、光控、常亮，各要多少钱。")
    press(desk, "发放")
    the_calendar_asks_about_the_holiday(desk, forum)
    meeting_id = the_first_friday_is_planned(desk, forum, topic_id)

    # Friday at seven; both sign, and the result is published with its task.
    clock.now = datetime(2026, 3, 6, 19, 0, tzinfo=SHANGHAI)
    let_worker_run(clock.now)
    come_back(desk, staff)
    go_on(desk, topic_id)
    assert Topic.objects.get(pk=topic_id).state == "DELIBERATING"
    the_meeting_is_held(desk, meeting_id, forum)
    assert Meeting.objects.get(pk=meeting_id).ground_rules.number == 1
    sign(browse(secretary), meeting_id)
    sign(desk, meeting_id)
    decide(desk, topic_id, text="楼道灯换成声控灯。", task="换灯", who="物业", until="2026-03-27")
    let_worker_run(clock.forward(days=3))

    task = Matter.objects.get(kind="TASK")
    handler, worker = here.account("HANDLER_LEAD"), here.account("GRID_WORKER")
    property_company = browse(handler, phone=True)
    take_order(property_company, task.pk)
    report_done(property_company, task.pk, "灯换好了")
    verify(browse(worker, phone=True), task.pk)
    let_worker_run(clock.forward(minutes=5))

    # Eight of ten are satisfied: 80 %, and so it goes back to the forge.
    judgement = Judgement.objects.get(topic=topic_id)
    come_back(desk, staff)
    codes = slips_of(desk, judgement.vote_id)
    judge(resident, codes[0], choice="DISSATISFIED", comment=TOO_DARK)
    enter_papers(desk, judgement.vote_id, {2: "3"} | dict.fromkeys(range(3, 11), "1"))
    assert "80" not in words_of_result(browse(phone=True), topic_id)
    ended = clock.forward(days=8)
    let_worker_run(ended)

    judgement.refresh_from_db()
    assert (judgement.satisfied, judgement.answered, judgement.verdict) == (8, 10, "RETURN")
    again = Topic.objects.get(previous=topic_id)
    assert (again.round, again.owner, again.state) == (2, staff, "GATHERING")
    assert again.due_at == ended + timedelta(days=forum.redo_days)
    come_back(desk, staff)
    desk.goto(f"/forums/topics/{again.pk}/")
    read(desk.locator("main"), staff.name, TOO_DARK)
    assert desk.locator("ol.path li[aria-current=step]").inner_text() == STEPS[0]
    desk.locator(f"a[href='/forums/topics/{topic_id}/']").first.click()
    read(desk.locator("main"), "回炉再议")


def words_of_result(page, topic_id):
    """Return what anybody reads of a topic."""
    page.goto(f"/deliberate/topics/{topic_id}/")
    return page.locator("main").inner_text()
