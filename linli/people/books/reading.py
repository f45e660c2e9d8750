"""Find the tables in a workbook: titles above, merged cells, several sheets, totals below."""

import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineError, CalamineWorkbook

from linli.core.sheets import (
    ImportRefused,
    Marks,
    OldWorkbook,
    SheetTooLarge,
    WorkbookDamaged,
    fill_merged,
    is_blank,
    is_plain_table,
    marks_of,
    plain_heading,
    read_plain,
    refuse_bombs,
    refuse_what_is_no_workbook,
    says_nothing_in_words,
)
from linli.core.sheets.guards import COLUMNS_MAX
from linli.language import never_kept
from linli.language.normal import normalise
from linli.people.books.registers import (
    ADDRESS,
    BUILDING,
    DOOR,
    PASSED_OVER,
    ROOM,
    Doors,
    Register,
)

ROWS_MAX = 120_000
HEADING_LENGTH_MAX = 60
SHEET_LENGTH_MAX = 60

_HEADINGS_WITHIN = 20  # rows from the top
_KNOWN_LEAST = 2  # headings that make a row the row of headings
_OLE = b"\xd0\xcf\x11\xe0"
_PLAIN_SHEET = "1"  # what the only sheet of a text table is called
_MAY_BE_BELOW = re.compile(r"\s*[合总小共填制审负备注说经]")
_BELOW = re.compile(
    r"(合计|总计|小计|共计|总数|填表|制表|审核|负责人|填报|备注[:：]|注[:：]|说明[:：]|经办)"
)
_TOTAL = re.compile(r"(合计|总计|小计|共计|总数)")
_ONE_BUILDING = re.compile(r"\s*第?[\dA-Za-z一二三四五六七八九十]{1,4}\s*(号楼|幢|栋|座|#|#楼)\s*")
_DITTO = frozenset({"同上", "同前", "〃", "″", '"', "”"})
_TITLE_LEAST = 3  # cells that all say the same: a title merged across the table


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


class ListsSideBySide(ImportRefused):
    """The same list twice in one sheet, to save paper: half of it would be lost."""

    sentence = _(
        "In the sheet “%(sheet)s” two columns are called “%(heading)s”: two lists stand side by "
        "side. Put one below the other, or give the second column another name."
    )


class NeverKept(ImportRefused):
    """The list itself, or one of its columns, is of what must not be kept."""

    sentence = _(
        "“%(name)s” is never kept here: no diagnoses, no lists of persons under supervision, no "
        "party dues, candidates or discipline. Delete it from the workbook, and choose the file "
        "again."
    )


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet's table: what stands above it, headings by place, and rows by their line."""

    sheet: str
    title: str
    headings: Mapping[int, str]
    rows: tuple[tuple[int, Sequence[Any]], ...]
    struck: frozenset[int] = frozenset()  # lines that somebody struck through


@dataclass(frozen=True, slots=True)
class Line:
    """One row with its cells by column key."""

    sheet: str
    line: int
    cells: Mapping[str, Any]
    is_struck: bool = False


def refuse_unreadable(*, data: bytes) -> None:
    """Say what an upload is that is no table; old .xls, text tables and web pages' are read.

    :raises ImportRefused: with what to do instead.
    """
    if data.startswith(_OLE) or (not data.startswith(b"PK") and is_plain_table(data=data)):
        return
    refuse_what_is_no_workbook(data=data)
    refuse_bombs(data=data, rows_max=ROWS_MAX)


def refuse_forbidden_name(*, name: str) -> None:
    """Refuse a file by the name it goes by; what it holds is looked at by `refuse_never_kept`.

    :raises NeverKept: with the name.
    """
    if never_kept.diagnosis_in(text=name):
        raise NeverKept(name=name[:HEADING_LENGTH_MAX])


