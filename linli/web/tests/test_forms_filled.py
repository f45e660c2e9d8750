"""An upper office's form: dropped in blank, looked at, handed back filled and looking as it did."""

import io
import re
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl.styles import Border, Font, Side

from linli.core.models import Event
from linli.core.sheets import SheetTooLarge
from linli.people import events, services
from linli.people.books import filling
from linli.people.models import RosterHeading
from linli.people.personal import Person
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HOME = "/residents/form/residents/"
NUMBER, PHONE = "11010519491231002X", "13800138000"
THIN = Side(style="thin")
BORDER = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)


@pytest.fixture
def home(cast):
    desk = cast.actor(cast.zhou_min)
    household = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    for person in (
        Person(name="=1+1", id_number=NUMBER, phone=PHONE, relation="HEAD"),
        Person(name="张小丰", birth_date=NOW.date().replace(year=2020)),
        Person(name="李四", sex="FEMALE"),
    ):
        services.add_resident(household_id=household.pk, person=person, actor=desk, at=NOW)
    return household


def printed_form(*, blank_rows=2):
    """A form as a subdistrict sends it: title, two rows of headings, lines, a total, signatures."""
    made = openpyxl.Workbook()
    page = made.active
    page.title = "附件1"
    page.append(["高龄老人信息统计表"])
    page.merge_cells("A1:G1")
    page["A1"].font = Font(size=20, bold=True)
    page.append(["序号", "姓名", "基本情况", None, None, "老人电话", "备注"])
    page.append([None, None, "性别", "身份证号码", "年龄", None, None])
    for block in ("A2:A3", "B2:B3", "C2:E2", "F2:F3", "G2:G3"):
        page.merge_cells(block)
    for line in range(4, 4 + blank_rows):
        page.row_dimensions[line].height = 31
        for place in range(1, 8):
            page.cell(line, place).border = BORDER
    end = 4 + blank_rows
    page.cell(end, 1, "合计")
    page.cell(end, 5, f"=SUM(E4:E{end - 1})")
    page.cell(end + 1, 1, "填表人：　　　　审核人：")
    page.merge_cells(start_row=end + 1, end_row=end + 1, start_column=1, end_column=7)
    page.column_dimensions["D"].width = 33
    return bytes_of(made)


def bytes_of(made):
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def drop_in(browser, data, *, home=HOME, asked="", name="附件1.xlsx"):
    upload = SimpleUploadedFile(name, data)
    return browser.post(f"{home}{asked}", {"file": upload})


def page_of(answer):
    assert answer.status_code == 200, answer
    return openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]


def test_a_printed_form_is_filled_and_keeps_its_look(cast, home, signed_in):
    browser = signed_in(cast.zhou_min)
    assert "/residents/form/residents/" in browser.get("/residents/").content.decode()
    sent = drop_in(browser, printed_form())
    assert sent.status_code == 302
    shown = browser.get(sent["Location"]).content.decode()
    for said in ("老人电话", "留空", "当前筛选共 3 行", "附件1.xlsx"):
        assert said in shown, said
    chosen = {
        "column_0": "number", "column_1": "name", "column_2": "sex", "column_3": "id_number",
        "column_4": "age", "column_5": "phone", "column_6": "",
    }  # fmt: skip
    page = page_of(browser.post(sent["Location"], chosen))
    got = [[cell.value for cell in row] for row in page.iter_rows(min_row=4, max_row=8)]
    assert got[0] == [1, "=1+1", "男" if int(NUMBER[16]) % 2 else "女", "110105********002X",
                      76, "138****8000", None]  # fmt: skip
    assert [row[1] for row in got[:3]] == ["=1+1", "张小丰", "李四"]
    assert page["B4"].data_type == "s"
    assert got[3][0] == "合计"
    assert got[3][4] == "=SUM(E4:E6)"
    assert got[4][0].startswith("填表人")
    assert {"A1:G1", "C2:E2", "A8:G8"} <= {str(one) for one in page.merged_cells.ranges}
    assert page["A1"].font.size == 20
    assert page["D6"].border.left.style == "thin"
    assert page.row_dimensions[6].height == 31
    assert page.column_dimensions["D"].width == 33
    (event,) = Event.objects.filter(name=events.ROSTER_EXPORTED)
    assert (event.facts["list"], event.facts["rows"], event.facts["open"]) == ("form", 3, False)


def test_what_somebody_said_of_a_heading_is_remembered(cast, home, signed_in):
    browser = signed_in(cast.zhou_min)
    where = drop_in(browser, printed_form())["Location"]
    browser.post(where, {"column_1": "name", "column_5": "phone", "column_4": "age"})
    told = list(RosterHeading.objects.values_list("heading", "column"))
    assert told == [("老人电话", "phone")]
    again = drop_in(browser, printed_form())["Location"]
    assert browser.get(again).content.decode().count("stays blank") == 0
    assert 'value="phone" selected' in browser.get(again).content.decode()


