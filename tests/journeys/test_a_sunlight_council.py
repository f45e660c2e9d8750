"""A sunlight council of four parties: one is missing, what is decided is signed and published.

YD-04, FD-06: the branch, the residents' committee, the property company and the owners' group sit
together; the agenda takes in an open matter of the grid.
"""

import re
from datetime import timedelta

import pytest

from linli.deliberation.models import Meeting, Party
from linli.deliberation.services import forums
from linli.deliberation.services.forums import ForumInput, PartyInput
from linli.deliberation.tests.scenes import FIRST_FRIDAY, RULES
from linli.deliberation.tests.sittings import EVENING
from linli.matters.tests.stages import stage_at
from linli.matters.workflow import State
from tests.journeys.hands import come_back, follow, open_message, press, read, words_of

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

REASON = "居委会主任在区里开会，已请假"
MOTION = "北小门晚上十点关，早上六点开"


def a_council(cast, at):
    """Open 四位一体阳光议事会, which meets on first Fridays."""
    desk = cast.actor(cast.shen)
    council = forums.open_forum(
        community_id=cast.community.pk,
        wanted=ForumInput(name="四位一体阳光议事会", rhythm=FIRST_FRIDAY),
        actor=desk,
        at=at,
    )
    for wanted in (
        PartyInput(name="党支部", duty="指导员", account_ids=(cast.shen.pk,)),
        PartyInput(name="居委会", duty="信息员", organisation_id=cast.committee.pk),
        PartyInput(
            name="物业公司",
            duty="服务方",
            organisation_id=cast.property_company.pk,
            carries_out=True,
        ),
        PartyInput(name="业主小组", duty="提议方"),
    ):
        forums.set_party(forum_id=council.pk, wanted=wanted, actor=desk, at=at)
    forums.publish_ground_rules(forum_id=council.pk, rules=RULES, actor=desk, at=at)


def plans(page):
    page.goto("/forums/meetings/")
    read(page, "即将召开")
    page.locator(".item", has_text="2026-03-06").get_by_role("link", name="安排这次会议").click()
    assert page.input_value("#id_on") == "2026-03-06"
    assert page.input_value("#id_at") == "19:00"
    page.fill("#id_name", "三月阳光议事会")
    page.fill("#id_place_text", "小区活动室")
    page.select_option("#id_chair", label="沈书记")
    press(page, "安排并通知")
    read(page, "会议已安排，会通知必须到场的各方。")
    return Meeting.objects.get()


def draws_the_agenda(page):
    follow(page, "编排议程")
    page.fill("#id_lines", "北小门几点关")
    page.locator(".sticky-end button").click()
    read(page, "北小门几点关")
    follow(page, "未办结事项")
    page.locator("label.pick", has_text="灯").first.click()
    press(page, "列入议程")
    read(page, "路灯不亮")


def signs_in_by_phone(page, code, meeting):
    """Somebody without an account types the figures and a name."""
    page.goto(f"/deliberate/sign-in/{meeting.pk}/")
    page.fill("#id_code", code)
    press(page, "继续")
    read(page, "三月阳光议事会")
    page.fill("#id_name", "王芳")
    page.select_option("#id_party", label="业主小组")
    press(page, "我到了")
    page.get_by_role("heading", name="签到成功").wait_for()


def code_on(page, meeting):
    page.goto(f"/forums/meetings/{meeting.pk}/screen/")
    assert page.locator(".door-qr svg").is_visible()
    return page.locator(".door-code").inner_text()


def opens_without_a_party(page, meeting):
    page.goto(f"/forums/meetings/{meeting.pk}/")
    warning = page.locator(".notice-warning")
    assert warning.locator("strong").inner_text() == "居委会"
    press(page, "宣布开会")
    read(page, "居委会尚无人到会。")
    page.fill("#id_missing_reason", REASON)
    press(page, "宣布开会")
    read(page, "会议已开始，请在这里记录发言。")


