"""A community moves in from its old spreadsheets in one afternoon: seven registers, three keepers.

The map is there already. Every workbook is as offices keep them: titles merged over the table, 无
and — and // where nothing is, days in five forms, a remark here and a total there, one mistake in
each that comes back with its reason and is put right in what was handed back.
"""

# ruff: noqa: DTZ001 — a day in a workbook has no time zone

import io
import re
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from linli.people.books.running import work
from linli.people.tests.dirty import number_of
from linli.territory.models import Dwelling, Entrance
from tests.cast import NOW, RoleName, give
from tests.journeys.hands import come_back, follow, press, read, words_of

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AFTER_LUNCH, GOING_HOME = NOW.replace(hour=13, minute=30), NOW.replace(hour=17, minute=30)

ZHANG = number_of(born=date(1952, 3, 6), order=11)  # 张建国
LI = number_of(born=date(1955, 8, 12), order=22)  # 李秀英
XIAODONG = number_of(born=date(1980, 1, 2), order=31)  # 张晓东
WANG = number_of(born=date(1949, 7, 5), order=51)  # 王德明
CHEN = number_of(born=date(1951, 10, 1), order=62)  # 陈桂兰
LIU = number_of(born=date(1938, 11, 20), order=71)  # 刘志强
WU = number_of(born=date(1990, 4, 4), order=82)  # 吴春梅
PHONES = {
    "张建国": "13900550101",
    "张晓东": "13900550303",
    "王德明": "13900550404",
    "刘志强": "13900550606",
    "赵玉珍": "13900550707",
    "周文华": "13900550808",
    "吴春梅": "13900550909",
}
CREDIT_CODE = "91350100M000100Y43"


# --- The office's workbooks -------------------------------------------------------------------


def as_kept(title, heads, rows, *, merged=(), foot="填表人：周敏", sheet="Sheet1"):
    """Return a printed list: a title and who fills it in, both merged, a total, a signature."""
    made = openpyxl.Workbook()
    page = made.active
    page.title = sheet
    last = openpyxl.utils.get_column_letter(len(heads))
    for line, text in ((1, title), (2, "填报单位：府东社区居委会（盖章）　　填表日期：2026.3.4")):
        page.cell(line, 1, text).font = Font(bold=line == 1, size=18 if line == 1 else 11)
        page.merge_cells(f"A{line}:{last}{line}")
    for row in (heads, *rows):
        page.append(list(row))
    page.append([f"合计：{len(rows)}"])
    page.append([foot, None, "审核人："])
    for cells in merged:
        page.merge_cells(cells)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


HOMES = ("序号", "楼栋", "单元", "房号", "户主", "房屋现状", "人口数", "面积")
HOMES_OF_CUIYUAN = as_kept(
    "府东社区住户情况登记表",
    HOMES,
    [
        (1, "翠园3幢", "1单元", 501.0, "张建国", "自住", "3人", "89.5㎡"),
        (2, None, "1单元", "502室", "—", "空关", "//", "89.5㎡"),
        (3, None, "二单元", 302, "王德明", "常住", "2人", "无"),
        (4, "翠园 5#", 1, "101", "刘志强", "常住", 1, "/"),
    ],
    merged=("B4:B6",),
)
HOMES_OF_GUIYUAN = as_kept(
    "府东社区住户情况登记表（桂苑）",
    HOMES,
    [
        (1, "桂苑1幢", "1单元", 201, "赵玉珍", "自住", "3人", "102㎡"),
        (2, "桂苑1幢", "1单元", 402, "（房东在外）", "已出租", "1人", "/"),
        (3, "桂苑9幢", "1单元", 301, "不详", "空房", "0", "—"),
    ],
)

