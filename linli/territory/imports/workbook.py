"""Read an .xlsx workbook as people make them: titles above, merged cells, columns in any order."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from linli.language.normal import normalise
from linli.territory.imports import cells
from linli.territory.imports.layout import SHEETS, Sheet
from linli.territory.imports.source import (
    Fault,
    NoKnownSheet,
    NotAWorkbook,
    NothingInFile,
    OldWorkbook,
    RawRow,
    SheetTooLarge,
    Source,
    TextTable,
    WorkbookDamaged,
    WorkbookTooLarge,
)

UNPACKED_BYTES_MAX = 200 * 1024 * 1024
ROWS_MAX, COLUMNS_MAX = 100_000, 100
_HEADINGS_WITHIN = 20  # rows from the top
_CHUNK = 1 << 20

_MERGED_MAX = 2_000_000  # cells
_TAG = re.compile(rb"<(?:\w+:)?(c|row)(\s[^>]*?)?(/?)>")
_AT = re.compile(rb"\br=[\"']([A-Z]{0,3})(\d{1,9})[\"']")
_OLE = b"\xd0\xcf\x11\xe0"


def read_workbook(*, data: bytes) -> Source:
    """Return the rows of every sheet that is one of ours; other sheets are left alone.

    :raises ImportRefused: when the file as a whole cannot be read.
    """
    refuse_what_is_no_workbook(data=data)
    refuse_bombs(data=data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        found = [
            (sheet, book.get_sheet_by_name(name))
            for name in book.sheet_names
            if (sheet := _sheet_called(name)) is not None
        ]
    except (CalamineError, OSError, ValueError) as error:
        raise WorkbookDamaged from error
    if not found:
        raise NoKnownSheet(titles="、".join(sheet.title for sheet in SHEETS))
    rows: list[RawRow] = []
    faults: list[Fault] = []
    headings: dict[tuple[str, str], str] = {}
    for sheet, page in sorted(found, key=lambda pair: SHEETS.index(pair[0])):
        _read_sheet(sheet, page, rows, faults, headings)
    if not rows and not faults:
        raise NothingInFile
    return Source(rows=tuple(rows), faults=tuple(faults), headings=headings)


def refuse_what_is_no_workbook(*, data: bytes) -> None:
    """Say what a file is that is no .xlsx.

    :raises ImportRefused: with what to do instead.
    """
    if data.startswith(_OLE):
        raise OldWorkbook
    if not data.startswith(b"PK"):
        head = data[:4096]
        if b"\0" not in head and (b"," in head or b"\t" in head) and b"{" not in head[:1]:
            raise TextTable
        raise NotAWorkbook


def refuse_bombs(*, data: bytes) -> None:
    """Unpack once without keeping anything, counting bytes and how far each sheet reaches.

    A workbook of a few kilobytes can unpack to gigabytes, or hold one cell in the last column of
    the last row; the reader would make room for everything between.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise NotAWorkbook
            left = UNPACKED_BYTES_MAX
            # By entry, not by name: of two parts of one name the reader may take the other.
            for entry in archive.infolist():
                left = _unpack(archive, entry, left)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise WorkbookDamaged from error


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> int:
    """Read one part to its end and return how many bytes may still follow."""
    reach = _Reach()
    tail = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise WorkbookTooLarge(limit=UNPACKED_BYTES_MAX >> 20)
            # Every part, for a sheet may hide under any name.
            reach.follow(tail + chunk)
            tail = chunk[-256:]
    if reach.rows > ROWS_MAX or reach.columns > COLUMNS_MAX:
        raise SheetTooLarge(
            sheet=entry.filename.rpartition("/")[2],
            rows=reach.rows,
            columns=reach.columns,
            limit=ROWS_MAX,
        )
    return left