def writes_it_down(page, clock):
    item = page.locator(".record-item", has_text="北小门几点关")
    item.locator("select[name^=speaker_]").select_option(label="王芳")
    press(item, "加入发言名单")
    press(item, "开始发言")
    clock.forward(minutes=3)
    item.locator("input[name^=gist_]").fill("夜里有人从北小门进来发广告")
    press(item, "发言结束")
    item.get_by_text("提出动议").click()
    item.locator("input[name^=motion_]").fill(MOTION)
    item.locator("select[name^=mover_]").select_option(label="王芳")
    press(item, "提出")
    item.locator("input[name^=yes_]").fill("4")
    press(item, "登记举手结果")
    read(page, "共举手 4 人次，但签到只有 3 人。")
    item.locator("input[name^=yes_]").fill("2")
    item.locator("input[name^=abstain_]").fill("1")
    item.locator("textarea").fill("物业三天内换锁")
    press(item, "登记举手结果")
    read(item, "到会 3 人：赞成 2，反对 0，弃权 1")
    assert item.locator("textarea").input_value() == "物业三天内换锁"
    clock.forward(minutes=10)
    press(page, "保存并宣布散会")
    read(page, "两人签字")


def signs(page, meeting):
    page.goto(f"/forums/meetings/{meeting.pk}/minutes/")
    press(page, "对下面的记录签字")


def test_a_sunlight_council_with_a_party_missing(cast, browse, clock, let_worker_run):
    a_council(cast, clock.now)
    stage_at(cast, State.DISPATCHED)
    desk = browse(cast.zhou_min)
    meeting = plans(desk)
    draws_the_agenda(desk)

    let_worker_run(clock.now + timedelta(minutes=1))
    qian = browse(cast.qian, phone=True)
    open_message(qian, "请您参加会议")
    qian.wait_for_url(f"**/deliberate/meetings/{meeting.pk}/")
    read(qian, "三月阳光议事会", "小区活动室", "北小门几点关")

    clock.now = EVENING - timedelta(minutes=10)
    come_back(desk, cast.zhou_min)
    come_back(qian, cast.qian)
    code = code_on(desk, meeting)
    signs_in_by_phone(browse(phone=True), code, meeting)
    qian.goto(f"/deliberate/sign-in/{meeting.pk}/")
    qian.fill("#id_code", code)
    press(qian, "继续")
    press(qian, "我到了")
    desk.goto(f"/forums/meetings/{meeting.pk}/people/")
    desk.fill("#id_lines", "党支部：沈书记")
    press(desk, "为他们签到")
    read(desk, "已签到 1 人。")
    # Nobody knows Wang Fang as an owners' representative until the office says so.
    read(desk.locator("#claims"), "王芳", "业主小组")
    desk.locator("#claims").get_by_role("button", name="确认", exact=True).click()
    desk.locator("#claims").wait_for(state="detached")

    clock.now = EVENING
    opens_without_a_party(desk, meeting)
    writes_it_down(desk, clock)
    signs(desk, meeting)
    read(desk, "已签字，还需另一人签字。")
    shen = browse(cast.shen)
    signs(shen, meeting)
    read(shen, "两人均已签字，记录已封存，可以公开。", "查看公开稿")
    follow(shen, "查看公开稿")
    press(shen, "公开会议纪要")
    read(shen, "已公开，个人信息已隐去。")

    anybody = browse(phone=True)
    anybody.goto(f"/deliberate/meetings/{meeting.pk}/")
    read(anybody, "三月阳光议事会", MOTION, "物业三天内换锁", REASON)
    text = words_of(anybody)
    assert re.search(r"无人到会的有\s*居委会", text)
    assert not [name for name in ("王芳", "沈书记", "钱经理", "周敏") if name in text]
    assert Party.objects.get(name="居委会").is_required
    meeting.refresh_from_db()
    assert (meeting.state, meeting.expected, meeting.quorum) == ("PUBLISHED", 4, 2)