PEOPLE = (
    *("序号", "姓名", "性别", "出生年月", "身份证号", "移动电话"),
    *("家庭住址", "与户主关系", "备注"),
)
AT_501, AT_302 = "翠园3幢1单元501", "翠园3号楼2单元302室"
PEOPLE_OF_CUIYUAN = as_kept(
    "府东社区居民花名册",
    PEOPLE,
    [
        (1, "张建国", "男", "1952.3.6", f"'{ZHANG}", PHONES["张建国"], AT_501, "户主", ""),
        (2, "李秀英", "女", "1955年8月12日", float(LI[:17] + "0"), "无", None, "妻", ""),
        (3, "张晓东", "男", datetime(1980, 1, 2), XIAODONG, 13900550303.0, None, "长子", "//"),
        (4, "王 德明", "男", 19490705, WANG, "139 0055 0404", AT_302, "户主", ""),
        (5, "陈桂兰", "女", "1951-10-1", CHEN, "—", None, "配偶", "/"),
        (6, "刘志强", "男", "1938年11月", LIU, PHONES["刘志强"], "翠园5-1-101", "本人", "独居"),
    ],
    merged=("G4:G6", "G7:G8"),
)
PEOPLE_OF_GUIYUAN = as_kept(
    "府东社区居民花名册（桂苑）",
    PEOPLE,
    [
        (1, "赵玉珍", "女", "58/6/30", "无", PHONES["赵玉珍"], "桂苑1幢1单元201", "户主", ""),
        (2, "周文华", "男", "1956/2/9", "——", PHONES["周文华"], None, "丈夫", ""),
        (3, "周小宝", "男", "2019年9月1日", "//", "无", "桂苑1幢201", "孙子", ""),
        (
            *(4, "吴春梅", "女", "/", WU, f"{PHONES['吴春梅']} 025-83190000"),
            *("桂苑一幢一单元402", "租客", "理发店"),
        ),
    ],
)

MEMBERS = ("序号", "党员姓名", "身份证号码", "手机", "组织归属", "党员类别", "入党时间", "工作单位")
MEMBER_ROWS = [
    (1, "张建国", ZHANG.lower(), "", "翠园支部", "退休", "1975年7月", "无"),
    (2, "赵玉珍", "无", 13900550707, "桂苑支部", "居民党员", "/", "//"),
    (3, "孙在职", "", "13912340000", "桂苑支部", "双报到党员", datetime(2010, 7, 1), "区人民医院"),
]

TEAMS = ("网格", "专职网格员", "居民骨干")
TEAM_ROWS = [
    ("1网格", "许中杰", "张晓东13900550303、王德明（139 0055 0404）"),
    ("第二网格", "孙丽", "周文化13900550808"),
]

NEEDS = (
    "序号",
    "对象姓名",
    "身份证号",
    "住址",
    "人群类别",
    "主要需求",
    "走访要求",
    "责任人",
    "年龄",
)
NEED_ROWS = [
    (
        1,
        "刘志强",
        LIU,
        "翠园5幢101",
        "独居老人",
        "不会用手机，要有人代买菜",
        "每周1次",
        "许中杰",
        87,
    ),
    (2, "赵玉珍", "无", "桂苑1-1-201", "困难家庭", "糖尿病，代取药", "1次/月", "孙丽", "67岁"),
]

TALENTS = ("序号", "姓名", "手机号码", "特长", "本人是否同意", "同意时间", "备注")
TALENT_ROWS = [
    (1, "王德明", "13900550404", "水电维修、书法", "同意", "2026.1.5", ""),
    (2, "吴春梅", 13900550909, "理发", "√", datetime(2026, 2, 1), "周三有空"),
    (3, "周文华", "13900550808", "二胡", "不同意", "/", ""),
    (4, "张晓东", "13900550303", "修自行车", "是", "—", "忘了问"),
]

UNITS = ("序号", "单位全称", "信用代码", "性质", "值班电话", "管辖小区", "负责人", "备注")
UNIT_ROWS = [
    (1, "安居物业", "/", "物业", "025-83190000", "翠园，桂苑", "钱经理", ""),
    (2, "府东卫生服务站", CREDIT_CODE, "事业单位", "（025）83190011", "无", "——", ""),
    (3, "惠民超市", "无", "小卖部", "025-8319 0022", "—", "老板娘", "烟酒"),
]


# --- What hands do with them ------------------------------------------------------------------


def open_import(page, path, register):
    """Go from the list of a register to where a workbook of it comes in."""
    page.goto(path)
    page.locator("#main").get_by_role("link", name="表格导入").last.click()
    assert page.get_by_label(register, exact=True).is_checked()


def choose_register(page, register):
    """Say what the next workbook lists."""
    page.goto("/residents/import/")
    page.get_by_label(register, exact=True).check()


