"""Find the tables in a workbook: titles above, merged cells, several sheets, totals below."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineError, CalamineWorkbook

from linli.core.sheets import (
    ImportRefused,
    SheetTooLarge,
    WorkbookDamaged,
    fill_merged,
    is_blank,
    plain_heading,
    refuse_bombs,
    refuse_what_is_no_workbook,
)
from linli.core.sheets.guards import COLUMNS_MAX
from linli.language.normal import normalise
from linli.people.books.registers import DOOR, PASSED_OVER, Register

ROWS_MAX = 120_000
HEADING_LENGTH_MAX = 60

_HEADINGS_WITHIN = 20  # rows from the top
_KNOWN_LEAST = 2  # headings that make a row the row of headings
_SHEET_LENGTH_MAX = 60
_OLE = b"\xd0\xcf\x11\xe0"
_BELOW = re.compile(
    r"(合计|总计|小计|共计|总数|填表|制表|审核|负责人|填报|备注[:：]|注[:：]|说明[:：]|经办)"
)


class NoTable(ImportRefused):
    """No sheet holds a row of headings that we know, with rows below it."""

    sentence = _(
        "No table was found in this workbook: a row of headings such as %(headings)s, with rows "
        "below it. Please compare it with the template."
    )


class TooManyRows(ImportRefused):
    """More rows than one import takes."""

    sentence = _(
        "This workbook has more than %(limit)s rows. Please split it and bring the parts in one "
        "after the other."
    )


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet's table: headings by place, and rows by their line in the sheet."""

    sheet: str
    headings: Mapping[int, str]
    rows: tuple[tuple[int, Sequence[Any]], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row with its cells by column key."""

    sheet: str
    line: int
    cells: Mapping[str, Any]


def refuse_unreadable(*, data: bytes) -> None:
    """Say what an upload is that is no workbook; the old .xls is read, a text table is not.

    :raises ImportRefused: with what to do instead.
    """
    if data.startswith(_OLE):
        return
    refuse_what_is_no_workbook(data=data)
    refuse_bombs(data=data, rows_max=ROWS_MAX)


def read_tables(*, data: bytes, register: Register, told: Mapping[str, str]) -> list[Table]:
    """Return the tables of all sheets. `told` are headings that the community explained before.

    :raises ImportRefused: when the file cannot be read, or holds no table of this register.
    """
    refuse_unreadable(data=data)
    known = {*register.headings, *(heading for heading, column in told.items() if column)}
    tables: list[Table] = []
    total = 0
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            page = book.get_sheet_by_name(name)
            if page.total_height > ROWS_MAX or page.total_width > COLUMNS_MAX:
                raise SheetTooLarge(
                    sheet=name, rows=page.total_height, columns=page.total_width, limit=ROWS_MAX
                )
            cells = page.to_python(skip_empty_area=False)
            fill_merged(cells, _ranges(page))
            table = _table_in(name, cells, known)
            if table is not None and table.rows:
                tables.append(table)
                total += len(table.rows)
    except (CalamineError, OSError, ValueError) as error:
        raise WorkbookDamaged from error
    if not tables:
        wanted = (one.heading for one in register.columns if one.required or one.key in DOOR[:1])
        raise NoTable(headings="、".join(wanted))
    if total > ROWS_MAX:
        raise TooManyRows(limit=ROWS_MAX)
    return tables


def headings_of(*, tables: Sequence[Table]) -> list[str]:
    """Return every different heading of a workbook, in order."""
    return list(dict.fromkeys(one for table in tables for one in table.headings.values()))


def columns_of(
    *, headings: Sequence[str], register: Register, told: Mapping[str, str]
) -> dict[str, str]:
    """Return heading → column for what is known: as told before, or as offices usually write it.

    An empty column means that the heading is left out; a heading that nobody knows is missing.
    """
    found: dict[str, str] = {}
    for heading in headings:
        plain = plain_heading(heading)
        if plain in told:
            found[heading] = told[plain]
        elif plain in PASSED_OVER:
            found[heading] = ""
        elif (column := register.headings.get(plain)) is not None:
            found[heading] = column if column not in found.values() else ""
    return found


def lines_of(
    *, tables: Sequence[Table], columns: Mapping[str, str], register: Register
) -> Iterator[Line]:
    """Give the rows that say something, without totals and signatures below a table."""
    required = [one.key for one in register.columns if one.required]
    for table in tables:
        places = {
            key: place for place, name in table.headings.items() if (key := columns.get(name))
        }
        # A merged address reaches over rows that nobody filled in.
        own = [at for key, at in places.items() if key not in DOOR or not register.is_of_people]
        for number, row in table.rows:
            is_told = any(place < len(row) and not is_blank(row[place]) for place in own)
            if not is_told or _is_below(row, places, required) or _is_heading(row, table.headings):
                continue
            cells = {key: row[place] if place < len(row) else "" for key, place in places.items()}
            yield Line(table.sheet[:_SHEET_LENGTH_MAX], number, cells)


def _ranges(page: Any) -> Sequence[Any]:
    try:
        return page.merged_cell_ranges or []
    except (AttributeError, CalamineError):  # An .xls may not say.
        return []


def _table_in(name: str, cells: Sequence[Sequence[Any]], known: set[str]) -> Table | None:
    best: tuple[int, int] = (_KNOWN_LEAST - 1, -1)
    for at, row in enumerate(cells[:_HEADINGS_WITHIN]):
        names = {plain_heading(cell) for cell in row if isinstance(cell, str)}
        score = len(names & known)
        if score > best[0]:
            best = (score, at)
    at = best[1]
    if at < 0:
        return None
    headings: dict[int, str] = {}
    for place, cell in enumerate(cells[at]):
        heading = normalise(text=cell)[:HEADING_LENGTH_MAX] if isinstance(cell, str) else ""
        if heading and heading not in headings.values():
            headings[place] = heading
    rows = tuple(
        (number, row)
        for number, row in enumerate(cells[at + 1 :], start=at + 2)
        if any(not is_blank(row[place]) for place in headings if place < len(row))
    )
    return Table(sheet=name, headings=headings, rows=rows)


def _is_heading(row: Sequence[Any], headings: Mapping[int, str]) -> bool:
    """Tell whether a row is the headings again, as at the top of each printed page."""
    first = list(headings.items())[:_KNOWN_LEAST]
    return all(
        place < len(row) and normalise(text=str(row[place])) == heading for place, heading in first
    )


def _is_below(row: Sequence[Any], places: Mapping[str, int], required: Sequence[str]) -> bool:
    """Tell whether a row is a total or a signature: it begins with such a word, or has no name."""
    if not any(isinstance(cell, str) and _BELOW.match("".join(cell.split())) for cell in row):
        return False
    named = [places[key] for key in required if key in places]
    values = [row[place] for place in named if place < len(row) and not is_blank(row[place])]
    return not values or any(
        isinstance(value, str) and _BELOW.match(normalise(text=value).replace(" ", ""))
        for value in values
    )
