"""The registers over HTTP: lists with evidence, sheets written back, 12345 in and out."""

import html
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document
from docx.shared import Mm
from python_calamine import CalamineWorkbook

from linli.core.models import Event
from linli.flows.tests.test_hotline import LAMP, NOISE, a_workbook
from linli.matters import services
from linli.matters.models import Matter, MeetingSheet, Method, Note, Problem, ProblemList
from linli.matters.tests.test_lists import a_list, a_matter, a_sheet, add, put_right
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(autouse=True)
def _still(clock):
    """Let every request happen at `NOW`."""


def text_of(answer) -> str:
    return html.unescape(answer.content.decode())


def rows_of(answer) -> list[list[object]]:
    return (
        CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    )


def offered_in(page: str) -> set[int]:
    return {int(key) for key in re.findall(r'name="matter" value="(\d+)"', page)}


# --- Who may come in --------------------------------------------------------------------------


def every_address(cast: Cast) -> list[str]:
    matter = a_matter(cast)
    wanted, sheet = a_list(cast), a_sheet(cast, matter)
    return [
        f"/lists/problems/{wanted.pk}/",
        f"/lists/problems/{wanted.pk}/add/",
        f"/lists/meetings/{sheet.pk}/",
        f"/lists/meetings/{sheet.pk}/add/",
        f"/lists/meetings/{sheet.pk}/paper/",
        f"/lists/?community={cast.community.pk}",
        f"/lists/problems/?community={cast.community.pk}",
        f"/lists/meetings/?community={cast.community.pk}",
        f"/lists/meetings/new/?community={cast.community.pk}",
        f"/lists/hotline/?community={cast.community.pk}",
        f"/lists/hotline/form/?community={cast.community.pk}",
    ]


@pytest.mark.parametrize("who", ["outsider", "chen", "xu", "wang", "nobody_yet"])
def test_registers_of_others_do_not_exist(cast: Cast, signed_in, who):
    browser = signed_in(getattr(cast, who))
    for address in every_address(cast):
        assert browser.get(address).status_code == 404, address


@pytest.mark.parametrize("who", ["shen", "zhou_min"])
def test_the_office_opens_every_register(cast: Cast, signed_in, who):
    browser = signed_in(getattr(cast, who))
    for address in every_address(cast):
        assert browser.get(address).status_code == 200, address


def test_an_overseer_reads_and_does_not_write(cast: Cast, signed_in):
    browser, matter = signed_in(cast.gu), a_matter(cast)
    wanted = a_list(cast)
    page = text_of(browser.get(f"/lists/problems/{wanted.pk}/"))
    assert f"/lists/problems/{wanted.pk}/add/" not in page
    answer = browser.post(f"/lists/problems/{wanted.pk}/add/", {"matter": matter.pk})
    assert answer.status_code in (403, 422)
    assert not Problem.objects.exists()
    assert browser.get(f"/lists/hotline/form/?community={cast.community.pk}").status_code == 404


# --- Problem lists ----------------------------------------------------------------------------


def test_a_list_is_opened_filled_and_shows_its_evidence(cast: Cast, signed_in):
    browser = signed_in(cast.zhou_min)
    first, second = a_matter(cast), a_matter(cast, "外墙开裂", category_id=cast.dispute.pk)
    put_right(cast, first)
    answer = browser.post("/lists/problems/", {"name": "二季度急难愁盼", "code": ""})
    wanted = ProblemList.objects.get()
    assert answer.url == f"/lists/problems/{wanted.pk}/"
    # The first is closed, and open ones are offered first.
    assert offered_in(text_of(browser.get(f"{answer.url}add/"))) == {second.pk}
    numbers = f"{first.number}、{second.pk}"
    browser.post(f"{answer.url}add/", {"matter": [second.pk], "numbers": numbers})
    page = text_of(browser.get(answer.url))
    assert "已更换" in page
    assert 'value="1" max="2"' in page
    assert "已更换" not in text_of(browser.get(f"{answer.url}?part=open"))
    rows = rows_of(browser.post(f"{answer.url}export/", {"part": "closed"}))
    assert [row[0] for row in rows[1:] if isinstance(row[0], float)] == [2.0]
    assert Event.objects.filter(name="matters.exported").count() == 1


@pytest.mark.parametrize("numbers", ["9999", "2026-9999", "", "abc"])
def test_numbers_that_name_nothing_are_told_and_kept(cast: Cast, signed_in, numbers):
    browser, wanted = signed_in(cast.shen), a_list(cast)
    answer = browser.post(f"/lists/problems/{wanted.pk}/add/", {"numbers": numbers})
    assert answer.status_code == 422
    assert "error-summary" in text_of(answer)
    assert not numbers or f'value="{numbers}"' in text_of(answer)


def test_a_list_needs_a_name_and_a_number_of_its_own(cast: Cast, signed_in):
    browser = signed_in(cast.shen)
    a_list(cast, code="A1")
    for form in ({"name": ""}, {"name": "又一份", "code": "A1"}):
        answer = browser.post("/lists/problems/", form)
        assert answer.status_code == 422
        assert "error-summary" in text_of(answer)
    assert ProblemList.objects.count() == 1


