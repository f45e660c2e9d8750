"""The wrong rows of a workbook go back to the office: as they came, with what is wrong beside them.

Corrected, the file comes in again by itself: the column that says what is wrong is passed over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from linli.core import crypto
from linli.core.errors import NotFound
from linli.core.sheets import is_blank
from linli.people.books.batches import kept_rows
from linli.people.books.catalogue import register_of_import
from linli.people.books.planning import Fault, Outcome
from linli.people.books.reading import SHEET_LENGTH_MAX, Table, read_tables
from linli.people.books.receiving import FILE_FIELD, told_in
from linli.people.books.registers import FAULTS_HEADING, Register
from linli.people.models import RosterFile, RosterImport
from linli.people.workflow import ImportState

_DIGITS_KEPT = 10**15


@dataclass(frozen=True, slots=True)
class WrongTable:
    """The wrong rows of one sheet under its own headings; the last column says what is wrong."""

    sheet: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def wrong_rows(*, row: RosterImport) -> list[WrongTable]:
    """Return the rows of a checked file that are wrong, sheet by sheet, in its own columns.

    :raises NotFound: when the file waits for nobody's decision any more, or nothing is wrong.
    """
    if row.state != ImportState.CHECKED:
        raise NotFound
    register = register_of_import(row=row)
    found = row.rows.filter(outcome=Outcome.WRONG).order_by("number")
    faults = {
        (one.sheet, one.line): _said(one.faults, register)
        for one in kept_rows(rows=found.iterator(chunk_size=500), token=row.token)
    }
    returned = [_returned(table, faults) for table in _tables(row, register)]
    kept = [table for table in returned if table.rows]
    if not kept:
        raise NotFound
    return kept


def _tables(row: RosterImport, register: Register) -> list[Table]:
    sealed = RosterFile.objects.values_list("content_sealed", flat=True).get(roster_import=row)
    data = crypto.unseal_bytes(sealed=sealed, field=FILE_FIELD, row=str(row.token))
    told = told_in(community_id=row.community_id, register=row.register)
    return read_tables(data=data, register=register, told=told)


def _returned(table: Table, faults: Mapping[tuple[str, int], str]) -> WrongTable:
    sheet = table.sheet[:SHEET_LENGTH_MAX]
    wrong = [(cells, said) for line, cells in table.rows if (said := faults.get((sheet, line), ""))]
    old = {place for place, name in table.headings.items() if name == FAULTS_HEADING}
    wide = max((len(cells) for cells, _said in wrong), default=0)
    places = [one for one in range(max(wide, *table.headings, 0) + 1) if one not in old]
    while places and places[-1] not in table.headings and _is_empty(places[-1], wrong):
        places.pop()
    return WrongTable(
        sheet=table.sheet,
        headings=(*(table.headings.get(one, "") for one in places), FAULTS_HEADING),
        rows=tuple((*(_plain(cells, one) for one in places), said) for cells, said in wrong),
    )


def _is_empty(place: int, rows: Sequence[tuple[Sequence[Any], str]]) -> bool:
    return all(place >= len(cells) or is_blank(cells[place]) for cells, _said in rows)


def _plain(cells: Sequence[Any], place: int) -> Any:
    """Return a cell as a workbook keeps it: days as days, long numbers as text."""
    value = cells[place] if place < len(cells) else ""
    if isinstance(value, datetime):
        is_day = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date() if is_day else value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) >= _DIGITS_KEPT):
        return str(value)
    return value if isinstance(value, (int, float, str, date)) else str(value)


def _said(faults: Sequence[Fault], register: Register) -> str:
    """Return what is wrong with a row, each fault under its column's name."""
    headings = {one.key: one.heading for one in register.columns}
    return "；".join(
        f"{headings[one.column]}：{one.sentence}" if one.column in headings else one.sentence
        for one in faults
    )
