"""The layout of official papers: margins, 22 lines of 28 characters, the four typefaces.

Source: GB/T 9704-2012.
"""

import io
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

# Source: GB/T 9704-2012, 5.2: A4, top 37 mm, left 28 mm, text block 156 × 225 mm.
_TOP, _LEFT, _WIDTH, _HEIGHT = Mm(37), Mm(28), Mm(156), Mm(225)
_PAGE_WIDTH, _PAGE_HEIGHT = Mm(210), Mm(297)
_TITLE_SIZE, _BODY_SIZE, _PAGE_NUMBER_SIZE = Pt(22), Pt(16), Pt(14)  # 2号, 3号, 4号
_LINE = Pt(29)  # 22 lines in 225 mm
_TITLE_FACE, _BODY_FACE, _FIRST_FACE, _SECOND_FACE = (
    "方正小标宋简体",
    "仿宋_GB2312",
    "黑体",
    "楷体_GB2312",
)
_LATIN = "Times New Roman"
_ENDED = "一二三四五六七八九十"

_CENTRED = WD_ALIGN_PARAGRAPH.CENTER


class Paper:
    """A paper that is written from top to bottom."""

    def __init__(self) -> None:
        self._document = _blank()

    def title(self, text: str) -> None:
        """Write the title, 2号, in the middle, with a line of room below."""
        title = _paragraph(self._document, align=_CENTRED, indent=False)
        _write(title, text, _TITLE_FACE)
        _size(title, _TITLE_SIZE)
        title.paragraph_format.space_after = _LINE

    def day(self, day: date) -> None:
        """Write a day below the title."""
        line = _paragraph(self._document, align=_CENTRED, indent=False)
        _write(line, day_in_words(day), _SECOND_FACE)

    def first(self, number: int, text: str) -> None:
        """Write a heading of the first level: 一、, 黑体; it stays with what follows."""
        heading = _paragraph(self._document)
        heading.paragraph_format.keep_with_next = True
        _write(heading, f"{_ordinal(number)}、{text}", _FIRST_FACE)

    def body(self, text: str, *, led_by: str = "", keeps_next: bool = False) -> None:
        """Write a paragraph, 仿宋 3号, after words of the second level (楷体) if there are any."""
        line = _paragraph(self._document)
        line.paragraph_format.keep_with_next = keeps_next
        if led_by:
            _write(line, led_by, _SECOND_FACE)
        if text:
            _write(line, text, _BODY_FACE)

    def room(self, lines: int) -> None:
        """Leave lines to write on by hand."""
        for _line in range(lines):
            _write(_paragraph(self._document, indent=False), " ", _BODY_FACE, underlined=28)

    def content(self) -> bytes:
        """Return the paper as .docx."""
        stream = io.BytesIO()
        self._document.save(stream)
        return stream.getvalue()


def day_in_words(day: date) -> str:
    """Return a day as papers write it."""
    said = {"year": day.year, "month": day.month, "day": day.day}
    return _("%(year)s-%(month)s-%(day)s") % said


def _ordinal(number: int) -> str:
    """Write a number up to 99 the way headings are numbered: 一, 十, 二十三; above, in digits."""
    if number >= 100:
        return str(number)
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _ENDED[ones - 1]
    head = ("" if tens == 1 else _ENDED[tens - 1]) + "十"
    return head + (_ENDED[ones - 1] if ones else "")


def _blank() -> Any:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = _PAGE_WIDTH, _PAGE_HEIGHT
    section.top_margin, section.left_margin = _TOP, _LEFT
    section.right_margin = Mm(210 - 28 - 156)
    section.bottom_margin = Mm(297 - 37 - 225)
    _grid_of(section)
    _page_number(section)
    style = document.styles["Normal"]
    style.font.name, style.font.size = _LATIN, _BODY_SIZE
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _BODY_FACE)
    return document


def _grid_of(section: Any) -> None:
    """Set the document grid to 22 lines of 28 characters."""
    found = section._sectPr.find(qn("w:docGrid"))  # python-docx has no API for it
    grid = found if found is not None else OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), "579")
    grid.set(qn("w:charSpace"), "-849")
    if found is None:
        section._sectPr.append(grid)  # as above


def _page_number(section: Any) -> None:
    """Put “— 1 —” below the text block, in 4号 digits."""
    line = section.footer.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, kind in (("— ", ""), ("PAGE", "field"), (" —", "")):
        run = line.add_run("" if kind else text)
        run.font.size, run.font.name = _PAGE_NUMBER_SIZE, "宋体"
        if kind:
            for mark in ("begin", "", "end"):
                part = OxmlElement("w:fldChar" if mark else "w:instrText")
                if mark:
                    part.set(qn("w:fldCharType"), mark)
                else:
                    part.text = text
                run._r.append(part)  # fields have no API


def _paragraph(document: Any, *, align: Any = None, indent: bool = True) -> Any:
    paragraph = document.add_paragraph()
    layout = paragraph.paragraph_format
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, _LINE
    layout.space_before = layout.space_after = Pt(0)
    if align is not None:
        paragraph.alignment = align
    if indent:
        layout.first_line_indent = _BODY_SIZE * 2  # two characters
    return paragraph


def _write(paragraph: Any, text: str, face: str, *, underlined: int = 0) -> None:
    run = paragraph.add_run(text if not underlined else "　" * underlined)
    run.font.name, run.font.size = _LATIN, _BODY_SIZE
    run.font.underline = bool(underlined) or None
    run._element.rPr.rFonts.set(qn("w:eastAsia"), face)  # no API for East Asia


def _size(paragraph: Any, size: Any) -> None:
    for run in paragraph.runs:
        run.font.size = size
