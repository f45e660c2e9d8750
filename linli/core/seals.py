"""Seal the event log, so that a later change to it can be named.

A chain written inside each transaction would queue all writers on one row; so committed events are
sealed each minute, in the order of their keys, each seal covering the one before it.
"""

import hashlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core import bulk
from linli.core.errors import Invalid
from linli.core.models import Event, Seal, SealedEvent

BATCH = 2_000
"""How many events a seal covers, in a transaction of its own."""

ROUND_SECONDS = 5.0
"""How long a round goes on sealing after a big import: the worker owes other things, too."""

_SURE_AFTER = timedelta(days=7)
"""No transaction lasts so long: below what was sealed before then, nothing comes any more."""

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_COLUMNS = (
    "id", "trace", "cause_id", "name", "subject_kind", "subject_id", "actor", "community_id",
    "happened_at", "facts",
)  # fmt: skip


def digest_of(*, event: Event) -> str:
    """Return the SHA-256 (hexadecimal) of everything an event says."""
    return _digest([getattr(event, name) for name in ("pk", *_COLUMNS[1:])])


def _digest(row: Sequence[Any]) -> str:
    """Return the digest of an event as its `_COLUMNS`."""
    key, trace, *said, happened_at, facts = row
    text = _encode([key, str(trace), *said, happened_at.isoformat(), facts])
    return hashlib.sha256(text.encode()).hexdigest()


def seal_waiting(*, at: datetime) -> int:
    """Seal what has no seal yet, batch after batch for a while, and return how many there were."""
    began, total, after = time.monotonic(), 0, _sealed_for_sure(at)
    while time.monotonic() - began < ROUND_SECONDS:
        count, after = _seal(at, after)
        total += count
        if count < BATCH:
            break
    return total


def seal_events(*, at: datetime) -> int:
    """Seal up to `BATCH` events that have no seal yet and return how many there were."""
    return _seal(at, _sealed_for_sure(at))[0]


def _sealed_for_sure(at: datetime) -> int:
    """Return the key below which no event is without a seal, so that nobody looks there again."""
    old = Seal.objects.filter(sealed_at__lt=at - _SURE_AFTER).order_by("-id").first()
    if old is None:
        return 0
    first = SealedEvent.objects.filter(seal=old).order_by("event_id").first()
    return 0 if first is None else first.event_id - 1


@transaction.atomic
def _seal(at: datetime, after: int) -> tuple[int, int]:
    """Seal a batch of events above a key; return how many there were and the last one's key."""
    previous = Seal.objects.select_for_update().order_by("-id").first()
    if previous is not None and Seal.objects.filter(pk__gt=previous.pk).exists():
        return 0, after  # Another worker sealed while this one waited.
    # By absence, not by a high-water mark: a slow transaction may commit a lower key later.
    rows = Event.objects.filter(sealed__isnull=True, pk__gt=after).order_by("id")
    unsealed = list(rows.values_list(*_COLUMNS)[:BATCH])
    if not unsealed:
        return 0, after
    digests = [_digest(row) for row in unsealed]
    chain = hashlib.sha256((previous.digest if previous else "").encode())
    for digest in digests:
        chain.update(digest.encode())
    seal = Seal.objects.create(
        previous=previous, digest=chain.hexdigest(), sealed_at=at, events_count=len(unsealed)
    )
    bulk.insert(
        model=SealedEvent,
        rows=[
            {"event_id": row[0], "seal_id": seal.pk, "digest": digest}
            for row, digest in zip(unsealed, digests, strict=True)
        ],
    )
    return len(unsealed), unsealed[-1][0]