def hand_in(page, data, clock, *, by_itself=False):
    """Choose a file and look at it first; the worker reads it meanwhile."""
    page.set_input_files(
        "input[type=file]", {"name": "花名册.xlsx", "mimeType": XLSX, "buffer": data}
    )
    send(page, "预览")
    let_worker_read(page, clock, by_itself=by_itself)


def send(page, label):
    """Press a button, and wait until the office has answered."""
    with page.expect_navigation(wait_until="commit"):
        press(page, label)


def let_worker_read(page, clock, *, by_itself=False):
    """Let the worker do what it can; the page goes on by itself, or somebody loads it again."""
    while work(at=clock.now):
        pass
    if by_itself:
        page.locator("#import-progress").wait_for(state="detached")
    else:
        page.goto(page.url, wait_until="domcontentloaded")


def name_columns(page, clock, **meanings):
    """Say what the headings mean that nobody knew, and let the rest be left out."""
    read(page, "各列分别是什么？")
    for heading, column in meanings.items():
        select = page.get_by_label(heading)
        assert select.input_value() == ""
        select.select_option(label=column)
    send(page, "继续")
    let_worker_read(page, clock)


def bring_in(page, clock, rows):
    """Bring in what is in order."""
    read(page, "文件没有问题")
    send(page, "确认导入")
    let_worker_read(page, clock)
    read(page, f"已导入 {rows} 行")


def bring_the_good_ones_in(page, clock, rows):
    """Keep the wrong rows, with what is wrong, and bring in the others; return what came back."""
    with page.expect_download() as coming:
        press(page, "下载有误的行（注明错误原因）")
    assert coming.value.suggested_filename.endswith(".xlsx")
    back = downloaded(coming)
    send(page, f"只导入无误的 {rows} 行")
    let_worker_read(page, clock)
    read(page, f"已导入 {rows} 行")
    return back


def downloaded(coming):
    """Return the workbook that a browser was handed."""
    with Path(coming.value.path()).open("rb") as file:
        return openpyxl.load_workbook(file)


def put_right(book, **cells):
    """Correct cells under their headings in the only row of what was handed back."""
    page = book.active
    heads = [cell.value for cell in page[1]]
    assert page.max_row == 2
    for heading, value in cells.items():
        page.cell(2, heads.index(heading) + 1).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def reason_in(book):
    """Return what is said of the only wrong row that was handed back."""
    heads, row = book.active.iter_rows(values_only=True)
    return dict(zip(heads, row, strict=True))["错误原因"]


def changes_nothing(page, register, data, clock):
    """Hand a file in again that has been brought in."""
    choose_register(page, register)
    hand_in(page, data, clock)
    read(page, "表里的内容都已登记，无需导入。")
    assert page.get_by_role("button", name="确认导入").count() == 0


def nothing_is_english(page):
    """Say that no sentence of the page was left in the language of the source."""
    said = page.locator("#main").inner_text() + page.title()
    assert re.findall(r"[A-Za-z]{2,}", said) == [], page.url


def rows_of(page):
    """Return the table of a page, cell by cell."""
    rows = page.locator("#main .table-cards tbody tr")
    rows.first.wait_for()
    return [[cell.strip() for cell in row.split("\t")] for row in rows.all_inner_texts()]


def find(page, asked):
    """Search the roster of residents as somebody types it, and return who is found."""
    page.goto("/residents/")
    page.fill("input[name=q]", asked)
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    page.wait_for_load_state()
    return page.locator(".table-cards tbody tr td:first-child").all_inner_texts()


# --- The afternoon ----------------------------------------------------------------------------


@pytest.fixture
def ground(cast):
    """The map as it was drawn in the morning: every door of three buildings; a social worker."""
    first = cast.entrance
    second = Entrance.objects.get(building=cast.building, code="2")
    more = [
        Entrance.objects.create(building=building, code="1", name="1单元")
        for building in (cast.next_building, cast.far_building)
    ]
    Dwelling.objects.bulk_create(
        Dwelling(entrance=one, room=str(100 * storey + flat), storey=storey)
        for one in (first, second, *more)
        for storey in range(1, 7)
        for flat in (1, 2)
        if (one, storey, flat) != (first, 5, 2)
    )
    give(cast.nobody_yet, RoleName.SOCIAL_WORKER, cast.community)
    return cast


