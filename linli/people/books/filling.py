"""An upper office's form: where its table stands, which columns we know, and how it is filled.

The form keeps its look: only cells below its headings are written, and what stands below the table
(totals, who filled it in) moves down as far as the rows need.
"""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.core.sheets import (
    ImportRefused,
    WorkbookDamaged,
    fill_merged,
    plain_heading,
    refuse_bombs,
    refuse_what_is_no_workbook,
)
from linli.core.sheets.guards import COLUMNS_MAX
from linli.language.normal import normalise
from linli.people.books.catalogue import REGISTERS
from linli.people.books.registers import Register

FORM_ROWS_MAX = 10_000
"""A form is filled in memory, cell by cell, with its look."""

FORM_CELLS_MAX = 300_000
"""With a look or without: each of them is held in memory, one way in and one way out."""

NUMBERING = "number"
EXTRA: Mapping[str, tuple[str, ...]] = {
    NUMBERING: ("序号", "编号", "行号"),
    "age": ("年龄", "周岁", "实足年龄"),
    "grid": ("网格", "所属网格", "所在网格", "网格名称"),
    "community": ("社区", "所属社区", "村居", "社区名称", "所属村居"),
    "people": ("人数", "居住人数", "家庭人口", "人口数", "家庭人数"),
}
"""Columns that forms ask for and no workbook brings in: worked out from what is known."""

_OF_PEOPLE = frozenset({"age"})
_WITHIN = 30  # rows from the top
_KNOWN_LEAST = 2
_SHEETS_MOST = 30
_FOOTER = re.compile(
    r"(合计|总计|小计|共计|总数|填表|制表|审核|负责人|填报|经办|联系人[:：]|备注[:：]|注[:：]|说明[:：])"
)
_ROW_IN_FORMULA = re.compile(r"(\$?[A-Z]{1,3}\$?)(\d{1,7})")
_DAMAGED = (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, SyntaxError)
"""What the reader raises at broken parts; that XML is cut short is an error of its syntax."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class FormWithoutTable(ImportRefused):
    """No row of the form holds headings that we know."""

    sentence = _(
        "No row of headings was found in this form. At least two columns must be known, such as "
        "%(headings)s."
    )


@dataclass(frozen=True, slots=True)
class BlankForm:
    """Where a form's table stands; rows and columns count from 1. `footer` may be 0: none."""

    sheet: str
    headings: Mapping[int, str]
    first: int
    footer: int


def columns_offered(*, register: Register) -> list[tuple[str, str]]:
    """Return what a column of a form can be filled with: key and name, in the register's order."""
    known = [(one.key, one.heading) for one in register.columns]
    return [*known, *((key, names[0]) for key, names in EXTRA.items() if _fits(key, register))]


def columns_recognised(
    *, form: BlankForm, register: Register, told: Mapping[str, str]
) -> dict[str, str]:
    """Return heading → column for what is known, as told before or as offices write it.

    A heading that nobody knows is missing: its column stays blank unless somebody says more.
    """
    known = _known(register, told)
    found: dict[str, str] = {}
    for heading in form.headings.values():
        column = known.get(plain_heading(heading), "")
        if column and column not in found.values():
            found[heading] = column
    return found


def read_form(*, data: bytes, register: Register, told: Mapping[str, str]) -> BlankForm:
    """Return where the table of a form stands: on the sheet that has most headings we know.

    :raises ImportRefused: when the file cannot be read, or holds no such table.
    """
    known = frozenset(_known(register, told))
    found = [
        (_score(cells[at], known), form)
        for page in _open(data).worksheets[:_SHEETS_MOST]
        for cells in [_cells_of(page)]
        for at in [_heading_row(cells, known)]
        for form in [_form_at(page, cells, at, known)]
    ]
    score, form = max(found, key=lambda one: one[0], default=(0, None))
    if form is None or score < _KNOWN_LEAST:
        names = "、".join(one.heading for one in register.columns[:3])
        raise FormWithoutTable(headings=names)
    return form


