"""Read an .xlsx workbook as people make them: titles above, merged cells, columns in any order."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from linli.core.sheets import (
    SheetTooLarge,
    WorkbookDamaged,
    fill_merged,
    is_blank,
    plain_heading,
    refuse_bombs,
    refuse_what_is_no_workbook,
)
from linli.core.sheets.guards import COLUMNS_MAX, ROWS_MAX
from linli.language.normal import normalise
from linli.territory.imports.layout import SHEETS, Sheet
from linli.territory.imports.source import Fault, NoKnownSheet, NothingInFile, RawRow, Source

_HEADINGS_WITHIN = 20  # rows from the top


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
    fill_merged(table, page.merged_cell_ranges or [])
    at, places = _find_headings(sheet, table)
    if at is None:
        if any(not is_blank(cell) for row in table for cell in row):
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
        if all(is_blank(cell) for cell in row):
            continue
        values = {key: row[place] if place < len(row) else "" for key, place in places.items()}
        rows.append(RawRow(sheet.table, page.name, number, values))


def _no_headings(sheet: Sheet) -> str:
    wanted = "、".join(column.heading for column in sheet.columns if column.required)
    return _("No row with the headings %(headings)s was found.") % {"headings": wanted}


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
        if isinstance(cell, str) and (heading := plain_heading(cell)):
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