def test_the_number_of_queries_of_a_list_does_not_grow(
    cast: Cast, signed_in, django_assert_max_num_queries
):
    browser, wanted = signed_in(cast.shen), a_list(cast)
    matters = [a_matter(cast) for _ in range(12)]
    add(cast, wanted, *matters)
    for matter in matters[:6]:
        put_right(cast, matter)
    browser.get("/lists/")
    with django_assert_max_num_queries(22):
        browser.get(f"/lists/problems/{wanted.pk}/")


# --- Meeting sheets ---------------------------------------------------------------------------


def test_a_sheet_is_drawn_written_in_and_printed(cast: Cast, signed_in):
    browser = signed_in(cast.zhou_min)
    first, second = a_matter(cast), a_matter(cast, "楼道堆物")
    answer = browser.post(
        "/lists/meetings/new/",
        {"name": "网格例会", "held_on": "2026-03-06", "matter": [first.pk, second.pk]},
    )
    sheet = MeetingSheet.objects.get()
    assert answer.url == f"/lists/meetings/{sheet.pk}/"
    one, two = sheet.items.order_by("position")
    browser.post(answer.url, {f"line_{one.pk}": "物业三日内修好", f"line_{two.pk}": ""})
    assert Note.objects.get().text == "物业三日内修好"
    browser.post(f"{answer.url}change/", {"step": f"down:{one.pk}"})
    assert [item.pk for item in sheet.items.order_by("position")] == [two.pk, one.pk]
    assert browser.post(f"{answer.url}change/", {"step": f"drop:{one.pk}"}).status_code == 409
    browser.post(f"{answer.url}change/", {"step": f"drop:{two.pk}"})
    assert sheet.items.count() == 1
    paper = Document(io.BytesIO(browser.get(f"{answer.url}paper/").content))
    words = "\n".join(paragraph.text for paragraph in paper.paragraphs)
    assert "府东社区网格例会议事单" in words
    assert "一、门口的路灯坏了" in words
    assert "会议意见：物业三日内修好" in words


def test_a_paper_has_the_layout_of_official_papers(cast: Cast, signed_in):
    sheet = a_sheet(cast, *[a_matter(cast) for _ in range(12)])
    answer = signed_in(cast.shen).get(f"/lists/meetings/{sheet.pk}/paper/")
    page = Document(io.BytesIO(answer.content)).sections[0]
    assert abs(page.top_margin - Mm(37)) < Mm(0.1)
    assert abs(page.left_margin - Mm(28)) < Mm(0.1)
    assert abs(page.page_width - page.left_margin - page.right_margin - Mm(156)) < Mm(0.1)
    assert abs(page.page_height - page.top_margin - page.bottom_margin - Mm(225)) < Mm(0.1)
    assert "filename*=utf-8''" in answer.headers["Content-Disposition"].lower()


def test_a_line_that_is_too_long_keeps_all_that_was_typed(cast: Cast, signed_in):
    browser, sheet = signed_in(cast.shen), a_sheet(cast, a_matter(cast), a_matter(cast))
    one, two = sheet.items.order_by("position")
    lines = {f"line_{one.pk}": "已议定", f"line_{two.pk}": "长" * 401}
    answer = browser.post(f"/lists/meetings/{sheet.pk}/", lines)
    assert answer.status_code == 422
    page = text_of(answer)
    assert 'value="已议定"' in page
    assert "长" * 401 in page
    assert not Note.objects.exists()


def test_an_empty_choice_makes_no_sheet(cast: Cast, signed_in):
    answer = signed_in(cast.shen).post(
        "/lists/meetings/new/", {"name": "网格例会", "held_on": "2026-03-06"}
    )
    assert answer.status_code == 422
    assert not MeetingSheet.objects.exists()


@pytest.mark.parametrize("what", ["open", "overdue", "disputes", "returned", "top", "all", "x"])
def test_matters_are_offered_by_a_filter(cast: Cast, signed_in, what):
    lamp = a_matter(cast)
    dispute = a_matter(cast, "楼上太吵", category_id=cast.dispute.pk)
    a_matter(cast, category_id=cast.referral.pk)  # restricted: never offered
    page = text_of(signed_in(cast.shen).get(f"/lists/meetings/new/?what={what}&grid=&q="))
    wanted = {dispute.pk} if what in ("open", "disputes", "all", "x") else set()
    wanted |= {lamp.pk} if what in ("open", "all", "x") else set()
    assert offered_in(page) == wanted


# --- 12345 ------------------------------------------------------------------------------------


def upload(browser, data: bytes, name: str = "工单.xlsx"):
    file = SimpleUploadedFile(name, data, content_type=XLSX)
    return browser.post("/lists/hotline/", {"file": file})


