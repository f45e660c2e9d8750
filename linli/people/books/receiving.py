"""What a person does with a workbook: hand it in, say which column is which, decide, let it be."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.attachments import FileEmpty, FileTooLarge
from linli.core.errors import Invalid, NotFound, Refused
from linli.core.events import record
from linli.core.models import Event
from linli.core.ref import Ref
from linli.core.sheets import plain_heading
from linli.people import events
from linli.people.books.batches import Kept, kept_rows
from linli.people.books.catalogue import REGISTERS, may_bring_in, register_of_import
from linli.people.books.planning import Outcome
from linli.people.books.reading import (
    HEADING_LENGTH_MAX,
    columns_of,
    refuse_forbidden_name,
    refuse_unreadable,
)
from linli.people.books.registers import ADDRESS, BUILDING, PASSED_OVER, ROOM, Doors, Register
from linli.people.models import RosterFile, RosterHeading, RosterImport, RosterRow
from linli.people.workflow import IMPORT_STEPS, ImportState

if TYPE_CHECKING:
    from django.core.files.base import File

FILE_FIELD = "people_rosterfile.content"
HEADINGS_FIELD = "people_rosterimport.headings"
KEPT_FOR = timedelta(days=2)
"""How long a file waits for somebody to decide; it holds personal data."""

HINTED = "HINTED"

IMPORT = "people.roster_import"
"""How events name an import."""

_MEGABYTE = 1024 * 1024


class ImportMovedOn(Refused):
    """Somebody else, or the worker, was first."""

    sentence = _("This import has moved on meanwhile. Please look at it again.")


class ImportHasFaults(Refused):
    """Some rows are wrong, and nobody said that the good ones are to be taken."""

    sentence = _(
        "Nothing was brought in, for %(total)s rows are wrong. Correct the file, or choose to take "
        "the good rows only."
    )
    status = 422


class ColumnsNotNamed(Invalid):
    """A column without which no row can be placed."""

    sentence = _("Please say which column holds: %(names)s.")


class ColumnNamedTwice(Invalid):
    """Two headings cannot both be the same column."""

    sentence = _("Two headings cannot mean the same column: %(name)s.")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows would do, or did, what."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    wrong: int = 0
    applied: int = 0
    left_out: int = 0
    hinted: int = 0  # among the rows that come in: those that somebody should look at

    @property
    def good(self) -> int:
        """Return how many rows change something."""
        return self.new + self.changed


@transaction.atomic
def receive(
    *, upload: "File[bytes]", register: str, community_id: int, actor: Actor, at: datetime
) -> RosterImport:
    """Take a workbook in, sealed; the worker reads it.

    :raises NotFound: when this person does not keep the community's roster.
    :raises Invalid: when the file is empty, too large, or plainly no workbook.
    :raises NeverKept: when its name is that of a list that is never kept.
    """
    account_id = actor.account_id
    if account_id is None or not may_bring_in(
        actor=actor, community_id=community_id, register=register
    ):
        raise NotFound
    limit = int(settings.WORKBOOK_BYTES_MAX)
    data = upload.read(limit + 1)
    if not data:
        raise FileEmpty
    if len(data) > limit:
        size = round((upload.size or len(data)) / _MEGABYTE, 1)
        raise FileTooLarge(size=size, limit=limit // _MEGABYTE)
    refuse_forbidden_name(name=upload.name or "")
    refuse_unreadable(data=data)
    row = RosterImport.objects.create(
        community_id=community_id,
        register=register,
        state=ImportState.UPLOADED,
        uploaded_by_id=account_id,
        uploaded_at=at,
        language=translation.get_language() or settings.LANGUAGE_CODE,
    )
    sealed = crypto.seal_bytes(value=data, field=FILE_FIELD, row=str(row.token))
    RosterFile.objects.create(roster_import=row, content_sealed=sealed)
    tell_of(row=row, name=events.ROSTER_FILE_RECEIVED, actor=actor, at=at)
    return row


def imports_of(*, actor: Actor) -> list[RosterImport]:
    """Return the imports of somebody's communities that are under way or ended lately."""
    return list(_open_to(actor).order_by("-id")[:10])


