"""Workbooks as offices have them: made by somebody who knows their habits, not the importer's.

Numbers are made up; their check characters fit.
"""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Font

Rows = Sequence[Sequence[Any]]


def number_of(*, born: date, order: int = 1) -> str:
    """Return an ID number of Beijing's Chaoyang district that fits."""
    body = f"110105{born:%Y%m%d}{order:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def book(
    sheets: dict[str, Rows],
    *,
    merged: dict[str, Sequence[str]] | None = None,
    formats: dict[str, str] | None = None,
) -> bytes:
    """Return a workbook; `merged` are ranges by sheet, `formats` number formats by cell."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        page = made.create_sheet(title)
        for row in rows:
            page.append(list(row))
        for cells in (merged or {}).get(title, ()):
            page.merge_cells(cells)
        for cell, number_format in (formats or {}).items():
            page[cell].number_format = number_format
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def clean(rows: Rows, *, heads: Sequence[str] = ("姓名", "身份证号", "住址", "联系电话")) -> bytes:
    """A plain list, as the template asks for it."""
    return book({"居民": [heads, *rows]})


def under_titles(rows: Rows, heads: Sequence[str]) -> bytes:
    """A printed roster: a title over all columns, who filled it in, a total and signatures."""
    wide = len(heads)
    last = openpyxl.utils.get_column_letter(wide)
    made = openpyxl.Workbook()
    page = made.active
    page.title = "花名册"
    page["A1"] = "府东社区居民信息登记表（2026年）"
    page["A1"].font = Font(size=20, bold=True)
    page["A1"].alignment = Alignment(horizontal="center")
    page.merge_cells(f"A1:{last}1")
    page["A2"] = "填报单位：府东社区居民委员会　　　　填报时间：2026年2月"
    page.merge_cells(f"A2:{last}2")
    for place, head in enumerate(heads, start=1):
        page.cell(3, place, head).font = Font(bold=True)
    for at, row in enumerate(rows, start=4):
        for place, value in enumerate(row, start=1):
            page.cell(at, place, value)
    end = page.max_row + 1
    page.cell(end, 1, f"合计：{len(rows)}人")
    page.merge_cells(f"A{end}:{last}{end}")
    page.cell(end + 2, 1, "填表人：王芳")
    page.cell(end + 2, 3, "审核人：")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
