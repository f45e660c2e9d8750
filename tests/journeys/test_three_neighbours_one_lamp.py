"""Three neighbours report one broken lamp: one order, and everybody who asked is told."""

import pytest

from linli.matters.models import Matter, Order, Rating
from linli.matters.workflow import State
from tests.journeys.hands import (
    accept_and_dispatch,
    follow_code,
    press,
    press_step,
    rate_as_resident,
    read,
    report_as_resident,
    report_done,
    take_order,
    verify,
)

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

NEIGHBOURS = (
    "翠园3幢门口的路灯坏了",
    "3幢门口路灯不亮，晚上很黑",
    "翠园3幢楼下路灯坏了好几天了",
)


def three_report_it(cast, browse, clock):
    """Return the screens and the codes of three neighbours, none of whom knows of the others."""
    path = f"/report/?community={cast.community.pk}"
    screens, codes = [], []
    for text in NEIGHBOURS:
        screens.append(browse(phone=True))
        codes.append(report_as_resident(screens[-1], text=text, place="翠园 3幢", path=path))
        clock.forward(minutes=3)
    return screens, codes


def zhou_min_merges(page, *, one, into):
    """Press once: the suggestion stands beside the matter."""
    page.goto(f"/desk/{one.pk}/")
    likely = page.locator("#side li", has=page.locator(f"a[href='/desk/{into.pk}/']"))
    with page.expect_navigation():
        press(likely, "并入那一件")
    page.wait_for_url(f"**/desk/{into.pk}/")
    read(page, "已合并，所有反映人都会收到告知。")


def test_three_neighbours_one_lamp(cast, browse, clock, let_worker_run):
    screens, codes = three_report_it(cast, browse, clock)
    first, second, third = Matter.objects.order_by("pk")
    zhou_min = browse(cast.zhou_min)
    chen, xu = browse(cast.chen, phone=True), browse(cast.xu, phone=True)

    zhou_min_merges(zhou_min, one=second, into=first)
    zhou_min_merges(zhou_min, one=third, into=first)
    accept_and_dispatch(zhou_min, first.pk, expected="安居物业")
    let_worker_run(clock.forward(minutes=1))
    assert Order.objects.get().matter == first

    for screen, code in zip(screens, codes, strict=True):
        follow_code(screen, code)
        read(screen, "已派给安居物业，正等待接单。")
    for screen, text in zip(screens, NEIGHBOURS, strict=True):
        read(screen, text)  # their own words stay theirs
        assert not any(
            other in screen.locator("body").inner_text() for other in NEIGHBOURS if other != text
        )
    read(screens[1], "邻居也上报了同一个问题，已合并办理，结果同样会告诉您。")

    take_order(chen, first.pk)
    report_done(chen, first.pk, "已更换灯泡")
    verify(xu, first.pk)
    let_worker_run(clock.forward(minutes=1))

    for number, (screen, code) in enumerate(zip(screens, codes, strict=True), start=1):
        assert Matter.objects.get(pk=first.pk).state == State.VERIFIED
        follow_code(screen, code)
        read(screen, "经核查已经办好，请您评价。", "已更换灯泡")
        rate_as_resident(screen, solved="解决了", satisfaction="满意")
        read(screen, "谢谢您的评价。", "您的评价")
        assert screen.locator("#rate").count() == 0  # once
        assert Rating.objects.count() == number
    assert Matter.objects.get(pk=first.pk).state == State.CLOSED
    assert set(Matter.objects.exclude(pk=first.pk).values_list("state", "merged_into_id")) == {
        (State.MERGED, first.pk)
    }

    # All three stand on one page.
    zhou_min.goto(f"/trace/{first.trace}/")
    read(zhou_min, "合并 2 件上报")
    zhou_min.goto(f"/desk/{first.pk}/")
    for text in NEIGHBOURS:
        read(zhou_min, text)


def test_one_of_them_was_another_lamp(cast, browse, clock, let_worker_run):
    screens, codes = three_report_it(cast, browse, clock)
    first, second, third = Matter.objects.order_by("pk")
    zhou_min = browse(cast.zhou_min)
    zhou_min_merges(zhou_min, one=second, into=first)
    zhou_min_merges(zhou_min, one=third, into=first)
    accept_and_dispatch(zhou_min, first.pk, expected="安居物业")

    zhou_min.goto(f"/desk/{third.pk}/")
    press_step(zhou_min, "撤销并案")
    read(zhou_min, "已取消合并，该事项单独继续办理。")
    let_worker_run(clock.forward(minutes=1))

    third.refresh_from_db()
    assert (third.state, third.merged_into) == (State.REPORTED, None)
    assert third.order is None
    follow_code(screens[2], codes[2])
    read(screens[2], "已经收到，等待社区受理。", "恢复单独办理")
    follow_code(screens[1], codes[1])
    read(screens[1], "已派给安居物业，正等待接单。")