def get_import(*, actor: Actor, token: UUID) -> RosterImport:
    """Return an import of a community whose roster this person keeps.

    :raises NotFound: when there is none, or not for this person.
    """
    row = _open_to(actor).filter(token=token).first()
    if row is None:
        raise NotFound
    return row


def counts_of(*, row: RosterImport) -> Counts:
    """Return how many of its rows would do, or did, what."""
    found = dict(row.rows.values_list("outcome").annotate(total=Count("id")).order_by())
    counts = {str(one).lower(): int(found.get(str(one), 0)) for one in Outcome}
    return Counts(**counts, hinted=row.rows.filter(is_hinted=True).count())


def opened_rows(*, row: RosterImport, outcome: str, after: int = 0, limit: int = 100) -> list[Kept]:
    """Return some rows of one outcome in the order of the file, opened for whoever decides.

    `HINTED` as outcome are the rows that come in, but that somebody should look at.
    """
    wanted = {"is_hinted": True} if outcome == HINTED else {"outcome": outcome}
    found = row.rows.filter(**wanted, number__gt=after).order_by("number")[:limit]
    return kept_rows(rows=found, token=row.token)


def headings_known(*, row: RosterImport) -> tuple[list[str], dict[str, str]]:
    """Return a file's headings in order, and what is known of them: heading → column or ""."""
    headings: list[str] = json.loads(
        crypto.unseal(sealed=row.headings_sealed, field=HEADINGS_FIELD, row=str(row.token))
    )
    told = told_in(community_id=row.community_id, register=row.register)
    register = register_of_import(row=row)
    return headings, columns_of(headings=headings, register=register, told=told)


def headings_left_out(*, row: RosterImport) -> list[str]:
    """Return the headings of a file that are left out, but for those that only number its rows."""
    headings, known = headings_known(row=row)
    return [one for one in headings if not known.get(one) and plain_heading(one) not in PASSED_OVER]


def told_in(*, community_id: int, register: str) -> dict[str, str]:
    """Return what headings mean in a community, as somebody there said it."""
    rows = RosterHeading.objects.filter(community_id=community_id, register=register)
    return dict(rows.values_list("heading", "column"))


def require_columns(*, columns: Mapping[str, str], register: Register) -> None:
    """Refuse a file without a column that every row needs.

    :raises ColumnsNotNamed: with their names.
    """
    there = set(columns.values())
    needed = register.needed_among(there=there)
    missing = [one.heading for one in register.columns if one.key in needed - there]
    is_behind_doors = register.doors == Doors.NEEDED
    if is_behind_doors and ADDRESS not in there and not {BUILDING, ROOM} <= there:
        missing.append(register.column(key=ADDRESS).heading)
    if missing:
        raise ColumnsNotNamed(names="、".join(missing))


@transaction.atomic
def tell_columns(
    *, token: UUID, columns: Mapping[str, str], actor: Actor, at: datetime
) -> RosterImport:
    """Say which heading is which column, for this file and the next ones of the community.

    `columns` is heading → column; an empty column leaves a heading out.

    :raises ColumnsNotNamed: when a column that every row needs is missing.
    :raises ColumnNamedTwice: when two headings mean the same column.
    """
    row = get_import(actor=actor, token=token)
    register = register_of_import(row=row)
    headings, known = headings_known(row=row)
    keys = {one.key for one in register.columns}
    said = {
        heading: column
        for heading, column in columns.items()
        if heading in headings and (column in keys or not column)
    }
    meant = {**known, **said}
    used = [column for column in meant.values() if column]
    twice = next((column for column in used if used.count(column) > 1), "")
    if twice:
        raise ColumnNamedTwice(name=register.column(key=twice).heading)
    require_columns(columns=meant, register=register)
    for heading, column in said.items():
        RosterHeading.objects.update_or_create(
            community_id=row.community_id,
            register=row.register,
            heading=plain_heading(heading)[:HEADING_LENGTH_MAX],
            defaults={"column": column},
        )
    move_on(row=row, step="map")
    tell_of(row=row, name=events.ROSTER_COLUMNS_TOLD, actor=actor, at=at, columns=sorted(used))
    return row