# --- Looking whether it is whole ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BrokenSeal:
    """A seal that does not close any more, and what is known of the events it covered.

    `first_event_id` and `last_event_id` are of those that are still there.
    """

    id: int
    sealed_at: datetime | None
    expected_count: int
    found_count: int
    first_event_id: int | None
    last_event_id: int | None
    follows: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """What an audit of the event log found. `last_digest` is worth writing down elsewhere."""

    sealed_count: int
    unsealed_count: int
    oldest_unsealed_at: datetime | None
    altered_event_ids: tuple[int, ...]
    missing_event_ids: tuple[int, ...]
    broken_seals: tuple[BrokenSeal, ...]
    last_digest: str

    @property
    def broken_seal_ids(self) -> tuple[int, ...]:
        """Return the keys of the broken seals."""
        return tuple(seal.id for seal in self.broken_seals)

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing that was sealed has changed since."""
        return not (self.altered_event_ids or self.missing_event_ids or self.broken_seals)


def verify_seals() -> Verification:
    """Compare every sealed event with its seal, and every seal with the one before it.

    An event that was altered, or taken out while its seal's row stayed, is named by its key. A
    broken seal means that an event was taken out or put in with its row, or that the seals
    themselves were altered: what it and those after it cover is not proven. A log whose end was
    cut off whole looks whole; only a root that is kept elsewhere tells (`compare_root`).
    """
    found = _Finder()
    rows = _sealed_rows()
    row = next(rows, None)
    for seal in Seal.objects.order_by("id").iterator():
        while row is not None and row[0].seal_id < seal.pk:  # Its seal was taken out.
            found.stray(row[0])
            row = next(rows, None)
        found.begin()
        while row is not None and row[0].seal_id == seal.pk:
            found.take(*row)
            row = next(rows, None)
        found.end(seal)
    while row is not None:
        found.stray(row[0])
        row = next(rows, None)
    unsealed = Event.objects.filter(sealed__isnull=True)
    oldest = unsealed.order_by("id").values_list("happened_at", flat=True).first()
    return Verification(
        sealed_count=found.sealed_count,
        unsealed_count=unsealed.count(),
        oldest_unsealed_at=oldest,
        altered_event_ids=tuple(found.altered),
        missing_event_ids=tuple(found.missing),
        broken_seals=tuple(found.broken),
        last_digest=found.previous.digest if found.previous else "",
    )


class _Finder:
    """Walks seals and the rows they cover, and keeps what is wrong."""

    def __init__(self) -> None:
        self.sealed_count = 0
        self.altered: list[int] = []
        self.missing: list[int] = []
        self.broken: list[BrokenSeal] = []
        self.previous: Seal | None = None
        self._chain = hashlib.sha256()
        self._ids: list[int] = []

    def begin(self) -> None:
        self._chain = hashlib.sha256((self.previous.digest if self.previous else "").encode())
        self._ids = []

    def take(self, row: SealedEvent, event: Event | None) -> None:
        self._chain.update(row.digest.encode())
        self._ids.append(row.event_id)
        if event is None:
            self.missing.append(row.event_id)
        elif digest_of(event=event) != row.digest:
            self.altered.append(row.event_id)

    def end(self, seal: Seal) -> None:
        count = len(self._ids)
        follows = seal.previous_id == (self.previous.pk if self.previous else None)
        if not follows or count != seal.events_count or self._chain.hexdigest() != seal.digest:
            self.broken.append(
                BrokenSeal(
                    id=seal.pk,
                    sealed_at=seal.sealed_at,
                    expected_count=seal.events_count,
                    found_count=count,
                    first_event_id=self._ids[0] if self._ids else None,
                    last_event_id=self._ids[-1] if self._ids else None,
                    follows=follows,
                )
            )
        self.sealed_count += count
        self.previous = seal

    def stray(self, row: SealedEvent) -> None:
        if self.broken and self.broken[-1].id == row.seal_id:
            return
        self.broken.append(
            BrokenSeal(row.seal_id, None, 0, 1, row.event_id, row.event_id, follows=False)
        )


def _sealed_rows() -> Iterator[tuple[SealedEvent, Event | None]]:
    """Yield what was sealed, seal by seal, with its event, if that is still there."""
    rows = SealedEvent.objects.order_by("seal_id", "event_id").iterator(chunk_size=BATCH)
    while chunk := list(islice(rows, BATCH)):
        # Not a join: it would pass over an event that was taken out behind the database's back.
        events = Event.objects.in_bulk([row.event_id for row in chunk])
        yield from ((row, events.get(row.event_id)) for row in chunk)


# --- A root kept elsewhere ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Root:
    """The last seal of a moment. Whoever keeps it can prove the log up to there."""

    seal_id: int
    digest: str

    def __str__(self) -> str:
        return f"{self.seal_id}:{self.digest}"


class RootUnreadable(Invalid):
    """It is not what `linli audit root` printed."""

    sentence = _("A root looks like 1234:0f3a… with 64 characters after the colon.")


class RootVerdict(StrEnum):
    """What a root kept elsewhere says of the log that is here."""

    HOLDS = "HOLDS"
    REWRITTEN = "REWRITTEN"
    CUT_OFF = "CUT_OFF"


def read_root(*, text: str) -> Root:
    """Return the root that somebody typed or pasted.

    :raises RootUnreadable: when it is none.
    """
    number, _colon, digest = "".join(text.split()).lower().partition(":")
    if not number.isdecimal() or not re.fullmatch("[0-9a-f]{64}", digest):
        raise RootUnreadable
    return Root(seal_id=int(number), digest=digest)


def current_root() -> Root | None:
    """Return the root of this moment, or None while nothing is sealed."""
    last = Seal.objects.order_by("-id").first()
    return None if last is None else Root(seal_id=last.pk, digest=last.digest)


def compare_root(*, root: Root) -> RootVerdict:
    """Tell whether the log still leads through a root that was kept elsewhere.

    It proves something only together with `verify_seals`, which walks up to it.
    """
    seal = Seal.objects.filter(pk=root.seal_id).first()
    if seal is None:
        return RootVerdict.CUT_OFF
    return RootVerdict.HOLDS if seal.digest == root.digest else RootVerdict.REWRITTEN
