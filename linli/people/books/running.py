"""What the worker does with workbooks: read, check, bring in batch by batch, and forget.

A file is checked whole before anything is written. It is brought in by short transactions, each of
which marks its rows: after a stop the next one goes on where the last one ended, and no writer
waits for longer than a batch. Decision: docs/decisions/0024-a-roster-from-workbooks.md
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from linli.core import bulk, crypto
from linli.core.actor import Actor
from linli.core.errors import Refused
from linli.core.models import Event
from linli.people import events, queries
from linli.people.books import (
    grid_teams,
    organisations,
    party_members,
    priority_people,
    talents,
)
from linli.people.books.batches import Batch, kept_rows, row_to_keep, with_reason
from linli.people.books.catalogue import may_bring_in, register_of_import
from linli.people.books.doors import DoorFinder
from linli.people.books.households import HouseholdPlanner, HouseholdWriter
from linli.people.books.planning import Outcome, Planned, Planner, planned_rows
from linli.people.books.reading import (
    Line,
    Table,
    columns_of,
    headings_of,
    lines_of,
    read_tables,
    refuse_never_kept,
)
from linli.people.books.receiving import (
    FILE_FIELD,
    HEADINGS_FIELD,
    KEPT_FOR,
    ColumnsNotNamed,
    ImportMovedOn,
    forget,
    move_on,
    require_columns,
    tell_of,
    told_in,
)
from linli.people.books.registers import HOUSEHOLDS, RESIDENTS
from linli.people.books.residents import ResidentPlanner, ResidentWriter
from linli.people.models import RosterFile, RosterImport, RosterRow
from linli.people.services.households import ResidentsNotYours
from linli.people.workflow import IMPORT_WORK, ImportState

BATCH = 1_000
"""How many rows a transaction brings in: on SQLite every writer waits for it."""

BATCH_OF_CHANGED = 50
_KEEP_AT_ONCE = 2_000
_SILENT_FOR = timedelta(minutes=2)
"""After so long without a word the worker that was at it is gone, and another goes on."""

_logger = logging.getLogger(__name__)


class ImportBroken(Refused):
    """A fault of ours; what was brought in before it stays."""

    sentence = _(
        "Something went wrong on our side (%(kind)s). What was brought in until then stays; the "
        "same file can be brought in again."
    )


class Writer(Protocol):
    """What brings planned rows of a register in."""

    def write(self, batch: Batch, actor: Actor, at: datetime, cause: Event, /) -> None:
        """Write a batch; rows that no longer fit are left out, with the reason."""


@dataclass(frozen=True, slots=True)
class Book:
    """How a register is planned and written; a bulk writer takes many new rows at once."""

    planner: Callable[..., Planner]
    writer: Callable[..., Writer]
    is_bulk: bool = False
    lines: Callable[[Iterator[Line]], Iterator[Line]] = iter


BOOKS = {
    RESIDENTS.code: Book(ResidentPlanner, ResidentWriter, is_bulk=True),
    HOUSEHOLDS.code: Book(HouseholdPlanner, HouseholdWriter, is_bulk=True),
    party_members.PARTY.code: Book(party_members.PartyPlanner, party_members.PartyWriter),
    grid_teams.TEAMS.code: Book(
        grid_teams.TeamPlanner, grid_teams.TeamWriter, lines=grid_teams.one_by_one
    ),
    priority_people.NEEDS.code: Book(priority_people.NeedPlanner, priority_people.NeedWriter),
    talents.TALENTS.code: Book(talents.TalentPlanner, talents.TalentWriter),
    organisations.ORGANISATIONS.code: Book(
        organisations.OrganisationPlanner, organisations.OrganisationWriter
    ),
}


def work(*, at: datetime) -> int:
    """Do the next piece of work on some import; return how many there were to do."""
    is_free = Q(beat_at=None) | Q(beat_at__lt=at - _SILENT_FOR) | Q(beat_at__gt=at + _SILENT_FOR)
    row = RosterImport.objects.filter(is_free, state__in=IMPORT_WORK).order_by("id").first()
    if row is None:
        return 0
    # Of two workers that see it, one gets it.
    if not RosterImport.objects.filter(is_free, pk=row.pk, state=row.state).update(beat_at=at):
        return 0
    row.beat_at = at
    with translation.override(row.language):
        try:
            _STEPS[ImportState(row.state)](row, at)
        except ImportMovedOn:
            pass  # Somebody threw it away meanwhile.
        except Refused as refused:
            _fail(row, str(refused), at)
        except (OperationalError, InterfaceError):
            raise  # The database is away, and the import goes on when it is back.
        except Exception as error:
            # Its words may hold what a cell says, so only its kind is kept.
            _logger.error("import %s failed: %s", row.pk, type(error).__name__)
            _fail(row, str(ImportBroken(kind=type(error).__name__)), at)
    return 1


def forget_old(*, at: datetime) -> int:
    """Drop files and rows that nobody decided about, and what an import left behind."""
    old = RosterImport.objects.filter(uploaded_at__lte=at - KEPT_FOR).exclude(
        state=ImportState.APPLYING
    )
    has_file = Exists(RosterFile.objects.filter(roster_import=OuterRef("pk")))
    has_rows = Exists(RosterRow.objects.filter(roster_import=OuterRef("pk")))
    dropped = 0
    for row in old.filter(has_file | has_rows).select_related("uploaded_by")[:20]:
        with transaction.atomic():
            if row.state not in (ImportState.DONE, ImportState.FAILED, ImportState.DROPPED):
                move_on(row=row, step="drop")
                actor = queries.actor_of(account=row.uploaded_by, at=at)
                tell_of(row=row, name=events.ROSTER_IMPORT_DROPPED, actor=actor, at=at)
            forget(row=row)
        dropped += 1
    return dropped


def _read(row: RosterImport, at: datetime) -> None:
    """Read the headings; where all are known, go on with what was read, otherwise ask."""
    tables, columns = _tables(row)
    register = register_of_import(row=row)
    refuse_never_kept(tables=tables, register=register)
    headings = headings_of(tables=tables)
    sealed = crypto.seal(
        value=json.dumps(headings, ensure_ascii=False), field=HEADINGS_FIELD, row=str(row.token)
    )
    is_clear = len(columns) == len(headings)
    try:
        require_columns(columns=columns, register=register)
    except ColumnsNotNamed:
        is_clear = False
    total = sum(len(table.rows) for table in tables)
    with transaction.atomic():
        move_on(
            row=row, step="map" if is_clear else "ask", headings_sealed=sealed, total_rows=total
        )
        if is_clear:
            _beat(row, at)
    if is_clear:
        _plan(row, at, tables, columns)


def _check(row: RosterImport, at: datetime) -> None:
    """Plan every row of a file whose columns somebody named."""
    _plan(row, at, *_tables(row))


def _plan(row: RosterImport, at: datetime, tables: list[Table], columns: Mapping[str, str]) -> None:
    """Plan every row and keep what it would do; nothing on the roster moves yet."""
    register = register_of_import(row=row)
    book = BOOKS[row.register]
    day = queries.local_day(at=at)
    RosterRow.objects.filter(roster_import=row).delete()
    rows = planned_rows(
        lines=book.lines(lines_of(tables=tables, columns=columns, register=register)),
        register=register,
        doors=DoorFinder(community_id=row.community_id),
        planner=book.planner(community_id=row.community_id, on=day),
    )
    done, began = 0, time.monotonic()
    for some in _by(rows, _KEEP_AT_ONCE):
        done += len(some)
        kept = [row_to_keep(row=one, import_id=row.pk, token=row.token) for one in some]
        with transaction.atomic():
            _beat(row, at + timedelta(seconds=time.monotonic() - began), done_rows=done)
            bulk.insert(model=RosterRow, rows=kept)
    with transaction.atomic():
        move_on(row=row, step="check", total_rows=done, done_rows=0)


def _apply(row: RosterImport, at: datetime) -> None:
    """Bring one batch in; when there is none left, the import is over.

    :raises ResidentsNotYours: when whoever decided keeps the roster no longer.
    """
    actor = queries.actor_of(account=row.uploaded_by, at=at)
    if not may_bring_in(actor=actor, community_id=row.community_id, register=row.register):
        raise ResidentsNotYours
    assert row.event_id is not None, "the decision is an event"
    cause = Event.objects.get(pk=row.event_id)
    writer = BOOKS[row.register].writer(community_id=row.community_id)
    with transaction.atomic():
        _beat(row, at)
        found = _next_rows(row)
        if not found:
            _finish(row, actor, at)
            return
        batch = Batch(rows=kept_rows(rows=found, token=row.token))
        writer.write(batch, actor, at, cause)
        _mark(row, found, batch)
        RosterImport.objects.filter(pk=row.pk).update(
            done_rows=F("done_rows") + len(found), beat_at=None
        )


def _next_rows(row: RosterImport) -> list[RosterRow]:
    """Return the next rows to bring in: many new ones, or some changed ones, which take longer."""
    batch = BATCH if BOOKS[row.register].is_bulk else BATCH_OF_CHANGED
    new = list(row.rows.filter(outcome=Outcome.NEW).order_by("number")[:batch])
    if new:
        return new
    return list(row.rows.filter(outcome=Outcome.CHANGED).order_by("number")[:BATCH_OF_CHANGED])


def _mark(row: RosterImport, found: list[RosterRow], batch: Batch) -> None:
    out = [
        with_reason(row=one, token=row.token, reason=batch.left_out[one.pk])
        for one in found
        if one.pk in batch.left_out
    ]
    RosterRow.objects.bulk_update(out, ["outcome", "said_sealed"])
    # They were the first of their outcome, so that no list of keys is needed.
    last = found[-1]
    row.rows.filter(outcome=batch.rows[-1].outcome, number__lte=last.number).update(
        outcome=Outcome.APPLIED
    )


def _finish(row: RosterImport, actor: Actor, at: datetime) -> None:
    rows = row.rows
    counts = {
        "applied": rows.filter(outcome=Outcome.APPLIED).count(),
        "unchanged": rows.filter(outcome=Outcome.UNCHANGED).count(),
        "left_out": rows.filter(outcome=Outcome.LEFT_OUT).count(),
        "wrong": rows.filter(outcome=Outcome.WRONG).count(),
    }
    move_on(row=row, step="finish", done_rows=counts["applied"])
    tell_of(row=row, name=events.ROSTER_IMPORTED, actor=actor, at=at, **counts)
    forget(row=row, keep=(Outcome.WRONG, Outcome.LEFT_OUT))


def _fail(row: RosterImport, problem: str, at: datetime) -> None:
    actor = queries.actor_of(account=row.uploaded_by, at=at)
    with transaction.atomic():
        move_on(row=row, step="fail", problem=problem[:300])
        forget(row=row)
        tell_of(row=row, name=events.ROSTER_IMPORT_FAILED, actor=actor, at=at)


def _tables(row: RosterImport) -> tuple[list[Table], dict[str, str]]:
    sealed = RosterFile.objects.values_list("content_sealed", flat=True).get(roster_import=row)
    data = crypto.unseal_bytes(sealed=sealed, field=FILE_FIELD, row=str(row.token))
    register = register_of_import(row=row)
    told = told_in(community_id=row.community_id, register=row.register)
    tables = read_tables(data=data, register=register, told=told)
    headings = headings_of(tables=tables)
    return tables, columns_of(headings=headings, register=register, told=told)


def _beat(row: RosterImport, at: datetime, **columns: Any) -> None:
    """Say that this worker is still at it.

    :raises ImportMovedOn: when it was thrown away, or another worker took it.
    """
    still = RosterImport.objects.filter(pk=row.pk, state=row.state, beat_at=row.beat_at)
    if not still.update(beat_at=at, **columns):
        raise ImportMovedOn
    row.beat_at = at


def _by(rows: Iterator[Planned], size: int) -> Iterator[list[Planned]]:
    while some := list(islice(rows, size)):
        yield some


_STEPS: dict[ImportState, Callable[[RosterImport, datetime], None]] = {
    ImportState.UPLOADED: _read,
    ImportState.MAPPED: _check,
    ImportState.APPLYING: _apply,
}
