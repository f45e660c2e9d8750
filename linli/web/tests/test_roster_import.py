"""A workbook in a browser: handed in, its columns named, looked at, brought in by the worker."""

import io
import re
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from linli.core.models import Event
from linli.people import services
from linli.people.books.running import work
from linli.people.models import (
    Household,
    Organisation,
    PartyMember,
    PriorityNeed,
    Resident,
    RosterImport,
    Talent,
    TeamMember,
)
from linli.people.personal import Person
from linli.people.tests.dirty import book, clean
from linli.territory.models import Dwelling, Entrance
from tests.cast import NOW, RoleName, give

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HOME = "/residents/import/"
GOOD = ("张三丰", "11010519491231002X", "翠园3幢1单元502", "13800138000")


@pytest.fixture
def desk(cast, signed_in):
    return signed_in(cast.zhou_min)


def text(answer):
    return answer.content.decode()


def hand_in(browser, data, *, register="RESIDENTS", name="名册.xlsx"):
    answer = browser.post(HOME, {"register": register, "file": SimpleUploadedFile(name, data)})
    return answer, answer.headers.get("Location", "")


def do_all():
    while work(at=NOW):
        pass


def test_a_workbook_goes_all_the_way(desk):
    answer, address = hand_in(desk, clean([GOOD]))
    assert answer.status_code == 302
    page = text(desk.get(address))
    assert "正在读取表格" in page
    assert "every 2s" in page
    piece = desk.get(address, headers={"HX-Request": "true"})
    assert "import-progress" in text(piece)
    do_all()
    assert desk.get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    page = text(desk.get(address))
    assert "张三丰" in page
    assert "110105********002X" in page
    assert "13800138000" not in page
    assert not Resident.objects.exists()
    desk.post(f"{address}decide/")
    do_all()
    done = text(desk.get(address))
    assert "已导入 1 行" in done
    assert 'href="/residents/"' in done
    assert Resident.objects.count() == 1
    assert "已导入" in text(desk.get(HOME))


def test_what_is_wrong_is_told_by_line_and_column(desk):
    bad = ("李四", "110105194912310021", "翠园8幢1单元502", "12")
    _, address = hand_in(desk, clean([GOOD, bad]))
    do_all()
    page = text(desk.get(address))
    for said in ("1 行有误", "身份证号", "联系电话", "没有“8”这栋楼", "只导入无误的 1 行"):
        assert said in page, said
    desk.post(f"{address}decide/")
    do_all()
    assert not Resident.objects.exists()
    desk.post(f"{address}decide/", {"only_good": "1"})
    do_all()
    assert Resident.objects.count() == 1
    assert "1" in text(desk.get(f"{address}?show=wrong"))


def test_a_heading_is_named_once(desk):
    heads = ("姓名", "住址", "联络号码")
    data = book({"居民": [heads, ("张三丰", "翠园3幢1单元502", "13800138000")]})
    _, address = hand_in(desk, data)
    do_all()
    page = text(desk.get(address))
    assert "联络号码" in page
    assert "未识别" in page
    columns = {"column_0": "name", "column_1": "address", "column_2": "name"}
    twice = desk.post(f"{address}columns/", columns)
    assert twice.status_code == 422
    assert "姓名" in text(twice)
    desk.post(f"{address}columns/", {**columns, "column_2": "phone"})
    do_all()
    assert "138****8000" in text(desk.get(address))
    _, again = hand_in(desk, data)
    do_all()
    assert RosterImport.objects.get(token=again.split("/")[-2]).state == "CHECKED"


def test_a_file_can_be_thrown_away(desk):
    _, address = hand_in(desk, clean([GOOD]))
    do_all()
    desk.post(f"{address}drop/")
    assert RosterImport.objects.get().state == "DROPPED"
    assert "张三丰" not in text(desk.get(address))


