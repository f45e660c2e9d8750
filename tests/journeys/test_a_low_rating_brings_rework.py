"""A resident says that it is not solved: it goes back to whoever did it, with a deadline."""

import pytest

from linli.matters.models import Matter, Rating
from linli.matters.workflow import State
from tests.journeys.hands import (
    accept_and_dispatch,
    follow_code,
    messages_of,
    rate_as_resident,
    read,
    report_as_resident,
    report_done,
    take_order,
    thread_of,
    verify,
    words_of,
)

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

LAMP = "翠园3幢门口的路灯坏了，晚上看不清路"


def test_a_low_rating_brings_rework(cast, browse, clock, let_worker_run):
    resident, zhou_min = browse(phone=True), browse(cast.zhou_min)
    chen, xu = browse(cast.chen, phone=True), browse(cast.xu, phone=True)

    # The first round goes its usual way.
    code = report_as_resident(
        resident,
        text=LAMP,
        place="翠园 3幢",
        phone="13812348000",
        name="张阿姨",
        path=f"/report/?community={cast.community.pk}",
    )
    matter = Matter.objects.get()
    accept_and_dispatch(zhou_min, matter.pk, expected="安居物业")
    take_order(chen, matter.pk)
    report_done(chen, matter.pk, "已换灯泡")
    verify(xu, matter.pk)
    let_worker_run(clock.forward(minutes=5))

    # She sees what was done, and that it is not.
    follow_code(resident, code)
    read(resident, "经核查已经办好，请您评价。", "已换灯泡")
    rate_as_resident(
        resident, solved="还没有", satisfaction="不满意", comment="换了灯泡，晚上还是不亮"
    )
    read(resident, "已退回重新办理，并定了新的期限", "还没有办好，已要求安居物业重新办理。")
    let_worker_run(clock.forward(minutes=5))

    matter.refresh_from_db()
    assert (matter.state, matter.round) == (State.REWORK, 2)
    assert matter.order.organisation == cast.property_company  # the owner stays
    assert matter.due_at > clock.now  # and has a deadline

    # 老陈 finds it in his inbox, with her words and the new deadline.
    assert any("尚未解决，退回您返工，时限" in line for line in messages_of(chen))
    chen.goto("/orders/")
    read(chen, "待返工", "第 2 轮")
    take_order(chen, matter.pk)
    read(chen, "换了灯泡，晚上还是不亮")
    assert "13812348000" not in words_of(chen)
    report_done(chen, matter.pk, "查到线路老化，已换线")
    verify(xu, matter.pk, "晚上看过，亮了")
    let_worker_run(clock.forward(minutes=5))

    follow_code(resident, code)
    read(resident, "查到线路老化，已换线")
    rate_as_resident(resident, solved="解决了", satisfaction="满意")
    read(resident, "谢谢您的评价。", "已经办好并结案。")

    matter.refresh_from_db()
    assert (matter.state, matter.round) == (State.CLOSED, 2)
    ratings = Rating.objects.filter(reporter__matter=matter).order_by("round")
    assert [(one.round, one.solved, one.satisfaction) for one in ratings] == [
        (1, False, "DISSATISFIED"),
        (2, True, "SATISFIED"),
    ]
    assert {one.recorded_by for one in ratings} == {None}  # her own words, told to nobody
    zhou_min.goto(f"/trace/{matter.trace}/")
    assert thread_of(zhou_min) == [
        "上报（网页）",
        "受理",
        "派单给安居物业",
        "接单",
        "报告处置完毕",
        "核查通过",
        "评价：未解决，不满意",
        "退回返工（第 2 轮）",
        "接单",
        "报告处置完毕",
        "核查通过",
        "评价：已解决，满意",
        "结案",
    ]