def test_moving_in_in_one_afternoon(ground, browse, clock):
    cast = ground
    clock.now = AFTER_LUNCH
    staff = browse(cast.zhou_min)
    households_come_in(staff, clock)
    residents_come_in(staff, clock, cast)
    secretary = browse(cast.shen)
    party_comes_in(secretary, clock)
    teams_come_in(staff, clock, cast)
    needs_come_in(browse(cast.nobody_yet), clock)
    talents_and_organisations_come_in(staff, clock, cast)
    assert clock.now < GOING_HOME

    clock.now = GOING_HOME
    come_back(staff, cast.zhou_min)
    come_back(secretary, cast.shen)
    everybody_is_found(staff)
    everything_is_shown(staff, secretary)
    list_leaves_masked(staff, secretary)
    grid_worker_sees_own_grid(browse(cast.sun, phone=True))


def households_come_in(page, clock):
    open_import(page, "/residents/households/", "住户")
    hand_in(page, HOMES_OF_CUIYUAN, clock, by_itself=True)
    name_columns(page, clock, 房屋现状="居住状态")
    read(page, "翠园 3幢 2单元 302", "翠园 5幢 1单元 101")
    bring_in(page, clock, 4)

    # The next file of the kind is read by itself; one row names a building that there is not.
    clock.forward(minutes=10)
    choose_register(page, "住户")
    hand_in(page, HOMES_OF_GUIYUAN, clock)
    read(page, "表里有 1 行有误", "桂苑9幢")
    back = bring_the_good_ones_in(page, clock, 2)
    assert "9" in reason_in(back)
    right = put_right(back, 楼栋="桂苑1幢")
    choose_register(page, "住户")
    hand_in(page, right, clock)
    bring_in(page, clock, 1)
    changes_nothing(page, "住户", right, clock)
    clock.forward(minutes=10)


def residents_come_in(page, clock, cast):
    open_import(page, "/residents/", "居民台账")
    hand_in(page, PEOPLE_OF_CUIYUAN, clock)
    read(page, "各列分别是什么？")

    # Somebody comes to the counter; later the file still waits where it was left.
    page.goto("/desk/")
    clock.forward(minutes=50)
    come_back(page, cast.zhou_min)
    page.goto("/residents/import/")
    page.locator(".items .item").first.click()
    name_columns(page, clock, 移动电话="联系电话")

    # A number of eighteen digits was kept as a number; no number is shown in full.
    read(page, "表里有 1 行有误", "李秀英", "15")
    assert ZHANG not in page.content()
    back = bring_the_good_ones_in(page, clock, 5)
    assert "身份证号" in reason_in(back)
    right = put_right(back, 身份证号=LI)
    choose_register(page, "居民台账")
    hand_in(page, right, clock)
    bring_in(page, clock, 1)

    # The second file's telephones are understood at once; one cell holds two of them.
    choose_register(page, "居民台账")
    hand_in(page, PEOPLE_OF_GUIYUAN, clock)
    read(page, "有 1 行会导入，但请先看一下", "只取本格第一个电话")
    bring_in(page, clock, 4)
    changes_nothing(page, "居民台账", PEOPLE_OF_GUIYUAN, clock)
    clock.forward(minutes=20)


def party_comes_in(page, clock):
    page.goto("/residents/party/")
    read(page, "还没有党组织")
    for level, name, parent, grid in (
        ("党委", "中共府东社区委员会", "", ""),
        ("党支部", "府东社区翠园党支部", "中共府东社区委员会", "第一网格"),
        ("党支部", "府东社区桂苑党支部", "中共府东社区委员会", "第二网格"),
    ):
        page.goto("/residents/party/")
        follow(page.locator("#main"), "新增党组织")
        page.select_option("#id_level", label=level)
        page.fill("#id_name", name)
        if parent:
            page.select_option("#id_parent", label=parent)
            page.select_option("#id_area", label=f"{grid} · 网格")
        press(page, "保存")
        page.wait_for_url(re.compile(r"/residents/party/(\d+/)?$"))

    # A column of party dues is never kept: the file is refused as a whole, and says why.
    dues = [(*row, 60) for row in MEMBER_ROWS]
    open_import(page, "/residents/party/", "党员")
    hand_in(page, as_kept("府东社区党员花名册", (*MEMBERS, "党费"), dues), clock)
    read(page, "这份表未能导入", "“党费”")
    follow(page, "重新选择文件")
    assert page.get_by_label("党员", exact=True).is_checked()
    hand_in(page, as_kept("府东社区党员花名册", MEMBERS, MEMBER_ROWS), clock)
    name_columns(page, clock, 组织归属="所在支部")
    bring_in(page, clock, 3)
    as_before = as_kept("府东社区党员花名册", MEMBERS, MEMBER_ROWS)
    changes_nothing(page, "党员", as_before, clock)
    clock.forward(minutes=20)