@pytest.mark.parametrize("register", ["residents", "households"])
def test_a_filled_in_template_comes_in(desk, register):
    answer = desk.get(f"{HOME}template/{register}/")
    made = openpyxl.load_workbook(io.BytesIO(answer.content))
    page = made.worksheets[0]
    heads = [cell.value for cell in page[1]]
    assert page.data_validations.dataValidation
    example = {"住址": GOOD[2], "姓名*": GOOD[0], "身份证号": GOOD[1], "居住状态": "出租"}
    page.append([example.get(head, "") for head in heads])
    assert "说明" in made.sheetnames
    out = io.BytesIO()
    made.save(out)
    _, address = hand_in(desk, out.getvalue(), register=register.upper())
    do_all()
    desk.post(f"{address}decide/")
    do_all()
    assert Household.objects.count() == 1
    assert Resident.objects.count() == (register == "residents")


def test_a_text_table_is_read_as_it_is(desk):
    data = "姓名,身份证号,住址\r\n{},{},{}\r\n".format(*GOOD).encode("gb18030")
    _, address = hand_in(desk, data, name="名册.csv")
    do_all()
    desk.post(f"{address}decide/")
    do_all()
    assert Resident.objects.count() == 1


def test_what_comes_in_with_a_remark_can_be_looked_at_first(desk):
    two = ("张三丰", "", "翠园3幢1单元502", "13800138000/13900139000")
    _, address = hand_in(desk, clean([two, ("李四", "", two[2], "")]))
    do_all()
    page = text(desk.get(address))
    assert "有 1 行会导入，但请先看一下" in page
    assert "只取本格第一个电话" in page
    assert "李四" not in page
    assert "李四" in text(desk.get(f"{address}?show=new"))


def test_a_remark_on_what_is_there_already_is_not_made_again(desk):
    data = clean([("张三丰", "", "翠园3幢1单元502", "13800138000/13900139000")])
    _, address = hand_in(desk, data)
    do_all()
    desk.post(f"{address}decide/")
    do_all()
    _, address = hand_in(desk, data)
    do_all()
    page = text(desk.get(address))
    assert "无需导入" in page
    assert "请先看一下" not in page


def test_what_changes_is_shown_with_what_stood_there(cast, desk):
    heads = ("姓名", "身份证号", "住址", "联系电话", "工作单位")
    _, address = hand_in(desk, book({"居民": [heads, (*GOOD, "机床厂")]}))
    do_all()
    desk.post(f"{address}decide/")
    do_all()
    moved = (GOOD[0], GOOD[1], "翠园5幢1单元101", "13900139000", "棉纺厂")
    entrance = Entrance.objects.create(building=cast.next_building, code="1", name="1单元")
    Dwelling.objects.create(entrance=entrance, room="101")
    _, address = hand_in(desk, book({"居民": [heads, moved]}))
    do_all()
    page = " ".join(re.sub(r"<[^>]*>", "", text(desk.get(address))).split())
    assert "联系电话 138****8000 → 139****9000" in page
    assert "工作单位 机床厂 → 棉纺厂" in page
    assert "翠园 3幢 1单元 502 → 翠园 5幢" in page
    assert "13800138000" not in page


EXAMPLES = {
    "party": {
        "姓名*": "张三丰", "身份证号": GOOD[1], "所在支部*": "第一党支部", "党员类型": "社区党员",
    },
    "teams": {"姓名*": "周宁", "所在网格*": "第一网格", "人员类型*": "居民骨干"},
    "needs": {
        "姓名*": "张三丰", "联系电话": GOOD[3], "重点人群类别*": "独居老人",
        "帮扶需求": "需要有人代取药", "走访频次": "每周", "帮扶责任人": "许中杰",
    },
    "talents": {
        "姓名*": "张三丰", "住址": GOOD[2], "特长": "书法", "是否同意公示": "是",
        "同意日期": "2026-01-05",
    },
    "organisations": {"单位名称*": "府东小学", "单位类型": "驻区单位", "服务小区": "翠园"},
}  # fmt: skip
MODELS = {
    "party": PartyMember,
    "teams": TeamMember,
    "needs": PriorityNeed,
    "talents": Talent,
    "organisations": Organisation,
}


