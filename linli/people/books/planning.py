"""What a workbook would do: each row new, changed, unchanged or wrong, and in which columns."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django.utils.translation import gettext as _

from linli.core.sheets import CellWrong, is_blank, read_date, read_text, says_nothing_in_words
from linli.language.normal import normalise
from linli.people.books.doors import Door, DoorFinder, DoorUnknown
from linli.people.books.reading import Line
from linli.people.books.registers import (
    ADDRESS,
    BUILDING,
    DOOR,
    ENTRANCE,
    ESTATE,
    ROOM,
    Column,
    Doors,
    Kind,
    Register,
)
from linli.people.models import RosterRow

Outcome = RosterRow.Outcome
_SHOWN_MAX = 60
_OFFERED_MOST = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong or to be seen in a row: the column's key, what stands there, a sentence."""

    column: str
    value: str
    sentence: str


@dataclass(slots=True)
class Planned:
    """One row with what it says and would do. `said` are plain values that JSON can hold."""

    number: int
    line: Line
    outcome: Outcome = Outcome.UNCHANGED
    subject_id: int | None = None
    said: dict[str, Any] = field(default_factory=dict)
    door: Door | None = None
    door_fault: tuple[str, str] | None = None  # column and sentence, where a door is but a help
    fields: list[str] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)  # what stands, of the changed fields
    faults: list[Fault] = field(default_factory=list)
    hints: list[Fault] = field(default_factory=list)

    def changes(self, *, fields: Iterable[str], standing: Mapping[str, Any]) -> None:
        """Keep which fields change and what stands there; without one nothing does."""
        self.fields = list(fields)
        self.before = {name: standing.get(name) or "" for name in self.fields}
        self.outcome = Outcome.CHANGED if self.fields else Outcome.UNCHANGED

    def wrong(self, *, column: str, sentence: str) -> None:
        """Keep a fault of the cell under this column; the first one says enough."""
        if not any(one.column == column for one in self.faults):
            self.faults.append(self._told(column, sentence))

    def hint(self, *, column: str, sentence: str) -> None:
        """Keep what somebody should see of a cell; the row comes in all the same."""
        self.hints.append(self._told(column, sentence))

    def _told(self, column: str, sentence: str) -> Fault:
        shown = self.line.cells.get(column, "")
        if isinstance(shown, float) and shown.is_integer():
            shown = int(shown)
        value = "" if is_blank(shown) else str(shown)[:_SHOWN_MAX]
        return Fault(column, value, sentence)

    def stands_twice(self, *, column: str, before: "Planned") -> None:
        """Say that a row above in the file is of the same person or thing."""
        facts = {"sheet": before.line.sheet, "row": before.line.line}
        sentence = _("This stands in the file already: %(sheet)s, row %(row)s.") % facts
        self.wrong(column=column, sentence=sentence)


class Planner(Protocol):
    """What a register makes of a row whose cells could be read."""

    def check(self, row: Planned) -> None:
        """Bring what the row says into the house's shape, or keep what is wrong with it."""

    def plan(self, row: Planned) -> None:
        """Set the row's outcome, subject and changed fields, or keep what is wrong."""


def planned_rows(
    *, lines: Iterable[Line], register: Register, doors: DoorFinder, planner: Planner
) -> Iterator[Planned]:
    """Give every row with what it would do, in the order of the file."""
    above: tuple[str, Mapping[str, str]] = ("", {})
    columns = [column for column in register.columns if column.key not in DOOR]
    memory: dict[tuple[str, Any], Any] = {}
    asked: dict[tuple[str, ...], list[Column]] = {}  # by the columns that a sheet has
    for number, line in enumerate(lines, start=1):
        row = Planned(number=number, line=line)
        if line.is_struck:
            row.wrong(column=next(iter(line.cells)), sentence=_struck())
        there = tuple(line.cells)
        if there not in asked:
            asked[there] = [one for one in columns if one.required or one.key in line.cells]
        for column in asked[there]:
            _read(row, column, memory)
        planner.check(row)
        if register.doors == Doors.NEEDED:
            above = _find_door(row, doors, above)
        elif register.doors == Doors.HELPFUL:
            _find_helpful_door(row, doors)
        if not row.faults:
            planner.plan(row)
        if row.faults:
            row.outcome = Outcome.WRONG
        if row.outcome in (Outcome.WRONG, Outcome.UNCHANGED):
            row.hints.clear()  # They are of what comes in.
        yield row