def teams_come_in(page, clock, cast):
    come_back(page, cast.zhou_min)
    page.goto("/residents/teams/")
    follow(page.locator("#main"), "设定人员类别")
    for name, filled_by in (("网格员", "网格员"), ("居民骨干", "")):
        page.select_option("#id_use", label="网格团队")
        page.fill("#id_name", name)
        if filled_by:
            page.select_option("#id_filled_by", label=filled_by)
        press(page, "添加")
        read(page, "可以选用")
    open_import(page, "/residents/teams/", "网格团队")
    hand_in(page, as_kept("网格团队一览表", TEAMS, TEAM_ROWS), clock)
    read(page, "表里有 1 行有误", "周文化")
    back = bring_the_good_ones_in(page, clock, 2)
    assert "居民名册" in reason_in(back)
    right = put_right(back, 居民骨干="周文华 13900550808")
    choose_register(page, "网格团队")
    hand_in(page, right, clock)
    bring_in(page, clock, 1)
    changes_nothing(page, "网格团队", right, clock)
    clock.forward(minutes=20)


def needs_come_in(page, clock):
    page.goto("/residents/needs/")
    press(page, "先建立四类重点群体")
    open_import(page, "/residents/needs/", "重点关爱")
    hand_in(page, as_kept("重点关爱对象台账", NEEDS, NEED_ROWS, foot="填表人：新人"), clock)
    read(page, "表里有 1 行有误", "赵玉珍")
    back = bring_the_good_ones_in(page, clock, 1)
    assert "糖尿病" in reason_in(back)
    right = put_right(back, 主要需求="腿脚不便，代取药")
    choose_register(page, "重点关爱")
    hand_in(page, right, clock)
    bring_in(page, clock, 1)
    changes_nothing(page, "重点关爱", right, clock)

    # What help is needed is seen by whoever says why, and the need leads to its person.
    page.goto("/residents/needs/")
    follow(page.locator("#main table"), "刘志强")
    assert "买菜" not in words_of(page)
    follow(page, "查看需要的帮助")
    page.locator("dialog[open] textarea, dialog[open] input[name=reason]").first.fill("安排代买")
    press(page.locator("dialog[open]"), "查看需要的帮助")
    read(page, "不会用手机，要有人代买菜", "每周", "许中杰", "独居老人")
    nothing_is_english(page)
    follow(page.locator("#main"), "翠园")
    read(page, "独居老人")
    clock.forward(minutes=20)


def talents_and_organisations_come_in(page, clock, cast):
    come_back(page, cast.zhou_min)
    open_import(page, "/residents/talents/", "能人库")
    hand_in(page, as_kept("社区能人登记表", TALENTS, TALENT_ROWS), clock)
    read(page, "表里有 1 行有误", "张晓东")
    back = bring_the_good_ones_in(page, clock, 2)
    right = put_right(back, 同意时间=datetime(2026, 3, 4))
    choose_register(page, "能人库")
    hand_in(page, right, clock)
    bring_in(page, clock, 1)
    changes_nothing(page, "能人库", right, clock)

    clock.forward(minutes=20)
    open_import(page, "/people/organisations/", "单位")
    hand_in(page, as_kept("辖区单位名录", UNITS, UNIT_ROWS), clock)
    read(page, "表里有 1 行有误", "小卖部")
    back = bring_the_good_ones_in(page, clock, 2)
    right = put_right(back, 性质="商户")
    choose_register(page, "单位")
    hand_in(page, right, clock)
    bring_in(page, clock, 1)
    changes_nothing(page, "单位", right, clock)


# --- What everybody sees afterwards -----------------------------------------------------------