def test_full_numbers_need_a_reason_and_each_is_written_down(cast, home, signed_in):
    browser = signed_in(cast.zhou_min)
    where = drop_in(browser, printed_form(), asked="?age=elder")["Location"]
    chosen = {"column_1": "name", "column_3": "id_number", "column_5": "phone", "full": "1"}
    without = browser.post(where, chosen)
    assert without.status_code == 422
    assert 'value="phone" selected' in without.content.decode()
    page = page_of(browser.post(where, {**chosen, "reason": "街道发放津贴"}))
    assert (page["D4"].value, page["F4"].value) == (NUMBER, PHONE)
    assert page["B5"].value is None
    taken = Event.objects.filter(name=events.NUMBER_TAKEN_OUT)
    assert sorted(one.facts["field"] for one in taken) == ["id_number", "phone"]
    worker = signed_in(cast.xu)
    where = drop_in(worker, printed_form())["Location"]
    refused = worker.post(where, {**chosen, "reason": "街道发放津贴"})
    assert refused.status_code == 403


def test_households_go_into_a_form_of_one_row_of_headings(cast, home, signed_in):
    browser = signed_in(cast.zhou_min)
    made = openpyxl.Workbook()
    made.active.append(["小区", "楼栋", "室号", "居住状态", "居住人数", "所属网格"])
    address = "/residents/form/households/"
    where = drop_in(browser, bytes_of(made), home=address)["Location"]
    keys = ("estate", "building", "room", "status", "people", "grid")
    chosen = {f"column_{at}": key for at, key in enumerate(keys)}
    for key in keys:
        assert f'value="{key}" selected' in browser.get(where).content.decode()
    page = page_of(browser.post(where, chosen))
    assert [cell.value for cell in page[2]] == ["翠园", "3幢", "502", "在住", 3, "第一网格"]


def test_a_file_that_is_no_form_is_refused_with_what_to_do(cast, home, signed_in):
    browser = signed_in(cast.zhou_min)
    no_table = openpyxl.Workbook()
    no_table.active.append(["甲", "乙"])
    for data, said in (
        (b"%PDF-1.4 no workbook", "xlsx"),
        (bytes_of(no_table), "没有找到表头"),
        (b"", "空的"),
    ):
        answer = drop_in(browser, data)
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert browser.get("/residents/form/needs/").status_code == 404


def with_blank_cell(data, *, at, more=""):
    """Put a cell far below that only carries a style, as spreadsheet programs write it."""
    row = re.search(r"\d+", at)[0]
    cell = f'<row r="{row}"><c r="{at}" s="1"/></row></sheetData>{more}'
    return with_sheet(data, lambda xml: xml.replace("</sheetData>", cell))


def with_sheet(data, change):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            said = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                said = change(said.decode()).encode()
            new.writestr(name, said)
    return out.getvalue()


def test_a_border_far_below_makes_no_cells_between(cast, home, signed_in):
    data = with_blank_cell(printed_form(), at="Z100000")
    register = filling.register_of(code="residents")
    book = filling._open(data)
    opened = len(book.worksheets[0]._cells)
    form = filling.read_form(data=data, register=register, told={})
    assert form.footer == 6
    rows = [{"name": f"居民{number}"} for number in range(5)]
    columns = {"姓名": "name"}
    out = filling.fill_form(data=data, form=form, columns=columns, rows=rows)
    page = openpyxl.load_workbook(io.BytesIO(out)).worksheets[0]
    assert [page.cell(line, 2).value for line in range(4, 9)] == [one["name"] for one in rows]
    assert page["A9"].value == "合计"
    assert page.max_row == 100_003
    assert len(page._cells) < opened + 100


@pytest.mark.parametrize("block", ["A10:Z100000", "A1:XFD1048576", "C:D", "$A$1:$CV$9999"])
def test_a_merged_block_without_end_is_refused(block):
    merged = f'<mergeCells count="1"><mergeCell ref="{block}"/></mergeCells>'
    made = openpyxl.Workbook()
    made.active.append(["姓名", "性别"])
    data = with_sheet(
        bytes_of(made), lambda xml: xml.replace("</sheetData>", f"</sheetData>{merged}")
    )
    with pytest.raises(SheetTooLarge):
        filling.read_form(data=data, register=filling.register_of(code="residents"), told={})


def test_a_form_full_of_blank_cells_is_refused():
    cells = "<c/>" * 100
    rows = f"<row>{cells}</row>" * 3_100
    made = openpyxl.Workbook()
    made.active.append(["姓名", "性别"])
    data = with_sheet(
        bytes_of(made), lambda xml: xml.replace("</sheetData>", f"{rows}</sheetData>")
    )
    with pytest.raises(SheetTooLarge):
        filling.read_form(data=data, register=filling.register_of(code="residents"), told={})


def test_a_form_that_is_cut_short_is_damaged(cast, home, signed_in):
    browser = signed_in(cast.zhou_min)
    whole = printed_form()
    for data in (
        with_sheet(whole, lambda xml: xml[: len(xml) // 2]),
        with_sheet(whole, lambda xml: xml.replace("</row>", "", 1)),
        whole[:200] + bytes(60) + whole[260:],
    ):
        answer = drop_in(browser, data)
        assert answer.status_code == 422
        assert "损坏" in answer.content.decode()


def test_a_form_is_whose_it_is_and_gone_after_an_hour(cast, home, signed_in):
    browser = signed_in(cast.zhou_min)
    where = drop_in(browser, printed_form(), asked="?age=child")["Location"]
    other = signed_in(cast.shen).get(where)
    assert other.status_code == 302
    assert other["Location"] == f"{HOME}?age=child"
    assert signed_in(cast.chen).get(where).status_code == 404
