"""Find the table in the city's workbook: titles above, merged cells, columns in any order."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineError, CalamineWorkbook

from linli.core.errors import Invalid
from linli.core.sheets import (
    WorkbookDamaged,
    fill_merged,
    plain_heading,
    refuse_bombs,
    refuse_what_is_no_workbook,
)
from linli.flows.hotline.fields import FIELDS
from linli.language.normal import is_spreadsheet_blank, normalise

ROWS_MAX = 5_000
COLUMNS_MAX = 100
_HEADINGS_WITHIN = 20  # rows from the top
_HEADING_LENGTH_MAX = 40


class NoTable(Invalid):
    """No sheet holds a row of headings with rows below it."""

    sentence = _(
        "There is no table in this workbook: no row of headings with orders below it. Please take "
        "the workbook as it came from the hotline platform."
    )
    field = "file"


class TooManyRows(Invalid):
    """More orders than a community gets in years."""

    sentence = _("This workbook has %(count)s rows; at most %(limit)s can be brought in at once.")
    field = "file"


class ColumnsMissing(Invalid):
    """A field that every order needs has no column."""

    sentence = _("Please say which column holds: %(names)s.")
    field = "columns"


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands in the file: its headings by place, and rows by their number there."""

    sheet: str
    headings: Mapping[int, str]
    rows: tuple[tuple[int, tuple[Any, ...]], ...]

    def heading(self, *, place: int | None) -> str:
        """Return how the file calls a column."""
        return self.headings.get(place, "") if place is not None else ""


def read_table(*, data: bytes, remembered: Mapping[str, str]) -> Table:
    """Return the sheet and the row of headings that look most like a list of orders.

    `remembered` are the headings that the community told us before, by field.

    :raises Invalid: when the file is no workbook, is damaged, or holds no table.
    """
    refuse_what_is_no_workbook(data=data)
    refuse_bombs(data=data)
    best: tuple[int, Table | None] = (0, None)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            page = book.get_sheet_by_name(name)
            cells = page.to_python(skip_empty_area=False)
            fill_merged(cells, page.merged_cell_ranges or [])
            score, table = _table_in(name, cells, remembered)
            if score > best[0]:
                best = (score, table)
    except (CalamineError, OSError, ValueError) as error:
        raise WorkbookDamaged from error
    if best[1] is None or not best[1].rows:
        raise NoTable
    if len(best[1].rows) > ROWS_MAX:
        raise TooManyRows(count=len(best[1].rows), limit=ROWS_MAX)
    return best[1]


def match_columns(*, table: Table, remembered: Mapping[str, str]) -> dict[str, int]:
    """Return the place of each field whose heading is known: as told before, or as cities do."""
    return _match(table.headings, remembered)


def require_columns(*, columns: Mapping[str, int]) -> None:
    """Refuse a table in which a field that every order needs has no column.

    :raises ColumnsMissing: with the names of what is missing.
    """
    missing = [one for one in FIELDS.values() if one.required and one.code not in columns]
    if missing:
        raise ColumnsMissing(names="、".join(str(one.name) for one in missing))


def _table_in(
    name: str, cells: Sequence[Sequence[Any]], remembered: Mapping[str, str]
) -> tuple[int, Table | None]:
    best: tuple[int, int, Mapping[int, str]] = (0, 0, {})
    for at, row in enumerate(cells[:_HEADINGS_WITHIN]):
        headings = _headings(row)
        # What is known counts most; among unknown rows the first full one is the headings'.
        score = 100 * len(_match(headings, remembered)) + min(len(headings), COLUMNS_MAX)
        if len(headings) >= 2 and score > best[0]:
            best = (score, at, headings)
    score, at, named = best
    if not named:
        return 0, None
    rows = tuple(
        (number, tuple(row))
        for number, row in enumerate(cells[at + 1 :], start=at + 2)
        if any(not is_spreadsheet_blank(value=row[place]) for place in named if place < len(row))
    )
    return score, Table(sheet=name, headings=named, rows=rows)


def _headings(row: Sequence[Any]) -> dict[int, str]:
    """Return the different headings of a row; a merged title is one text and so no headings."""
    found: dict[int, str] = {}
    for place, cell in enumerate(row[:COLUMNS_MAX]):
        heading = normalise(text=cell)[:_HEADING_LENGTH_MAX] if isinstance(cell, str) else ""
        if heading and heading not in found.values():
            found[place] = heading
    return found


def _match(headings: Mapping[int, str], remembered: Mapping[str, str]) -> dict[str, int]:
    named = {plain_heading(heading): place for place, heading in reversed(list(headings.items()))}
    found: dict[str, int] = {}
    told = {code: (heading,) for code, heading in remembered.items() if code in FIELDS}
    usual = {code: field.headings for code, field in FIELDS.items()}
    for names in (told, usual):
        for code, wanted in names.items():
            place = next(
                (named[plain_heading(one)] for one in wanted if plain_heading(one) in named), None
            )
            if place is not None and code not in found and place not in found.values():
                found[code] = place
    return found
