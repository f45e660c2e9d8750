"""What `linli setup` leaves behind is enough to begin: no pack, no workbook, one secretary.

She enters one grid, one estate, one building and the property company by hand, gives its foreman
an account, and the first lamp is reported, put right, checked, rated and closed.
"""

import pytest

from linli.matters.models import Matter, Rating
from linli.matters.workflow import State
from tests.journeys.hands import (
    follow_code,
    press,
    press_step,
    rate_as_resident,
    read,
    report_as_resident,
    sign_in_for_the_first_time,
    take_order,
    take_step,
    thread_of,
)

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def enters_her_first_places(page):
    page.goto("/places/")
    read(page, "底册还是空的")
    page.goto("/places/areas/add/")
    page.fill("#id_code", "120116001002001")
    page.fill("#id_name", "第1网格")
    press(page, "保存")
    read(page, "第1网格")
    page.goto("/places/estates/add/")
    page.fill("#id_name", "海韵苑")
    page.fill("#id_code", "HY")
    press(page, "保存")
    read(page, "海韵苑")
    page.goto("/places/buildings/add/")
    page.select_option("#id_estate", label="海韵苑")
    page.fill("#id_code", "1")
    page.fill("#id_name", "1号楼")
    page.select_option("#id_grid", label="第1网格")
    press(page, "保存")
    read(page, "1号楼")


def enters_the_property_company(page):
    page.goto("/people/organisations/")
    read(page, "还没有单位")
    page.goto("/people/organisations/new/")
    page.fill("#id_name", "海安物业")
    page.select_option("#id_kind", label="物业公司")
    page.get_by_label("海韵苑").check()
    press(page, "保存")
    read(page, "海安物业")


def gives_its_foreman_an_account(page):
    page.goto("/people/new/")
    page.fill("#id_name", "何师傅")
    page.fill("#id_username", "he.shifu")
    page.select_option("#id_role", label="承办单位负责人")
    page.select_option("#id_place", label="海安物业")
    press(page, "开通账号")
    return page.locator(".slip-password").inner_text().strip()


def test_the_first_matter_of_an_empty_community(secretary, browse, clock, let_worker_run):
    guo = browse()
    sign_in_for_the_first_time(guo, secretary.password, username="guo")
    enters_her_first_places(guo)
    enters_the_property_company(guo)
    password = gives_its_foreman_an_account(guo)
    he = browse(phone=True)
    sign_in_for_the_first_time(he, password, username="he.shifu")
    he.goto("/orders/")
    read(he, "有新工单会显示在这里")

    code = report_as_resident(
        browse(phone=True), text="楼道路灯不亮", place="海韵苑 1号楼", path="/report/"
    )
    matter = Matter.objects.get()
    assert (matter.grid.name, matter.estate.name) == ("第1网格", "海韵苑")
    let_worker_run(clock.forward(minutes=5))

    guo.goto(f"/desk/{matter.pk}/")
    assert guo.locator("#step_handler option:checked").inner_text().startswith("海安物业")
    press_step(guo, "受理并派单")
    read(guo, "已受理并派单。")
    let_worker_run(clock.forward(minutes=5))
    take_order(he, matter.pk)
    take_step(he, "处置完成", note="换了灯泡")
    read(he, "已报办结，由他人核查。")
    let_worker_run(clock.forward(minutes=5))
    guo.goto(f"/desk/{matter.pk}/")
    take_step(guo, "核查通过", note="晚上去看过，亮了")
    let_worker_run(clock.forward(minutes=5))

    resident = browse(phone=True)
    follow_code(resident, code)
    rate_as_resident(resident, solved="解决了", satisfaction="满意")
    let_worker_run(clock.forward(minutes=5))
    matter.refresh_from_db()
    assert matter.state == State.CLOSED
    assert Rating.objects.get().solved is True
    guo.goto(f"/trace/{matter.trace}/")
    assert thread_of(guo)[-1] == "结案"
    guo.goto("/overview/")
    read(guo, "海")