def fill_form(
    *,
    data: bytes,
    form: BlankForm,
    columns: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
) -> bytes:
    """Return the form with a row for each of `rows`, column key → value, under its headings."""
    book = _open(data)
    page = book[form.sheet]
    ready = (form.footer or page.max_row + 1) - form.first
    if form.footer and len(rows) > ready:
        _make_room(page, form.footer, len(rows) - ready)
    places = [(at, columns[name]) for at, name in form.headings.items() if columns.get(name)]
    end = form.first + max(ready, 1)
    look = _look_of(page, form.first)
    for number, row in enumerate(rows, start=1):
        line = form.first + number - 1
        if line >= end:
            _dress(page, line, look)
        for place, key in places:
            _write(page.cell(line, place), number if key == NUMBERING else row.get(key))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fits(key: str, register: Register) -> bool:
    if key in _OF_PEOPLE:
        return register.is_of_people
    return key != "people" or not register.is_of_people


def _known(register: Register, told: Mapping[str, str]) -> dict[str, str]:
    extra = {name: key for key, names in EXTRA.items() if _fits(key, register) for name in names}
    own = {heading: column for heading, column in told.items() if column}
    return {**extra, **register.headings, **own}


def _open(data: bytes) -> Any:
    # It is slow to load, and most who import this module only ask for columns.
    from openpyxl import load_workbook

    refuse_what_is_no_workbook(data=data)
    refuse_bombs(data=data, rows_max=FORM_ROWS_MAX, cells_max=FORM_CELLS_MAX)
    try:
        return load_workbook(io.BytesIO(data), keep_links=False)
    except _DAMAGED as error:
        raise WorkbookDamaged from error


def _cells_of(page: Any) -> list[list[Any]]:
    """Return the top of a sheet, every merged cell saying what its block says."""
    wide = min(page.max_column, COLUMNS_MAX)
    rows = page.iter_rows(max_row=_WITHIN, max_col=wide, values_only=True)
    cells = [["" if one is None else one for one in row] for row in rows]
    ranges = [
        ((one.min_row - 1, one.min_col - 1), (one.max_row - 1, one.max_col - 1))
        for one in page.merged_cells.ranges
    ]
    fill_merged(cells, ranges)
    return cells or [[""]]


def _score(row: Sequence[Any], known: frozenset[str]) -> int:
    return len({plain_heading(cell) for cell in row if isinstance(cell, str)} & known)


def _heading_row(cells: Sequence[Sequence[Any]], known: frozenset[str]) -> int:
    """Return the row with most headings we know; of two alike the lower one, which is finer."""
    return max(range(len(cells)), key=lambda at: (_score(cells[at], known), at))


def _form_at(
    page: Any, cells: Sequence[Sequence[Any]], at: int, known: frozenset[str]
) -> BlankForm:
    """Return the table under a row of headings, of which a second row may be above or below."""
    last = at
    below = cells[at + 1] if at + 1 < len(cells) else []
    if _score([new for old, new in zip(cells[at], below, strict=False) if new != old], known):
        last = at + 1
    above = cells[at - 1] if at else []
    headings: dict[int, str] = {}
    for place, cell in enumerate(cells[at]):
        text = _text(below[place]) if last > at and _text(below[place]) else _text(cell)
        if not text and place < len(above) and plain_heading(_text(above[place])) in known:
            text = _text(above[place])
        if text and text not in headings.values():
            headings[place + 1] = text
    numbers = {place for place, name in headings.items() if plain_heading(name) in EXTRA[NUMBERING]}
    asked = [place for place in headings if place not in numbers]
    first, footer = last + 2, 0
    said = _said_below(page, first)
    for line in sorted(said):
        values = [_text(value) for value in said[line].values()]
        if any(_FOOTER.match(value.replace(" ", "")) for value in values if value):
            footer = line
            break
        if said[line].keys() & set(asked):
            first = line + 1
    return BlankForm(page.title, headings, first, footer)


def _said_below(page: Any, first: int) -> dict[int, dict[int, Any]]:
    """Return what the cells from a row on say, by row and column.

    Only cells that there are: a row far below that has but a border would bring a million others.
    """
    said: dict[int, dict[int, Any]] = {}
    for (line, place), cell in page._cells.items():
        if line >= first and place <= COLUMNS_MAX and cell.value not in (None, ""):
            said.setdefault(line, {})[place] = cell.value
    return said


