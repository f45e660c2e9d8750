"""Some planned rows on their way onto the roster, as they were kept when the file was checked."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import Refused
from linli.core.models import Event
from linli.people.books.planning import Fault, Outcome, Planned
from linli.people.models import RosterRow

SAID_FIELD = "people_rosterrow.said"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept row, opened."""

    id: int
    number: int
    sheet: str
    line: int
    outcome: Outcome
    subject_id: int | None
    dwelling_id: int
    door: str
    said: Mapping[str, Any]
    fields: tuple[str, ...]
    faults: tuple[Fault, ...]
    hints: tuple[Fault, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)  # what stood, of the changed fields


@dataclass(slots=True)
class Batch:
    """Rows that one transaction brings in, and those of them that it leaves out."""

    rows: list[Kept]
    left_out: dict[int, str] = field(default_factory=dict)

    def of(self, *, outcome: Outcome) -> list[Kept]:
        """Return the rows of one kind."""
        return [row for row in self.rows if row.outcome == outcome]

    def leave_out(self, row: Kept, refused: Refused) -> None:
        """Say why a row is not brought in."""
        self.left_out[row.id] = str(refused)

    def each(self, rows: Iterable[Kept], write: Callable[[Kept], None]) -> None:
        """Write rows one by one; what no longer fits is undone and left out, with the reason."""
        for row in rows:
            try:
                with transaction.atomic():
                    write(row)
            except Refused as refused:
                self.leave_out(row, refused)


class RowByRow(ABC):
    """A writer that brings each row in through the services of its register."""

    def write(self, batch: Batch, actor: Actor, at: datetime, _cause: Event) -> None:
        """Write a batch; rows that no longer fit are left out, with the reason."""
        batch.each(batch.rows, lambda row: self.write_row(row, actor, at))

    @abstractmethod
    def write_row(self, row: Kept, actor: Actor, at: datetime) -> None:
        """Bring one row in.

        :raises Refused: when it no longer fits.
        """


def row_to_keep(*, row: Planned, import_id: int, token: UUID) -> dict[str, Any]:
    """Return the columns of a planned row as it is kept: what it says is sealed."""
    said = {
        "door": "" if row.door is None else row.door.label,
        "dwelling_id": 0 if row.door is None else row.door.id,
        "said": _plain(row.said),
        "fields": row.fields,
        "before": _plain(row.before),
        "faults": [[one.column, one.value, one.sentence] for one in row.faults],
        "hints": [[one.column, one.value, one.sentence] for one in row.hints],
    }
    return {
        "roster_import_id": import_id,
        "number": row.number,
        "sheet": row.line.sheet,
        "line": row.line.line,
        "outcome": row.outcome,
        "subject_id": row.subject_id,
        "is_hinted": bool(row.hints),
        "said_sealed": _sealed(said, token, row.number),
    }


def kept_rows(*, rows: Iterable[RosterRow], token: UUID) -> list[Kept]:
    """Return kept rows, opened."""
    return [_opened(one, token) for one in rows]


def with_reason(*, row: RosterRow, token: UUID, reason: str) -> RosterRow:
    """Return a kept row that was left out, with the reason among its faults."""
    said = _said(row, token)
    said["faults"].append(["", "", reason])
    row.outcome = Outcome.LEFT_OUT
    row.said_sealed = _sealed(said, token, row.number)
    return row


def _opened(row: RosterRow, token: UUID) -> Kept:
    said = _said(row, token)
    return Kept(
        id=row.pk,
        number=row.number,
        sheet=row.sheet,
        line=row.line,
        outcome=Outcome(row.outcome),
        subject_id=row.subject_id,
        dwelling_id=said["dwelling_id"],
        door=said["door"],
        said=said["said"],
        fields=tuple(said["fields"]),
        faults=tuple(Fault(*one) for one in said["faults"]),
        hints=tuple(Fault(*one) for one in said.get("hints", ())),
        before=said.get("before", {}),
    )


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in said.items()
    }


def _said(row: RosterRow, token: UUID) -> dict[str, Any]:
    text = crypto.unseal(sealed=row.said_sealed, field=SAID_FIELD, row=f"{token}:{row.number}")
    said: dict[str, Any] = json.loads(text)
    return said


def _sealed(said: Mapping[str, Any], token: UUID, number: int) -> bytes:
    return crypto.seal(value=_encode(said), field=SAID_FIELD, row=f"{token}:{number}")
