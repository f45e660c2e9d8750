"""Workbooks that go out: the blank template of a register, with a sheet that explains it."""

import io
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from linli.people.books.registers import Doors, Kind, Register

_ROWS_READY = 5_000  # rows of the template whose choices are offered
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False}

_DOORS = (
    "二、住址可以写在一格（翠园3幢2单元501），也可以分小区、楼栋、单元、室号四列填写。"
    "门牌须已在“网格地图”里建好。"
)
_CODES = "二、编码和名称以系统里已建好的为准，写法相近的系统会尽量认出。"
_HOW_TO = (
    "一、在“{title}”表从第二行起填写，一行一{unit}；列的顺序可以调整，用不到的列可以删除。"
    "带 * 的列必须填写。",
    "{doors}",
    "三、号码各列已设为文本格式，请勿改成数字，否则末尾几位会变成 0，系统不予导入。",
    "四、日期写成 2024-01-02、2024/1/2、2024年1月2日、20240102 都可以。",
    "五、没有的内容留空即可，“无”“—”“/”按空处理；空着的单元格不改动系统里原有的内容。",
    "六、现成的表不必誊抄到本模板：上传原表，认不出的列名在页面上指一次，下次同样的表自动认得。",
    "七、导入前先看预览：新增、变更、不变、有误各多少行，错在哪一行哪一列；确认后才写入。",
    "八、同一份表导入两次，第二次不会产生任何变化。原表加密保存，办完即删，最多保留两天。",
    "九、只登记服务需要的内容。请勿增加疾病诊断、社区矫正、吸毒、精神障碍、信访等列。",
)


def write_template(*, register: Register) -> bytes:
    """Return the blank workbook of a register: its sheet, and one that explains it."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, **_PLAIN}) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E8F0EC", "border": 1})
        text = book.add_format({"num_format": "@"})
        page = book.add_worksheet(register.title)
        offered: list[tuple[int, str, list[str]]] = []
        for place, column in enumerate(register.columns):
            page.set_column(place, place, column.width, text)
            page.write_string(0, place, column.heading + ("*" if column.required else ""), heading)
            if column.kind == Kind.CHOICE:
                offered.append((place, column.heading, list(first_words(words=column.words))))
        page.freeze_panes(1, 0)
        _explain(book, register, heading)
        _offer(book, page, offered, heading)
    return stream.getvalue()


def first_words(*, words: Any) -> dict[str, str]:
    """Return the word that is written for each code, under that word."""
    first: dict[str, str] = {}
    for word, code in words.items():
        first.setdefault(code, word)
    return {word: code for code, word in first.items()}


def _offer(book: Any, page: Any, offered: list[tuple[int, str, list[str]]], heading: Any) -> None:
    """Offer the words of each column: a sheet holds them, for a rule takes but 255 characters."""
    if not offered:
        return
    sheet = book.add_worksheet("选项")  # whose headings are those of no register
    for column, (place, name, words) in enumerate(offered):
        sheet.set_column(column, column, 24)
        sheet.write_string(0, column, f"可选：{name}", heading)
        for row, word in enumerate(words, start=1):
            sheet.write_string(row, column, word)
        if words:
            last = xl_rowcol_to_cell(len(words), column, row_abs=True, col_abs=True)
            first = xl_rowcol_to_cell(1, column, row_abs=True, col_abs=True)
            rule = {"validate": "list", "source": f"=选项!{first}:{last}", "error_type": "warning"}
            page.data_validation(1, place, _ROWS_READY, place, rule)


def _told(register: Register) -> list[str]:
    doors = _CODES if register.doors == Doors.NONE else _DOORS
    lines = [one.format(title=register.title, unit=register.unit, doors=doors) for one in _HOW_TO]
    return [*lines, *register.notes]


def _explain(book: Any, register: Register, heading: Any) -> None:
    page = book.add_worksheet("说明")
    title = book.add_format({"bold": True, "font_size": 16})
    body = book.add_format({"text_wrap": True, "valign": "top", "align": "left"})
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 8)
    page.set_column(2, 2, 24)
    page.set_column(3, 3, 60)
    page.merge_range(0, 0, 0, 3, f"邻里 · {register.title}名册导入模板", title)
    page.set_row(0, 28)
    how_to = _told(register)
    for number, line in enumerate(how_to, start=1):
        page.merge_range(number, 0, number, 3, line, body)
        page.set_row(number, 32)
    number = len(how_to) + 2
    for place, name in enumerate(("列", "必填", "示例", "说明")):
        page.write_string(number, place, name, heading)
    for column in register.columns:
        number += 1
        told = (column.heading, "是" if column.required else "", column.example, column.note)
        for place, value in enumerate(told):
            page.write_string(number, place, value, body)