@pytest.fixture
def ground(cast):
    """What the registers refer to: somebody on the roster, a branch, a kind, a group."""
    secretary, community = cast.actor(cast.shen), cast.community.pk
    home = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=secretary, at=NOW
    )
    person = Person(name=GOOD[0], id_number=GOOD[1], phone=GOOD[3])
    services.add_resident(household_id=home.pk, person=person, actor=secretary, at=NOW)
    services.add_party_unit(
        community_id=community, level="BRANCH", name="第一党支部", actor=secretary, at=NOW
    )
    services.add_kind(community_id=community, use="TEAM", name="居民骨干", actor=secretary, at=NOW)
    services.begin_need_groups(community_id=community, actor=secretary, at=NOW)


@pytest.mark.usefixtures("ground")
@pytest.mark.parametrize("register", sorted(EXAMPLES))
def test_the_template_of_every_register_comes_back_filled_in(cast, signed_in, register):
    office = signed_in(cast.shen)
    before = MODELS[register].objects.count()
    answer = office.get(f"{HOME}template/{register}/")
    made = openpyxl.load_workbook(io.BytesIO(answer.content))
    page, offered = made.worksheets[0], made["选项"]
    heads = [cell.value for cell in page[1]]
    said = EXAMPLES[register]
    words = {cell.value for row in offered for cell in row}
    assert {one for head, one in said.items() if head.strip("*") in words} <= words
    page.append([said.get(head, "") for head in heads])
    out = io.BytesIO()
    made.save(out)
    _, address = hand_in(office, out.getvalue(), register=register.upper())
    do_all()
    shown = text(office.get(address))
    assert said.get("姓名*", "府东小学") in shown
    assert "新增" in shown
    assert GOOD[1] not in shown
    assert GOOD[3] not in shown
    office.post(f"{address}decide/")
    do_all()
    assert "已导入 1 行" in text(office.get(address))
    assert MODELS[register].objects.count() == before + 1
    _, again = hand_in(office, out.getvalue(), register=register.upper())
    do_all()
    assert "无需导入" in text(office.get(again))


@pytest.mark.usefixtures("ground")
def test_each_register_is_offered_to_those_who_keep_it(cast, desk, signed_in):
    page = text(desk.get(HOME))
    for code in ("RESIDENTS", "TEAMS", "TALENTS", "ORGANISATIONS"):
        assert f'value="{code}"' in page
    for code in ("PARTY", "NEEDS"):
        assert f'value="{code}"' not in page
        assert desk.get(f"{HOME}template/{code.lower()}/").status_code == 404
    assert desk.get(f"{HOME}template/nothing/").status_code == 404
    answer, _ = hand_in(desk, clean([GOOD]), register="PARTY")
    assert answer.status_code == 422
    give(cast.li, RoleName.SOCIAL_WORKER, cast.community)
    social_worker = signed_in(cast.li)
    page = text(social_worker.get(f"{HOME}?register=NEEDS"))
    assert 'value="NEEDS"' in page
    assert 'value="RESIDENTS"' not in page


@pytest.mark.usefixtures("ground")
def test_what_is_left_out_is_told_and_can_be_said_otherwise(cast, desk):
    heads = ("单位名称", "单位性质", "联系人")
    data = book({"单位": [heads, ("府东小学", "学校", "王某")]})
    _, address = hand_in(desk, data, register="ORGANISATIONS")
    do_all()
    page = text(desk.get(address))
    assert "不导入的列" in page
    assert "联系人" in page
    assert "column_2" in text(desk.get(f"{address}?columns=1"))
    desk.post(f"{address}columns/", {"column_0": "name", "column_1": "", "column_2": ""})
    do_all()
    assert "单位类型" in text(desk.get(address))  # an organisation without a kind is wrong


