"""Say what a workbook of orders would do, row by row, before anything is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from linli.flows.hotline import cells
from linli.flows.hotline.cells import CellWrong
from linli.flows.hotline.places import NOWHERE, PlaceFinder, Spot
from linli.flows.hotline.reading import Table, require_columns
from linli.language.normal import is_blank_text
from linli.language.suggest import Candidate, suggest
from linli.matters import queries, registers

NUMBER_LENGTH_MAX = 40
_TEXT_LENGTH_MAX = 5_000
_SHORT_LENGTH_MAX = 200


class Status(StrEnum):
    """What would become of a row."""

    NEW = "NEW"
    HERE = "HERE"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: row as the program shows it, heading of the column."""

    row: int
    column: str
    sentence: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One order as it would come in. `matter_id` is the one that is here already."""

    row: int
    status: Status
    number: str = ""
    text: str = ""
    received_at: datetime | None = None
    deadline: datetime | None = None
    name: str = ""
    phone: str = ""
    address: str = ""
    words: str = ""
    spot: Spot = NOWHERE
    category_id: int | None = None
    is_guessed: bool = False  # no word spoke for a category: the usual one was taken
    matter_id: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a workbook would do."""

    rows: tuple[PlanRow, ...]
    faults: tuple[Fault, ...]

    def of(self, status: Status) -> list[PlanRow]:
        """Return the rows of one status."""
        return [row for row in self.rows if row.status == status]

    @property
    def new(self) -> list[PlanRow]:
        """Return the orders that would come in."""
        return self.of(Status.NEW)

    @property
    def here(self) -> list[PlanRow]:
        """Return the orders that are here already."""
        return self.of(Status.HERE)

    @property
    def wrong(self) -> list[PlanRow]:
        """Return the rows that cannot be used."""
        return self.of(Status.WRONG)


def make_plan(
    *,
    table: Table,
    columns: Mapping[str, int],
    community_id: int,
    at: datetime,
    default_category_id: int | None = None,
) -> Plan:
    """Return what the rows of a table would become; `columns` says where each field stands.

    :raises ColumnsMissing: when number or text have no column.
    """
    require_columns(columns=columns)
    reader = _Reader(table, columns, at)
    rows = [reader.read(number, cells_of) for number, cells_of in table.rows]
    rows = _without_doubles(rows, reader)
    numbers = [row.number for row in rows if row.status == Status.NEW]
    known = registers.known_hotline_numbers(community_id=community_id, numbers=numbers)
    finder = PlaceFinder(community_id=community_id)
    chooser = _Chooser(community_id, default_category_id)
    planned = []
    for row in rows:
        if row.number in known and row.status == Status.NEW:
            row = replace(row, status=Status.HERE, matter_id=known[row.number])
        elif row.status == Status.NEW:
            category_id, is_guessed = chooser.choose(row)
            spot = finder.find(address=row.address, text=row.text)
            row = replace(row, category_id=category_id, is_guessed=is_guessed, spot=spot)
        planned.append(row)
    return Plan(rows=tuple(planned), faults=tuple(sorted(reader.faults, key=lambda one: one.row)))


class _Reader:
    """Reads rows and keeps what is wrong with them."""

    def __init__(self, table: Table, columns: Mapping[str, int], at: datetime) -> None:
        self._table, self._columns, self._at = table, columns, at
        self.faults: list[Fault] = []

    def read(self, number: int, row: Sequence[Any]) -> PlanRow:
        before = len(self.faults)
        found: dict[str, Any] = {}
        for field, read in self._readers().items():
            place = self._columns.get(field)
            value = row[place] if place is not None and place < len(row) else ""
            try:
                found[field] = read(value)
            except CellWrong as wrong:
                self.blame(number, field, str(wrong), value)
        self._must_make_sense(number, found, before)
        words = found.pop("category", "")
        status = Status.NEW if len(self.faults) == before else Status.WRONG
        return PlanRow(row=number, status=status, words=words, **found)

    def blame(self, number: int, field: str, sentence: str, value: Any = "") -> None:
        heading = self._table.heading(place=self._columns.get(field))
        self.faults.append(Fault(number, heading, sentence, str(value)[:60]))

    def _readers(self) -> Mapping[str, Callable[[Any], Any]]:
        return {
            "number": lambda value: cells.read_text(value, limit=NUMBER_LENGTH_MAX),
            "text": cells.read_long_text,
            "received_at": lambda value: cells.read_moment(value, at=self._at),
            "deadline": lambda value: cells.read_moment(value, at=self._at, is_deadline=True),
            "name": lambda value: cells.read_text(value, limit=NUMBER_LENGTH_MAX),
            "phone": cells.read_phone,
            "address": lambda value: cells.read_text(value, limit=_SHORT_LENGTH_MAX),
            "category": lambda value: cells.read_text(value, limit=_SHORT_LENGTH_MAX),
        }

    def _must_make_sense(self, number: int, found: dict[str, Any], before: int) -> None:
        blamed = {fault.column for fault in self.faults[before:]}
        if not found.get("number", "") and self._heading("number") not in blamed:
            self.blame(number, "number", _("The order number is missing."))
        text = found.get("text", "")
        if is_blank_text(text=text) and self._heading("text") not in blamed:
            self.blame(number, "text", _("It does not say what the order is about."))
        elif len(text) > _TEXT_LENGTH_MAX:
            limit = {"limit": _TEXT_LENGTH_MAX}
            self.blame(number, "text", _("At most %(limit)s characters.") % limit)
        received, deadline = found.get("received_at"), found.get("deadline")
        if received is not None and received > self._at + timedelta(days=1):
            self.blame(number, "received_at", _("This lies in the future."), received.date())
        elif received is not None and deadline is not None and deadline < received:
            self.blame(number, "deadline", _("This is before the order was received."))

    def _heading(self, field: str) -> str:
        return self._table.heading(place=self._columns.get(field))


def _without_doubles(rows: list[PlanRow], reader: _Reader) -> list[PlanRow]:
    """Blame the second of two rows with one number: nobody can tell which of them is right."""
    first: dict[str, int] = {}
    kept = []
    for row in rows:
        if row.status == Status.NEW and row.number in first:
            sentence = _("Row %(row)s has the same order number.") % {"row": first[row.number]}
            reader.blame(row.row, "number", sentence, row.number)
            row = replace(row, status=Status.WRONG)
        elif row.status == Status.NEW:
            first[row.number] = row.row
        kept.append(row)
    return kept


class _Chooser:
    """Chooses a category by words, from what the community has in use."""

    def __init__(self, community_id: int, default_id: int | None) -> None:
        categories = list(queries.list_categories(community_id=community_id))
        self._by_name = {category.name: category.pk for category in categories}
        self._candidates = [
            Candidate(key=str(category.pk), words=(category.name, *category.words))
            for category in categories
        ]
        self._default_id = default_id

    def choose(self, row: PlanRow) -> tuple[int | None, bool]:
        if row.words in self._by_name:
            return self._by_name[row.words], False
        # What the hotline calls it weighs more than what the caller happens to mention.
        for words in (row.words, row.text):
            found = suggest(text=words, candidates=self._candidates, limit=1)
            if found:
                return int(found[0].key), False
        return self._default_id, True