def read_tables(*, data: bytes, register: Register, told: Mapping[str, str]) -> list[Table]:
    """Return the tables of all sheets of a file that `refuse_unreadable` let pass.

    `told` are headings that the community explained before.

    :raises ImportRefused: when the file cannot be read, or holds no table of this register.
    """
    told_here = (heading for heading, column in told.items() if column)
    known = {*register.headings, *PASSED_OVER, *register.not_kept, *told_here}
    tables: list[Table] = []
    total = 0
    for name, cells, marks in _pages(data):
        table = _table_in(name, cells, known, register, marks)
        if table is not None and table.rows:
            tables.append(table)
            total += len(table.rows)
    if not tables:
        told_by = DOOR[:1] if register.doors == Doors.NEEDED else ()
        wanted = (one.heading for one in register.columns if one.required or one.key in told_by)
        raise NoTable(headings="、".join(wanted))
    if total > ROWS_MAX:
        raise TooManyRows(limit=ROWS_MAX)
    return tables


def refuse_never_kept(*, tables: Sequence[Table], register: Register) -> None:
    """Refuse a workbook that is, or has a column, of what the rules of the field forbid.

    The long lists of residents and households come in without such a column (`columns_of`).

    :raises NeverKept: with the name of the sheet or column.
    """
    for table in tables:
        for name in (table.sheet, table.title):
            if never_kept.list_never_kept_in(name=name):
                raise NeverKept(name=name[:HEADING_LENGTH_MAX])
        for heading in table.headings.values() if register.refuses_columns else ():
            if never_kept.column_never_kept_in(heading=heading):
                raise NeverKept(name=heading)


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
        if never_kept.column_never_kept_in(heading=heading):
            found[heading] = ""  # whatever somebody told us of it
        elif plain in told:
            found[heading] = told[plain]
        elif plain in PASSED_OVER or plain in register.not_kept:
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
        needed = [places[key] for key in required if key in places]
        above: dict[str, Any] = {}
        for number, row in table.rows:
            is_told = any(place < len(row) and not is_blank(row[place]) for place in own) or any(
                place < len(row) and says_nothing_in_words(value=row[place]) for place in needed
            )
            if not is_told or _is_below(row, places, required) or _is_heading(row, table.headings):
                continue
            if _is_title(row, places):
                continue
            cells = {key: row[place] if place < len(row) else "" for key, place in places.items()}
            # 同上 stands for the last that was written out.
            above |= {key: cell for key, cell in cells.items() if not _is_ditto(cell)}
            cells = {key: above.get(key, cell) for key, cell in cells.items()}
            yield Line(table.sheet[:SHEET_LENGTH_MAX], number, cells, number in table.struck)