def test_a_workbook_is_looked_at_and_then_brought_in(cast: Cast, signed_in):
    browser = signed_in(cast.zhou_min)
    answer = upload(browser, a_workbook(LAMP, NOISE))
    preview = answer.url
    page = text_of(browser.get(preview))
    assert "20260304-0001" in page
    assert "138****8000" in page
    assert "13812348000" not in page
    assert not Matter.objects.exists()
    answer = browser.post(preview, {"category_3": cast.question.pk})
    assert answer.status_code == 302
    assert Matter.objects.get(hotline_number="20260304-0002").category == cast.question
    again = text_of(browser.get(preview))
    assert 'type="submit"' not in again
    assert Matter.objects.count() == 2


def test_wrong_rows_are_shown_and_the_good_ones_may_be_taken(cast: Cast, signed_in):
    browser = signed_in(cast.zhou_min)
    wrong = (*LAMP[:1], "昨天", *LAMP[2:])
    preview = upload(browser, a_workbook(wrong, NOISE)).url
    page = text_of(browser.get(preview))
    assert "昨天" in page
    assert "受理时间" in page
    answer = browser.post(preview, {})
    assert answer.status_code == 422
    assert not Matter.objects.exists()
    browser.post(preview, {"good_only": "1"})
    assert Matter.objects.count() == 1


def test_unknown_headings_are_asked_for_once(cast: Cast, signed_in):
    browser = signed_in(cast.zhou_min)
    data = a_workbook(("7-1", "路灯坏了"), ("7-2", "太吵了"), headings=("案号", "说了什么"))
    preview = upload(browser, data).url
    columns = browser.get(preview).url
    assert columns == f"{preview}columns/"
    assert "案号" in text_of(browser.get(columns))
    for wrong in ({"number": "案号"}, {"number": "案号", "text": "案号"}, {"number": "没有"}):
        assert browser.post(columns, wrong).status_code == 422
    assert browser.post(columns, {"number": "案号", "text": "说了什么"}).url == preview
    assert Method.objects.get(community=cast.community).hotline_columns["number"] == "案号"
    assert browser.get(upload(browser, data).url).status_code == 200


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "空.xlsx"),
        (b"not a workbook", "假.xlsx"),
        (b"number,text\n1,2\n", "表.csv"),
        (a_workbook(headings=("一", "二")), "无行.xlsx"),
    ],
)
def test_a_file_that_is_no_workbook_of_orders_gets_a_sentence(cast: Cast, signed_in, data, name):
    answer = upload(signed_in(cast.zhou_min), data, name)
    assert answer.status_code == 422
    assert "error-summary" in text_of(answer)


def test_somebody_elses_upload_is_not_there(cast: Cast, signed_in):
    preview = upload(signed_in(cast.zhou_min), a_workbook(LAMP)).url
    for who in ("zhou_ning", "gu", "outsider", "li"):
        browser = signed_in(getattr(cast, who))
        assert browser.get(preview).status_code == 404
        assert browser.post(preview, {}).status_code in (403, 404)
    assert not Matter.objects.exists()


@pytest.mark.parametrize("who", ["gu", "li"])
def test_only_the_desk_uploads(cast: Cast, signed_in, who):
    data = {"community": cast.community.pk}
    file = SimpleUploadedFile("a.xlsx", a_workbook(LAMP), content_type=XLSX)
    answer = signed_in(getattr(cast, who)).post("/lists/hotline/", data | {"file": file})
    assert answer.status_code == 403


def test_replies_go_out_in_the_citys_form_and_are_marked(cast: Cast, signed_in):
    browser = signed_in(cast.zhou_min)
    browser.post(upload(browser, a_workbook(LAMP, NOISE)).url, {})
    lamp = Matter.objects.get(hotline_number=LAMP[0])
    services.decline(matter_id=lamp.pk, actor=cast.actor(cast.shen), at=NOW, reason="属供电所职责")
    assert LAMP[0] in text_of(browser.get("/lists/hotline/?tab=reply"))
    form = {"number": "单号", "resolution": "办理情况", "handled_by": ""}
    browser.post("/lists/hotline/form/", form)
    rows = rows_of(browser.post("/lists/hotline/replies/", {}))
    assert rows == [["单号", "办理情况"], [LAMP[0], "属供电所职责"]]
    browser.post("/lists/hotline/replied/", {"matter": [lamp.pk]})
    assert LAMP[0] not in text_of(browser.get("/lists/hotline/?tab=reply"))
    assert LAMP[0] in text_of(browser.get("/lists/hotline/?tab=replied"))
    assert NOISE[0] in text_of(browser.get("/lists/hotline/?tab=open"))
    assert NOISE[0] not in text_of(browser.get("/lists/hotline/?tab=open&q=0001"))


def test_every_page_speaks_english_behind_the_switch(cast: Cast, signed_in):
    browser = signed_in(cast.shen)
    browser.cookies["linli_language"] = "en"
    for address in (*every_address(cast), "/overview/"):
        if not address.endswith("/paper/"):
            page = re.sub(r"<(script|head).*?</\1>", "", text_of(browser.get(address)), flags=re.S)
            assert "台账" not in page, address
            assert "总览" not in page, address
