"""A secretary brings the branch's old list in: one column is named, one row put right."""

import pytest

from linli.people import services
from linli.people.books.running import work
from linli.people.models import PartyMember
from linli.people.personal import Person
from linli.people.tests.dirty import under_titles
from tests.cast import NOW
from tests.journeys.hands import press, read

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

ZHANG = "11010519491231002X"
HEADS = ("序号", "党员姓名", "身份证号码", "手机号码", "组织归属", "党员类别", "入党时间")
LIST = [
    (1, "张三丰", ZHANG, "", "第一支部", "离退休党员", "1975年7月"),
    (2, "李秀兰", "无", "13800138000", "第二支部", "社区党员", "/"),
]


@pytest.fixture
def ground(cast):
    """Two residents, and a committee with one branch."""
    secretary, community = cast.actor(cast.shen), cast.community.pk
    home = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=secretary, at=NOW
    )
    for person in (
        Person(name="张三丰", id_number=ZHANG),
        Person(name="李秀兰", phone="13800138000"),
    ):
        services.add_resident(household_id=home.pk, person=person, actor=secretary, at=NOW)
    top = services.add_party_unit(
        community_id=community, level="COMMITTEE", name="府东社区党委", actor=secretary, at=NOW
    )
    services.add_party_unit(
        community_id=community,
        level="BRANCH",
        name="第一党支部",
        parent_id=top.pk,
        actor=secretary,
        at=NOW,
    )


def bring(page, rows):
    """Hand a list in as the register that is chosen already, and let the worker look at it."""
    page.set_input_files(
        "input[type=file]",
        {
            "name": "党员花名册.xlsx",
            "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "buffer": under_titles(rows, HEADS),
        },
    )
    press(page, "预览")
    let_it_work(page)


def let_it_work(page):
    while work(at=NOW):
        pass
    page.reload()


@pytest.mark.usefixtures("clock", "ground")
def test_party_members_from_a_workbook(cast, browse):
    page = browse(cast.shen)
    page.goto("/residents/party/")
    page.get_by_role("link", name="表格导入").last.click()
    assert page.get_by_label("党员", exact=True).is_checked()

    # A heading that nobody knows is named once.
    bring(page, LIST)
    read(page, "组织归属", "未识别")
    page.get_by_label("组织归属").select_option(label="所在支部")
    press(page, "继续")
    let_it_work(page)

    # The second row names a branch that there is not; nothing is written yet.
    read(page, "1 行有误", "第一党支部", "入党时间")
    assert ZHANG not in page.content()
    assert not PartyMember.objects.exists()
    page.get_by_role("link", name="删除这份表").click()
    page.locator("dialog[open]").get_by_role("button", name="删除这份表").click()
    read(page, "用表格导入")

    # Put right, it goes by itself; once more, it changes nothing.
    page.goto("/residents/import/?register=PARTY")
    bring(page, [LIST[0], (*LIST[1][:4], "第一支部", *LIST[1][5:])])
    read(page, "张三丰", "李秀兰", "离退休党员")
    press(page, "确认导入")
    let_it_work(page)
    read(page, "已导入 2 行")
    assert PartyMember.objects.count() == 2
    page.goto("/residents/import/?register=PARTY")
    bring(page, [LIST[0]])
    read(page, "无需导入")
    page.goto("/residents/party/")
    read(page, "第一党支部")