def _read(row: Planned, column: Column, memory: dict[tuple[str, Any], Any]) -> None:
    """Read one cell into what the row says; a blank one says nothing.

    `memory` are cells that were read before: words of choices and dates come again and again.
    """
    cell = row.line.cells.get(column.key)
    known = None if cell is None or cell == "" else memory.get((column.key, cell))
    if known is not None:
        row.said[column.key] = known
        return
    if is_blank(cell):
        if column.required:
            row.wrong(column=column.key, sentence=_empty(cell))
        return
    try:
        value = _value(cell, column)
    except CellWrong as wrong:
        row.wrong(column=column.key, sentence=str(wrong))
        return
    row.said[column.key] = value
    if column.kind in (Kind.CHOICE, Kind.DATE):
        memory[column.key, cell] = value


def _empty(cell: Any) -> str:
    if says_nothing_in_words(value=cell):
        word = normalise(text=cell)
        sentence = _("“%(word)s” says nothing. Fill the cell in, or delete the row.")
        return sentence % {"word": word}
    return _("This cell is empty.")


def _struck() -> str:
    return _(
        "This row is struck through. Delete it from the file if it is over; otherwise take the "
        "line away."
    )


def _value(cell: Any, column: Column) -> str | date | None:
    if column.kind == Kind.DATE:
        return read_date(cell)
    if column.kind == Kind.NUMBER:
        return _read_number(cell, column)
    text = read_text(cell, limit=column.limit)
    if column.kind != Kind.CHOICE:
        return text
    code = column.words.get(text.replace(" ", ""))
    if code is None:
        first: dict[str, str] = {}
        for word, known in column.words.items():
            first.setdefault(known, word)
        offered = "、".join(list(first.values())[:_OFFERED_MOST])
        offered += "…" if len(first) > _OFFERED_MOST else ""
        raise CellWrong(_("This is none of: %(words)s.") % {"words": offered})
    return code


def _read_number(cell: Any, column: Column) -> str:
    """Read the number of a paper or telephone, which a spreadsheet may have spoilt."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)  # Exact, whatever its length; its check character will tell.
    text = normalise(text=cell).lstrip("'`") if isinstance(cell, str) else cell
    if isinstance(text, str) and _is_spoilt(text):
        text = 1e17
    return read_text(text, limit=column.limit)


def _is_spoilt(text: str) -> bool:
    """Tell whether a text is how a spreadsheet shows a number too long for it: 1.10105E+17."""
    head, mark, tail = text.upper().replace(" ", "").partition("E+")
    return bool(mark) and tail.isdecimal() and head.replace(".", "", 1).isdecimal()


def _find_door(
    row: Planned, doors: DoorFinder, above: tuple[str, Mapping[str, str]]
) -> tuple[str, Mapping[str, str]]:
    """Find the row's door; a member of a household without an address lives where the head does."""
    try:
        named = _named(row)
    except DoorUnknown as wrong:
        row.wrong(column=wrong.column, sentence=str(wrong))
        return above
    is_member = row.said.get("relation") not in (None, "HEAD")
    if not named.keys() & {ADDRESS, ROOM} and is_member and above[0] == row.line.sheet:
        named = dict(above[1])
    try:
        row.door = doors.find(named=named)
    except DoorUnknown as unknown:
        row.wrong(column=_column_there(row, unknown.column), sentence=str(unknown))
    return row.line.sheet, named


def _find_helpful_door(row: Planned, doors: DoorFinder) -> None:
    """Find the door if the row names one; somebody may be known without it, or live elsewhere."""
    try:
        if named := _named(row):
            row.door = doors.find(named=named)
    except DoorUnknown as unknown:
        row.door_fault = (_column_there(row, unknown.column), str(unknown))


def _named(row: Planned) -> dict[str, str]:
    """Return what a row says of its door.

    :raises DoorUnknown: when a cell cannot be read.
    """
    named: dict[str, str] = {}
    for key in (ADDRESS, ESTATE, BUILDING, ENTRANCE, ROOM):
        try:
            text = read_text(row.line.cells.get(key), limit=120)
        except CellWrong as wrong:
            raise DoorUnknown(key, str(wrong)) from wrong
        if text:
            named[key] = text
    return named


def _column_there(row: Planned, column: str) -> str:
    """Return a column of the door that the file has: a fault stands where somebody can look."""
    if column in row.line.cells:
        return column
    return next((key for key in DOOR if key in row.line.cells), column)
