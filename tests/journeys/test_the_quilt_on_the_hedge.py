"""A quilt on the hedge: seen on a round, advised, put right by the property company, checked,
rated and closed. Each of the five people holds a screen of their own."""

import pytest

from linli.core.models import Attachment
from linli.matters.models import Matter, Note, Rating
from linli.matters.workflow import State
from tests.journeys.hands import (
    a_photo,
    come_back,
    follow,
    matter_on,
    messages_of,
    open_message,
    press,
    press_step,
    read,
    take_step,
    thread_of,
    words_of,
)

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

REASON = "回访核实是否还有别处晾晒"
ADVICE = "劝导住户收回，住户说拿不动，请物业帮忙。"


def xu_reports_on_his_round(page):
    page.goto("/field/")
    follow(page.locator(".bottom-bar"), "上报")
    page.set_input_files("#id_photos", [a_photo("被子.jpg")])
    page.fill("#id_text", "绿篱上晾着一床被子")
    page.get_by_label("乱晾晒").wait_for()
    page.fill("#id_place_query", "翠园 3幢")
    page.get_by_label("翠园 3幢").check()
    page.get_by_text("我已当面劝导").click()
    page.fill("#id_advice", ADVICE)
    press(page, "上报")
    page.wait_for_url("**/field/matters/*/")
    read(page, "已上报。", "绿篱上晾着一床被子")
    return matter_on(page)


def zhou_min_accepts_and_dispatches_in_one_press(page):
    page.goto("/desk/")
    page.locator("[data-row]", has_text="绿篱上晾着一床被子").click()
    page.get_by_role("heading", name="受理并派单").wait_for()
    handler = page.locator("#step_handler option:checked")
    assert handler.inner_text().startswith("安居物业")  # suggested; nothing to choose
    press_step(page, "受理并派单")
    read(page, "已受理并派单。")


def chen_takes_it_and_puts_it_right(page, clock):
    open_message(page, "派给您办理")
    page.wait_for_url("**/orders/*/")
    assert "许中杰" not in words_of(page)  # A handler is not told who reported.
    press_step(page, "接单")
    read(page, "已接单")
    clock.forward(minutes=10)
    take_step(
        page, "处置完成", note="已帮住户把被子收到晾衣架上", photos=[a_photo("收好.jpg", "green")]
    )
    read(page, "已报办结，由他人核查。")


def chen_opens_the_name_for_a_reason(page, matter_id):
    page.goto(f"/orders/{matter_id}/")
    follow(page, "说明事由后查看姓名和电话")
    page.locator(".step-form [name=reason]").fill(REASON)
    press(page.locator(".step-form"), "查看姓名电话")
    read(page.locator(".contact-open"), "许中杰")
    assert "查询码" not in page.locator(".contact-open").inner_text()  # nor may speak for him


def li_checks_it_on_the_spot(page, matter_id):
    page.goto("/field/")
    follow(page.locator("section", has_text="待现场核查"), "绿篱上晾着一床被子")
    page.wait_for_url(f"**/field/matters/{matter_id}/")
    read(page, "已帮住户把被子收到晾衣架上")
    take_step(page, "核查通过", note="绿篱上已无晾晒")
    read(page, "核查通过，反映人可以评价。")


def xu_rates_it(page, matter_id):
    page.goto("/field/")
    follow(page, "绿篱上晾着一床被子")
    page.wait_for_url(f"**/field/matters/{matter_id}/")
    take_step(page, "评价", solved="是", satisfaction="满意")
    read(page, "评价已记录。")


def test_the_quilt_on_the_hedge(cast, browse, clock, let_worker_run):
    xu, zhou_min = browse(cast.xu, phone=True), browse(cast.zhou_min)
    chen = browse(cast.chen, phone=True)

    matter_id = xu_reports_on_his_round(xu)
    let_worker_run(clock.forward(minutes=10))
    zhou_min_accepts_and_dispatches_in_one_press(zhou_min)
    let_worker_run(clock.forward(minutes=5))
    chen_takes_it_and_puts_it_right(chen, clock)
    let_worker_run(clock.forward(minutes=5))

    # Who did the work finds no way to check it, nor to speak for whoever asked.
    chen.goto(f"/orders/{matter_id}/")
    assert "核查通过" not in words_of(chen)
    chen.goto(f"/matters/{matter_id}/verify/")
    assert chen.get_by_role("button", name="核查通过").count() == 0

    assert any("请核查" in line for line in messages_of(zhou_min))
    li_checks_it_on_the_spot(browse(cast.li, phone=True), matter_id)
    let_worker_run(clock.forward(minutes=5))
    come_back(xu, cast.xu)
    assert any("请评价问题是否解决" in line for line in messages_of(xu))
    xu_rates_it(xu, matter_id)
    let_worker_run(clock.forward(minutes=5))
    chen_opens_the_name_for_a_reason(chen, matter_id)

    matter = Matter.objects.select_related("order").get(pk=matter_id)
    assert matter.state == State.CLOSED
    assert (matter.building, matter.category) == (cast.building, cast.disorder)
    assert (matter.order.organisation, matter.order.taken_by) == (cast.property_company, cast.chen)
    assert Note.objects.get(matter=matter, kind="ADVICE").text == ADVICE
    rating = Rating.objects.get(reporter__matter=matter)
    assert (rating.solved, rating.satisfaction, rating.round) == (True, "SATISFIED", 1)
    assert Attachment.objects.filter(subject_id=matter_id).count() == 2

    # One page tells it all, in order, with the photos of before and after.
    zhou_min.goto(f"/trace/{matter.trace}/")
    assert thread_of(zhou_min) == [
        "上报（网格上报）",
        "记录（现场劝导）",
        "受理",
        "派单给安居物业",
        "接单",
        "报告处置完毕",
        "核查通过",
        "评价：已解决，满意",
        "结案",
        "查看了诉求人的姓名和电话",
    ]
    for words in (ADVICE, "已帮住户把被子收到晾衣架上", REASON):
        read(zhou_min, words)
    assert zhou_min.locator(".thread .photo-grid img").count() == 2