class _Reach:
    """How far the cells of a sheet reach that hold something."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._row = 0

    def follow(self, text: bytes) -> None:
        for tag, attributes, empty in _TAG.findall(text):
            place = _AT.search(attributes)
            if tag == b"row":
                self._row = int(place[2]) if place else self._row + 1
            elif not empty:  # A cell that only carries a style ends in “/>”.
                self.rows = max(self.rows, int(place[2]) if place else self._row)
                self.columns = max(self.columns, _column_number(place[1]) if place else 1)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheet_called(name: str) -> Sheet | None:
    plain = normalise(text=name).lower()
    for sheet in SHEETS:
        if plain == sheet.title or plain in sheet.also:
            return sheet
    # “3.楼栋”, “楼栋表”, “楼栋信息”
    plain = re.sub(r"^[\d.、\s]+|(?:表|信息|信息表|名单|清单|台账)$", "", plain)
    return next((sheet for sheet in SHEETS if plain == sheet.title), None)


def _read_sheet(
    sheet: Sheet,
    page: CalamineSheet,
    rows: list[RawRow],
    faults: list[Fault],
    headings: dict[tuple[str, str], str],
) -> None:
    if page.total_height > ROWS_MAX or page.total_width > COLUMNS_MAX:
        raise SheetTooLarge(
            sheet=page.name, rows=page.total_height, columns=page.total_width, limit=ROWS_MAX
        )
    table = page.to_python(skip_empty_area=False)
    _fill_merged(table, page.merged_cell_ranges or [])
    at, places = _find_headings(sheet, table)
    if at is None:
        if any(not cells.is_blank(cell) for row in table for cell in row):
            faults.append(Fault(page.name, 0, "", _no_headings(sheet)))
        return
    missing = [c for c in sheet.columns if c.required and c.key not in places]
    for column in missing:
        sentence = _("The column “%(heading)s” is missing.") % {"heading": column.heading}
        faults.append(Fault(page.name, at + 1, column.heading, sentence))
    for key, place in places.items():
        headings[page.name, key] = normalise(text=str(table[at][place]))
    if missing:
        return
    for number, row in enumerate(table[at + 1 :], start=at + 2):
        if all(cells.is_blank(cell) for cell in row):
            continue
        values = {key: row[place] if place < len(row) else "" for key, place in places.items()}
        rows.append(RawRow(sheet.table, page.name, number, values))


def _no_headings(sheet: Sheet) -> str:
    wanted = "、".join(column.heading for column in sheet.columns if column.required)
    return _("No row with the headings %(headings)s was found.") % {"headings": wanted}


def _fill_merged(table: list[list[Any]], ranges: Sequence[Any]) -> None:
    """Give every cell of a merged block what its first cell says."""
    filled = 0
    for (top, left), (bottom, right) in ranges:
        if top >= len(table) or left >= len(table[top]) or filled > _MERGED_MAX:
            continue
        filled += (min(bottom + 1, len(table)) - top) * (min(right + 1, len(table[top])) - left)
        value = table[top][left]
        for row in table[top : bottom + 1]:
            row[left : right + 1] = [value] * len(row[left : right + 1])


def _find_headings(
    sheet: Sheet, table: Sequence[Sequence[Any]]
) -> tuple[int | None, Mapping[str, int]]:
    """Return the row that holds most of the headings, and where each column stands."""
    best: tuple[int, int | None, Mapping[str, int]] = (1, None, {})
    for at, row in enumerate(table[:_HEADINGS_WITHIN]):
        places = _places(sheet, row)
        if len(places) > best[0]:
            best = (len(places), at, places)
    return best[1], best[2]


def _places(sheet: Sheet, row: Sequence[Any]) -> Mapping[str, int]:
    named: dict[str, int] = {}
    for place, cell in enumerate(row):
        if isinstance(cell, str) and (heading := _plain_heading(cell)):
            named.setdefault(heading, place)
    places: dict[str, int] = {}
    taken: set[int] = set()
    # The proper headings first: “编码” is the building's code only where “楼栋编码” is not there.
    for names_of in (lambda c: (c.heading,), lambda c: c.also):
        for column in sheet.columns:
            found = _first(names_of(column), named, taken)
            if found is not None and column.key not in places:
                places[column.key] = found
                taken.add(found)
    return places


def _first(names: Sequence[str], named: Mapping[str, int], taken: set[int]) -> int | None:
    for name in names:
        place = named.get(name.lower())
        if place is not None and place not in taken:
            return place
    return None


def _plain_heading(cell: str) -> str:
    """Return a heading without star, bracketed note and spaces: “*编码（必填）” → 编码."""
    return re.sub(r"\(.*?\)|[*\s:]", "", normalise(text=cell)).lower()