@pytest.mark.usefixtures("ground")
def test_a_diagnosis_in_a_heading_is_refused_in_words(cast, signed_in):
    secretary = signed_in(cast.shen)
    heads = ("姓名", "身份证号", "重点人群类别", "所患疾病")
    data = book({"走访": [heads, ("张三丰", GOOD[1], "独居老人", "x")]})
    _, address = hand_in(secretary, data, register="NEEDS")
    do_all()
    page = text(secretary.get(address))
    assert "“所患疾病”属于按规定不予保存的内容" in page


@pytest.mark.usefixtures("ground")
@pytest.mark.parametrize(
    ("path", "register"),
    [
        ("/residents/party/", "PARTY"),
        ("/residents/teams/", "TEAMS"),
        ("/residents/needs/", "NEEDS"),
        ("/residents/talents/", "TALENTS"),
        ("/people/organisations/", "ORGANISATIONS"),
    ],
)
def test_each_list_leads_to_its_import(cast, signed_in, path, register):
    secretary = signed_in(cast.shen)
    link = f"{HOME}?register={register}"
    assert link in text(secretary.get(path))
    page = text(secretary.get(link))
    assert f'value="{register}" required id' in page or "checked" in page
    worker = signed_in(cast.xu)
    answer = worker.get(path)
    assert answer.status_code != 200 or link not in text(answer)


@pytest.mark.parametrize("who", ["xu", "outsider"])
def test_another_office_sees_nothing_of_it(cast, desk, signed_in, who):
    _, address = hand_in(desk, clean([GOOD]))
    do_all()
    other = signed_in(getattr(cast, who))
    assert other.get(address).status_code == 404
    assert other.post(f"{address}decide/").status_code == 404
    assert "名册" not in text(other.get(HOME)) or who == "outsider"


def test_wrong_rows_come_back_with_what_is_wrong_and_go_in_again(desk):
    heads = ("序号", "姓名", "住址", "联系电话", "备注")
    rows = [
        (1, "张三丰", "翠园3幢1单元502", "13800138000", ""),
        (2, "李四", "翠园8幢1单元502", "12", "-2+3"),
        (3, "王五", "翠园3幢1单元502", "110105194912310021", date(2024, 1, 2)),
    ]
    data = book({"一月": [("府东社区花名册",), heads, *rows]}, merged={"一月": ["A1:E1"]})
    _, address = hand_in(desk, data)
    do_all()
    columns = {"column_4": ""}
    desk.post(f"{address}columns/", columns)
    do_all()
    assert "下载有误的行" in text(desk.get(address))
    answer = desk.post(f"{address}wrong/")
    made = openpyxl.load_workbook(io.BytesIO(answer.content))
    page = made["一月"]
    got = [[cell.value for cell in row] for row in page]
    assert got[0] == [*heads, "错误原因"]
    assert [row[1] for row in got[1:]] == ["李四", "王五"]
    assert got[1][4] == "-2+3"
    assert page["E2"].data_type == "s"
    assert got[2][3] == "110105194912310021"
    assert "联系电话" in got[1][5]
    assert "没有“8”这栋楼" in got[1][5]
    (event,) = Event.objects.filter(name="people.roster_exported")
    assert (event.facts["list"], event.facts["rows"]) == ("wrong_rows", 2)
    page["C2"], page["D2"], page["D3"] = "翠园3幢1单元502", "13800138001", "13800138002"
    out = io.BytesIO()
    made.save(out)
    _, again = hand_in(desk, out.getvalue())
    do_all()
    assert "有误" not in text(desk.get(again)).replace("只导入无误", "")
    desk.post(f"{again}decide/")
    do_all()
    assert Resident.objects.count() == 2
    assert desk.post(f"{again}wrong/").status_code == 404