def everybody_is_found(page):
    """By a name, its first letters, or the last four digits of a telephone or an ID number."""
    assert find(page, "王德明") == ["王德明"]
    assert find(page, "lxy") == ["李秀英"]
    assert find(page, "0606") == ["刘志强"]
    assert find(page, CHEN[-4:]) == ["陈桂兰"]
    follow(page.locator("#main table"), "陈桂兰")
    assert CHEN not in page.content()
    read(page, CHEN[-4:])
    find(page, "zjg")
    follow(page.locator("#main table"), "张建国")
    read(page, "139****0101")
    assert PHONES["张建国"] not in page.content()
    assert ZHANG not in page.content()
    follow(page.locator("#main dl"), "翠园 3幢 1单元 501")
    page.wait_for_url("**/households/*/")
    lives_there = page.locator("#main section").filter(has_text="李秀英")
    lives_there.wait_for()
    names = lives_there.locator(".item-title").all_inner_texts()
    assert sorted(names) == sorted(["张建国", "李秀英", "张晓东"])
    nothing_is_english(page)


def everything_is_shown(staff, secretary):
    """How much there is of each register, what is still missing, and who stands where."""
    staff.goto("/residents/households/")
    read(staff, "在住 4 · 空置 2 · 出租 1", "桂苑 1幢 1单元 402")
    assert rows_of(staff)[-1] == ["桂苑 1幢 1单元 402", "出租", "1", "—"]
    nothing_is_english(staff)

    staff.goto("/residents/teams/")
    read(staff, "每个网格各类人员都齐全。")
    assert rows_of(staff) == [
        ["第一网格", "1 许中杰", "2 张晓东、王德明", "—"],
        ["第二网格", "1 孙丽", "1 周文华", "—"],
    ]
    nothing_is_english(staff)

    staff.goto("/residents/talents/")
    assert [(row[0], row[1], row[4]) for row in rows_of(staff)] == [
        ("王德明", "水电维修 书法", "2026-01-05"),
        ("吴春梅", "理发", "2026-02-01"),
        ("张晓东", "修自行车", "2026-03-04"),
    ]
    nothing_is_english(staff)

    staff.goto("/people/organisations/")
    units = {row[0]: row[1:4] for row in rows_of(staff)}
    assert units["安居物业"] == ["物业公司", "翠园、桂苑", "025-83190000"]
    assert units["府东卫生服务站"][0] == units["惠民超市"][0] == "驻区单位"
    nothing_is_english(staff)

    secretary.goto("/residents/party/")
    read(secretary, "中共府东社区委员会")
    assert rows_of(secretary)[1] == ["第二网格", "府东社区桂苑党支部", *"110002"]
    nothing_is_english(secretary)
    follow(secretary.locator(".party-tree"), "桂苑党支部")
    read(secretary, "赵玉珍", "孙在职", "区人民医院")
    nothing_is_english(secretary)
    follow(secretary.locator("#main"), "赵玉珍")
    secretary.wait_for_url("**/party/members/*/")
    read(secretary, "赵玉珍", "府东社区桂苑党支部")

    secretary.goto("/residents/needs/")
    assert {(row[0], *row[2:]) for row in rows_of(secretary)} == {
        ("刘志强", "独居老人", "每周", "许中杰"),
        ("赵玉珍", "困难家庭", "每月", "孙丽"),
    }
    nothing_is_english(secretary)


def list_leaves_masked(staff, secretary):
    """The list of residents leaves as the page shows it, and the secretary reads that it did."""
    staff.goto("/residents/")
    shown = rows_of(staff)
    assert len(shown) == 10
    with staff.expect_download() as coming:
        press(staff, "导出当前列表")
    rows = list(downloaded(coming).active.iter_rows(min_row=2, values_only=True))
    assert [[as_shown(cell) for cell in row] for row in rows] == shown
    assert not any(number in str(rows) for number in PHONES.values())
    secretary.goto("/residents/openings/")
    read(secretary, "周敏", "居民台账")
    nothing_is_english(secretary)


def as_shown(cell):
    """Return a cell of a workbook as a page shows it."""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}"
    return cell or "—"


def grid_worker_sees_own_grid(page):
    """Whoever keeps the second grid finds those who live there, on a phone, and nobody else."""
    assert find(page, "赵玉珍") == ["赵玉珍"]
    assert find(page, "张建国") == []
    read(page, "没有找到")
