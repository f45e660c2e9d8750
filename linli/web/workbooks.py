"""Workbooks that leave the house: .xlsx that WPS and Excel open, every text as text."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header

from linli.core.clocks import SHANGHAI

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TITLE_LENGTH_MAX = 31
_NOT_IN_TITLES = str.maketrans("[]:*?/\\", "       ")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its title, its columns (heading and width in characters), its rows."""

    title: str
    columns: Sequence[tuple[str | Promise, int]]
    rows: Iterable[Sequence[Any]]
    notes: Sequence[str] = ()  # what stands below the table


def workbook(*, sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook. Moments are written in Shanghai time; nothing is ever a formula."""
    stream = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, plain) as book:
        heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        for number, sheet in enumerate(sheets, start=1):
            title = sheet.title.translate(_NOT_IN_TITLES).strip("' ")[:_TITLE_LENGTH_MAX]
            page = book.add_worksheet(title or str(number))
            page.set_landscape()
            page.set_paper(9)
            page.fit_to_pages(1, 0)
            page.repeat_rows(0)
            page.freeze_panes(1, 0)
            for place, (name, width) in enumerate(sheet.columns):
                page.set_column(place, place, width)
                page.write_string(0, place, str(name), heading)
            at = 0
            for at, row in enumerate(sheet.rows, start=1):
                for place, value in enumerate(row):
                    _write(page, at, place, value, text=text, moment=moment, day=day)
            for line, note in enumerate(sheet.notes, start=at + 2):
                page.write_string(line, 0, note)
    return stream.getvalue()


def _write(
    page: Any, row: int, place: int, value: Any, *, text: Any, moment: Any, day: Any
) -> None:
    if isinstance(value, datetime):
        local = value.astimezone(SHANGHAI).replace(tzinfo=None)
        page.write_datetime(row, place, local, moment)
    elif isinstance(value, date):
        page.write_datetime(row, place, value, day)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        page.write_number(row, place, value, text)
    else:
        page.write_string(row, place, str(value or ""), text)


def download(*, content: bytes, name: str, media_type: str = MEDIA_TYPE) -> HttpResponse:
    """Return a file to keep under this name, Chinese or not."""
    response = HttpResponse(content, content_type=media_type)
    shown = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = shown or "attachment"
    return response
