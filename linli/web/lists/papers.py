"""Papers in the layout of GB/T 9704: margins, 22 lines of 28 characters, the four typefaces."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
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
_LINES_TO_WRITE = 2
_ENDED = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Item:
    """One matter as a paper says it: its title, facts beside it, and what the meeting said."""

    title: str
    facts: tuple[str, ...]
    said: str = ""


def sheet_paper(*, community: str, name: str, held_on: date, items: Sequence[Item]) -> bytes:
    """Return a meeting's sheet as .docx: printed before the meeting, or with its notes after it."""
    document = _blank()
    title = _paragraph(document, align=WD_ALIGN_PARAGRAPH.CENTER, indent=False)
    _write(title, _("%(community)s %(name)s") % {"community": community, "name": name}, _TITLE_FACE)
    _size(title, _TITLE_SIZE)
    title.paragraph_format.space_after = _LINE
    day = _paragraph(document, align=WD_ALIGN_PARAGRAPH.CENTER, indent=False)
    _write(day, _("%(year)s-%(month)s-%(day)s") % _day(held_on), _SECOND_FACE)
    about = _paragraph(document)
    _write(about, _("Matters on the agenda: %(n)s.") % {"n": len(items)}, _BODY_FACE)
    for number, item in enumerate(items, start=1):
        heading = _paragraph(document)
        heading.paragraph_format.keep_with_next = True
        _write(heading, f"{_ordinal(number)}、{item.title}", _FIRST_FACE)
        facts = _paragraph(document)
        facts.paragraph_format.keep_with_next = True
        _write(facts, "；".join(item.facts) + "。", _BODY_FACE)
        said = _paragraph(document)
        _write(said, _("What the meeting said:"), _SECOND_FACE)
        if item.said:
            _write(said, item.said, _BODY_FACE)
        else:
            for _line in range(_LINES_TO_WRITE):
                _write(_paragraph(document, indent=False), " ", _BODY_FACE, underlined=28)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _day(held_on: date) -> dict[str, int]:
    return {"year": held_on.year, "month": held_on.month, "day": held_on.day}


def _ordinal(number: int) -> str:
    """Write a number up to 99 the way headings are numbered: 一, 十, 二十三; above, in digits."""
    if number >= 100:
        return str(number)
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _ENDED[ones - 1]
    head = ("" if tens == 1 else _ENDED[tens - 1]) + "十"
    return head + (_ENDED[ones - 1] if ones else "")


# --- Layout -----------------------------------------------------------------------------------


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