@transaction.atomic
def remember_headings(
    *, community_id: int, register: Register, said: Mapping[str, str], actor: Actor
) -> None:
    """Remember what the headings of a form mean, where this person keeps the community's roster.

    What no workbook brings in, and what every office writes so, needs no remembering.
    """
    if not may_bring_in(actor=actor, community_id=community_id, register=register.code):
        return
    keys = {one.key for one in register.columns}
    for heading, column in said.items():
        plain = plain_heading(heading)[:HEADING_LENGTH_MAX]
        if column in keys and register.headings.get(plain) != column:
            RosterHeading.objects.update_or_create(
                community_id=community_id,
                register=register.code,
                heading=plain,
                defaults={"column": column},
            )


@transaction.atomic
def decide(*, token: UUID, actor: Actor, at: datetime, only_good: bool = False) -> RosterImport:
    """Let the worker bring the planned rows in: all of them, or the good ones.

    :raises ImportHasFaults: when rows are wrong and `only_good` is not set.
    :raises ImportMovedOn: when it is not waiting for a decision.
    """
    row = get_import(actor=actor, token=token)
    counts = counts_of(row=row)
    if counts.wrong and not only_good:
        raise ImportHasFaults(total=counts.wrong)
    move_on(row=row, step="decide", done_rows=0, total_rows=counts.good)
    event = tell_of(
        row=row,
        name=events.ROSTER_IMPORT_DECIDED,
        actor=actor,
        at=at,
        new=counts.new,
        changed=counts.changed,
        wrong=counts.wrong,
    )
    RosterImport.objects.filter(pk=row.pk).update(event_id=event.pk)
    return row


@transaction.atomic
def drop(*, token: UUID, actor: Actor, at: datetime) -> None:
    """Throw a file away that was not brought in.

    :raises ImportMovedOn: when it is being brought in, or is over.
    """
    row = get_import(actor=actor, token=token)
    move_on(row=row, step="drop")
    forget(row=row)
    tell_of(row=row, name=events.ROSTER_IMPORT_DROPPED, actor=actor, at=at)


def move_on(*, row: RosterImport, step: str, **columns: object) -> None:
    """Take a step by one conditional update.

    :raises ImportMovedOn: when the import is in no state for it.
    """
    sources, target = IMPORT_STEPS[step]
    moved = RosterImport.objects.filter(pk=row.pk, state__in=sources).update(
        state=target, beat_at=None, **columns
    )
    if not moved:
        raise ImportMovedOn
    row.refresh_from_db()


def forget(*, row: RosterImport, keep: tuple[str, ...] = ()) -> None:
    """Drop the file and its rows, but for those of the outcomes in `keep`."""
    RosterFile.objects.filter(roster_import=row).delete()
    RosterRow.objects.filter(roster_import=row).exclude(outcome__in=keep).delete()


def tell_of(*, row: RosterImport, name: str, actor: Actor, at: datetime, **facts: object) -> Event:
    """Record what happened to an import on its own thread; counts and codes only."""
    return record(
        name=name,
        subject=Ref(kind=IMPORT, id=row.pk),
        trace=row.token,
        actor=actor,
        at=at,
        community_id=row.community_id,
        facts={"register": row.register, **facts},
    )


def _open_to(actor: Actor) -> "QuerySet[RosterImport]":
    near = {grant.community_id for grant in actor.grants if grant.community_id is not None}
    kept = Q(pk=None)
    for register in REGISTERS:
        places = [
            one for one in near if may_bring_in(actor=actor, community_id=one, register=register)
        ]
        kept |= Q(register=register, community__in=places)
    return RosterImport.objects.filter(kept).select_related("community", "uploaded_by")
