"""The drying racks of 北庙桥: washing drips on those below, a grid worker talks with everybody on
the square at dusk, racks are built on the sunny green, and the building says whether it is good.

It runs on the community's own pack, and one page tells all of it.
"""

import re

import pytest

from linli.core.models import Event
from linli.deliberation.models import Judgement, Meeting, Topic
from linli.matters.models import Matter
from tests.journeys.hands import (
    accept_and_dispatch,
    come_back,
    follow_code,
    rate_as_resident,
    read,
    report_as_resident,
    report_done,
    take_order,
    thread_of,
    verify,
)
from tests.journeys.talking_over import (
    decide,
    enter_papers,
    fill,
    go_on,
    judge,
    raise_topic,
    settled_in,
    sign,
    slips_of,
)

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

COMPLAINT = "楼上晾的衣服老是滴水到我家窗台"
SAID = "大家都说阳台小没处晾。同意在向阳绿化地上装一批公用晾衣架，不占通道。"
PROPERTY_COMPANY = "示例物业国贸新家园服务站"
STORY = [
    "上报（网页）",
    "收到意见",
    "提出议题",
    "进入“广场恳谈”",
    "形成决议 2026-01",
    "结果已公开",
    "上报（议事决定）",
    "交办决议任务 1",
    "报告处置完毕",
    "核查通过",
    "决议任务 1 办结：已完成",
    "表决开始，名册 20 人（户）",
    "开始群众评议",
    "计票完成，有效票 12 张",
    "议题办结",
]
DECIDED = "在向阳绿化地上装公用晾衣架八组。"


def the_desk_finds_it_wider_than_one_order(page, matter_id):
    page.goto(f"/desk/{matter_id}/")
    with page.expect_navigation():
        page.locator(f'form[action$="/{matter_id}/"] button.link-button').last.click()
    read(page.locator("main"), COMPLAINT)
    page.locator("#merge-topic").select_option(value="NEW")
    with page.expect_navigation():
        page.locator("form:has(#merge-topic) button").click()
    return raise_topic(page, title="在哪里晾衣")


def the_grid_worker_writes_the_talk_down(page, topic_id):
    page.goto(f"/forums/meetings/talk/?topic={topic_id}")
    assert page.locator("select[name=topic] option:checked").inner_text() == "在哪里晾衣"
    fill(page, said=SAID, people_count="26", place="居民休闲广场")
    page.locator("details:has(select[name=chair]) summary").click()
    fill(page, chair="康宁")
    with page.expect_navigation():
        page.locator("main form button.btn-primary").click()
    read(page, "已登记，这次恳谈作数。")


def test_the_drying_racks(browse, clock, let_worker_run):
    here = settled_in("beimiaoqiao")
    staff, worker = here.account("STAFF"), here.account("GRID_WORKER")
    resident, desk = browse(phone=True), browse(staff)

    # A complaint from a phone; at the desk somebody sees that it is not one household's affair.
    code = report_as_resident(resident, text=COMPLAINT, place="国贸新家园 1幢", phone="13800005201")
    complaint = Matter.objects.get()
    let_worker_run(clock.forward(minutes=10))
    accept_and_dispatch(desk, complaint.pk, expected=PROPERTY_COMPANY)
    topic_id = the_desk_finds_it_wider_than_one_order(desk, complaint.pk)
    topic = Topic.objects.get(pk=topic_id)
    assert (topic.trace, topic.level) == (complaint.trace, "BUILDING")
    assert topic.building == complaint.building

    # At dusk on the square: nobody signs a list, twenty-six people talk, and it counts.
    let_worker_run(clock.forward(hours=8))
    come_back(desk, staff)
    go_on(desk, topic_id)
    clock.forward(minutes=40)
    field = browse(worker, phone=True)
    the_grid_worker_writes_the_talk_down(field, topic_id)
    talk = Meeting.objects.get()
    assert (talk.kind, talk.expected, talk.attendances.count()) == ("TALK", 26, 0)
    sign(field, talk.pk)
    come_back(desk, staff)
    sign(desk, talk.pk)

    # The resolution gives the property company a task; its order is on the same thread.
    decide(
        desk,
        topic_id,
        text=DECIDED,
        task="装公用晾衣架八组",
        who=PROPERTY_COMPANY,
        until="2026-04-10",
    )
    task = Matter.objects.get(kind="TASK")
    assert task.trace == complaint.trace
    let_worker_run(clock.forward(hours=14))
    handler = here.account("HANDLER_LEAD")
    property_company = browse(handler, phone=True)
    for order in (complaint.pk, task.pk):
        take_order(property_company, order)
    let_worker_run(clock.forward(days=1))
    come_back(property_company, handler)
    report_done(property_company, task.pk, "晾衣架八组已装好")
    report_done(property_company, complaint.pk, "楼下有了晾衣架，楼上不再往外晾")
    let_worker_run(clock.forward(hours=2))
    come_back(field, worker)
    verify(field, task.pk, "八组都在，站得稳")
    verify(field, complaint.pk, "窗台是干的")
    let_worker_run(clock.forward(minutes=5))
    follow_code(resident, code)
    rate_as_resident(resident, solved="解决了", satisfaction="满意")

    # Twenty households are asked; ten on paper, two by the code of their slips.
    judgement = Judgement.objects.get(topic=topic_id)
    assert judgement.vote.roll_count == 20
    come_back(desk, staff)
    codes = slips_of(desk, judgement.vote_id)
    judge(resident, codes[0], choice="SATISFIED", comment="再也不滴水了")
    judge(browse(phone=True), codes[1], choice="DISSATISFIED")
    enter_papers(desk, judgement.vote_id, dict.fromkeys(range(3, 13), "1"))
    let_worker_run(clock.forward(days=8))

    judgement.refresh_from_db()
    assert (judgement.satisfied, judgement.answered) == (11, 12)
    assert Topic.objects.get(pk=topic_id).state == "CLOSED"
    resident.goto(f"/deliberate/topics/{topic_id}/")
    read(resident.locator("main"), DECIDED)

    # One page tells it, from the complaint to the approval.
    come_back(desk, staff)
    desk.goto(f"/trace/{complaint.trace}/")
    told = [re.sub(r"^\d+ 号：", "", one) for one in thread_of(desk)]
    assert told[0] == "上报（网页）"
    places = [told.index(words) for words in STORY]
    assert places == sorted(places)
    talked = Event.objects.get(trace=complaint.trace, name="deliberation.topic_talked_over")
    assert talked.facts["present"] == 26
