"""Tables that are no workbook: comma or tab separated text, and a web page's table named .xls.

Opened in a spreadsheet program and saved anew, such a file loses the ends of its ID numbers; so it
is read as it is.
"""

import codecs
import csv
import html
import io
import re

from linli.core.sheets.guards import WorkbookDamaged

_GAPS = ("\t", ",", ";")
_HEAD = 1 << 16
_FORMULA_OF_TEXT = re.compile(r'="([^"]*)"')  # how exports keep a spreadsheet from counting
# Bounded, so that a page without a closing bracket costs no more than another.
_TAG = re.compile(r"<(/?)(tr|td|th|br)\b([^<>]{0,500})>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]{0,2000}>")
_SPAN = re.compile(r"(col|row)span\s*=\s*[\"']?(\d{1,3})", re.IGNORECASE)
_SPAN_MAX = 200


def is_plain_table(*, data: bytes) -> bool:
    """Tell whether a file is a table of text or of a web page, by how it begins."""
    head = _decoded(data[:_HEAD], is_whole=len(data) <= _HEAD)
    if head is None or head.lstrip()[:1] in ("{", "["):
        return False
    return _is_web(head) or any(gap in head for gap in _GAPS)


def read_plain(*, data: bytes) -> list[list[str]]:
    """Return the rows of a table of text, each as long as the longest.

    :raises WorkbookDamaged: when its characters or its quotes cannot be read.
    """
    text = _decoded(data, is_whole=True)
    if text is None:
        raise WorkbookDamaged
    rows = _web_rows(text) if _is_web(text[:_HEAD]) else _text_rows(text)
    width = max((len(row) for row in rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _decoded(data: bytes, *, is_whole: bool) -> str | None:
    """Return the text: by its mark, else as UTF-8, else as Chinese Windows writes it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        names = ["utf-16"]
    else:
        names = [] if b"\0" in data[:_HEAD] else ["utf-8-sig", "gb18030"]
    for name in names:
        decoder = codecs.getincrementaldecoder(name)()
        try:
            return decoder.decode(data, is_whole)
        except UnicodeDecodeError:
            continue
    return None


def _is_web(head: str) -> bool:
    return "<table" in head.lower()


def _text_rows(text: str) -> list[list[str]]:
    first = text[:_HEAD].splitlines()[:20]
    gap = max(_GAPS, key=lambda one: sum(line.count(one) for line in first))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=gap))
    except csv.Error as error:
        raise WorkbookDamaged from error
    return [[_FORMULA_OF_TEXT.sub(r"\1", cell.strip()) for cell in row] for row in rows]


def _web_rows(text: str) -> list[list[str]]:
    """Return the rows of all tables of a page; a cell over several columns leaves them empty."""
    rows: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}  # column → how many rows a cell still reaches down
    tags = list(_TAG.finditer(text, text.lower().find("<table")))
    for tag, following in zip(tags, [*tags[1:], None], strict=True):
        is_end, name = bool(tag[1]), tag[2].lower()
        said = text[tag.end() : following.start() if following else len(text)]
        said = html.unescape(_ANY_TAG.sub("", said)).strip()
        if name == "br" and rows and rows[-1]:
            rows[-1][-1] += said
        elif name == "tr" and not is_end:
            rows.append([])
        elif name in ("td", "th") and not is_end and rows:
            row = rows[-1]
            while below.get(len(row), (0, ""))[0]:
                left, above = below[len(row)]
                below[len(row)] = (left - 1, above)
                row.append(above)
            spans = {one.lower(): min(int(many), _SPAN_MAX) for one, many in _SPAN.findall(tag[3])}
            if (down := spans.get("row", 1)) > 1:
                below[len(row)] = (down - 1, said)
            row += [said] + [""] * (spans.get("col", 1) - 1)
    return rows