def _pages(data: bytes) -> Iterator[tuple[str, list[list[Any]], Marks]]:
    """Give the name, the cells and the marks of every sheet.

    :raises ImportRefused: when the file cannot be read, or a sheet reaches too far.
    """
    if not data.startswith((_OLE, b"PK")):
        rows = read_plain(data=data)
        _refuse_far(_PLAIN_SHEET, len(rows), len(rows[0]) if rows else 0)
        yield _PLAIN_SHEET, rows, Marks()
        return
    try:
        marks = {} if data.startswith(_OLE) else marks_of(data=data)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            page = book.get_sheet_by_name(name)
            _refuse_far(name, page.total_height, page.total_width)
            cells = page.to_python(skip_empty_area=False)
            own = marks.get(name, Marks())
            for (row, column), shown in own.broken.items():
                if row < len(cells) and column < len(cells[row]):
                    cells[row][column] = shown
            fill_merged(cells, _ranges(page))
            yield name, cells, own
    except (CalamineError, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise _unreadable(data) from error
    except BaseException as error:
        # The reader panics at some broken files, and a panic is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _unreadable(data) from None


def _refuse_far(sheet: str, rows: int, columns: int) -> None:
    if rows > ROWS_MAX or columns > COLUMNS_MAX:
        raise SheetTooLarge(sheet=sheet, rows=rows, columns=columns, limit=ROWS_MAX)


def _unreadable(data: bytes) -> ImportRefused:
    return OldWorkbook() if data.startswith(_OLE) else WorkbookDamaged()


def _ranges(page: Any) -> Sequence[Any]:
    try:
        return page.merged_cell_ranges or []
    except (AttributeError, CalamineError):  # An .xls may not say.
        return []


def _table_in(
    name: str, cells: list[list[Any]], known: set[str], register: Register, marks: Marks
) -> Table | None:
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
    last = ""  # a heading merged over two columns stands in both
    for place, cell in enumerate(cells[at]):
        heading = normalise(text=cell)[:HEADING_LENGTH_MAX] if isinstance(cell, str) else ""
        if heading and heading not in headings.values():
            headings[place] = heading
        elif heading != last and _is_required(heading, register):
            raise ListsSideBySide(sheet=name, heading=heading)
        elif heading and _says_more(place, heading, cells[at + 1 :], headings):
            headings[place] = _again(heading, headings.values())
        last = heading
    _name_building(name, cells[at + 1 :], headings, register)
    rows = tuple(
        (number, row)
        for number, row in enumerate(cells[at + 1 :], start=at + 2)
        if any(
            not is_blank(row[place]) or says_nothing_in_words(value=row[place])
            for place in headings
            if place < len(row)
        )
    )
    struck = frozenset(row + 1 for row in marks.struck)
    above = dict.fromkeys(cell for row in cells[:at] for cell in row if isinstance(cell, str))
    title = " ".join(filter(None, above))
    return Table(sheet=name, title=title, headings=headings, rows=rows, struck=struck)


def _says_more(
    place: int, heading: str, rows: Sequence[Sequence[Any]], headings: Mapping[int, str]
) -> bool:
    """Tell whether a second column of a name holds anything that the first does not."""
    first = next(at for at, name in headings.items() if name == heading)
    return any(
        place < len(row) and not is_blank(row[place]) and row[place] != row[first] for row in rows
    )


def _again(heading: str, taken: Collection[str]) -> str:
    """Return a name of its own for a heading that stands there again: nobody's column is lost."""
    numbered = (f"{heading[: HEADING_LENGTH_MAX - 4]} {n}" for n in count(2))
    return next(name for name in numbered if name not in taken)


def _is_required(heading: str, register: Register) -> bool:
    key = register.headings.get(plain_heading(heading))
    return key is not None and register.column(key=key).required


def _name_building(
    sheet: str, rows: Sequence[list[Any]], headings: dict[int, str], register: Register
) -> None:
    """Give a sheet for each building, with the building on its tab only, a column of it."""
    there = {register.headings.get(plain_heading(heading)) for heading in headings.values()}
    if ROOM not in there or there & {ADDRESS, BUILDING} or not _ONE_BUILDING.fullmatch(sheet):
        return
    width = max((len(row) for row in rows), default=0)
    headings[width] = register.column(key=BUILDING).heading
    for row in rows:
        row += [""] * (width - len(row))
        row.append(sheet)


def _is_heading(row: Sequence[Any], headings: Mapping[int, str]) -> bool:
    """Tell whether a row is the headings again, as at the top of each printed page."""
    first = list(headings.items())[:_KNOWN_LEAST]
    return all(
        place < len(row) and normalise(text=str(row[place])) == heading for place, heading in first
    )


def _is_ditto(cell: Any) -> bool:
    return isinstance(cell, str) and cell.strip() in _DITTO


def _is_title(row: Sequence[Any], places: Mapping[str, int]) -> bool:
    """Tell whether a row is a title again: one text, merged over the whole table."""
    said = {row[place] if place < len(row) else "" for place in places.values()}
    return len(places) >= _TITLE_LEAST and len(said) == 1 and isinstance(said.pop(), str)


def _is_below(row: Sequence[Any], places: Mapping[str, int], required: Sequence[str]) -> bool:
    """Tell whether a row is a total or a signature: it begins with such a word, or has no name."""
    first = next((cell for cell in row if not is_blank(cell)), "")
    if isinstance(first, str) and _TOTAL.match("".join(first.split())):
        return True
    words = [cell for cell in row if isinstance(cell, str) and _MAY_BE_BELOW.match(cell)]
    if not any(_BELOW.match("".join(word.split())) for word in words):
        return False
    named = [places[key] for key in required if key in places]
    values = [row[place] for place in named if place < len(row) and not is_blank(row[place])]
    return not values or any(
        isinstance(value, str) and _BELOW.match(normalise(text=value).replace(" ", ""))
        for value in values
    )