def _text(value: Any) -> str:
    return normalise(text=value) if isinstance(value, str) else ""


def _make_room(page: Any, footer: int, more: int) -> None:
    """Move what stands below the table down, with its merged blocks, heights and formulas."""
    blocks = [one for one in list(page.merged_cells.ranges) if one.min_row >= footer]
    heights = {
        line: one.height
        for line, one in page.row_dimensions.items()
        if line >= footer and one.height is not None
    }
    for one in blocks:
        page.unmerge_cells(str(one))
    # `move_range` would make every cell down to the last one that only carries a style.
    for line, place in sorted((one for one in page._cells if one[0] >= footer), reverse=True):
        page._move_cell(line, place, more, 0)
    for one in blocks:
        one.shift(row_shift=more)
        page.merge_cells(str(one))
    for line in heights:
        page.row_dimensions[line].height = None
    for line, height in heights.items():
        page.row_dimensions[line + more].height = height
    for (line, _place), cell in page._cells.items():
        if line >= footer + more and cell.data_type == "f" and isinstance(cell.value, str):
            cell.value = _ROW_IN_FORMULA.sub(
                # A sum to the last blank row reaches over all the rows that were filled.
                lambda found: found[1] + str(int(found[2]) + more * (int(found[2]) >= footer - 1)),
                cell.value,
            )


@dataclass(frozen=True, slots=True)
class _Look:
    """How a row looks: its height, each cell's style by column, and blocks merged across."""

    height: float | None
    styles: Mapping[int, Any]
    blocks: Sequence[tuple[int, int]]


def _look_of(page: Any, line: int) -> _Look:
    wide = min(page.max_column, COLUMNS_MAX)
    return _Look(
        height=page.row_dimensions[line].height,
        styles={place: page.cell(line, place)._style for place in range(1, wide + 1)},
        blocks=[
            (one.min_col, one.max_col)
            for one in page.merged_cells.ranges
            if one.min_row == one.max_row == line
        ],
    )


def _dress(page: Any, line: int, look: _Look) -> None:
    """Give a row that was put in the look of the form's own rows."""
    from openpyxl.worksheet.cell_range import CellRange  # Slow to load; see `_open`.

    page.row_dimensions[line].height = look.height
    for place, style in look.styles.items():
        page.cell(line, place)._style = copy(style)
    for first, last in look.blocks:
        # `merge_cells` compares with every block there is, which takes minutes for 10,000 rows.
        block = CellRange(min_row=line, max_row=line, min_col=first, max_col=last)
        page.merged_cells.ranges.add(block)


def _write(cell: Any, value: Any) -> None:
    """Write a value and never a formula: what somebody typed stays text."""
    if value in (None, "") or type(cell).__name__ == "MergedCell":
        return
    if isinstance(value, date):
        cell.value = value
        if cell.number_format in ("General", "@"):
            cell.number_format = "yyyy-mm-dd"
    elif isinstance(value, int):
        cell.value = value
    else:
        text = _CONTROL.sub("", str(value))
        cell.value = text
        cell.data_type = "s"
        cell.number_format = "@"
        cell.quotePrefix = text[:1] in ("=", "+", "-", "@")


def register_of(*, code: str) -> Register | None:
    """Return the register whose rows may go into a form: residents or households."""
    return REGISTERS.get(code.upper()) if code in ("residents", "households") else None


def words_of(*, register: Register) -> Mapping[str, Mapping[str, str]]:
    """Return how a register's codes are written: column key → code → word."""
    return {
        one.key: {code: word for word, code in reversed(list(one.words.items()))}
        for one in register.columns
        if one.words
    }


def door_values(*, parts: Iterable[str], address: str) -> dict[str, Any]:
    """Return what the columns of a door say: whole, and in its four parts."""
    return {
        "address": address,
        **dict(zip(("estate", "building", "entrance", "room"), parts, strict=True)),
    }
