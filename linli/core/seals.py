"""Seal the event log, so that a later change to it can be named.

A chain written inside each transaction would queue all writers on one row; so committed events are
sealed a minute at a time, in the order of their keys, each seal covering the one before it.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from linli.core.models import Event, Seal, SealedEvent

BATCH = 2_000


def digest_of(*, event: Event) -> str:
    """Return the SHA-256 (hexadecimal) of everything an event says."""
    said = [
        event.pk,
        str(event.trace),
        event.cause_id,
        event.name,
        event.subject_kind,
        event.subject_id,
        event.actor,
        event.community_id,
        event.happened_at.isoformat(),
        event.facts,
    ]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def seal_events(*, at: datetime) -> int:
    """Seal up to `BATCH` events that have no seal yet and return how many there were."""
    previous = Seal.objects.select_for_update().order_by("-id").first()
    if previous is not None and Seal.objects.filter(pk__gt=previous.pk).exists():
        return 0  # Another worker sealed while this one waited; the next minute takes the rest.
    # By absence, not by a high-water mark: a slow transaction may commit a lower key later.
    unsealed = list(Event.objects.filter(sealed__isnull=True).order_by("id")[:BATCH])
    if not unsealed:
        return 0
    digests = [digest_of(event=event) for event in unsealed]
    chain = hashlib.sha256((previous.digest if previous else "").encode())
    for digest in digests:
        chain.update(digest.encode())
    seal = Seal.objects.create(
        previous=previous, digest=chain.hexdigest(), sealed_at=at, events_count=len(unsealed)
    )
    SealedEvent.objects.bulk_create(
        SealedEvent(event=event, seal=seal, digest=digest)
        for event, digest in zip(unsealed, digests, strict=True)
    )
    return len(unsealed)


@dataclass(frozen=True, slots=True)
class Verification:
    """What an audit of the event log found. `last_digest` is worth writing down elsewhere."""

    sealed_count: int
    unsealed_count: int
    altered_event_ids: tuple[int, ...]
    broken_seal_ids: tuple[int, ...]
    last_digest: str

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing that was sealed has changed since."""
        return not self.altered_event_ids and not self.broken_seal_ids


def verify_seals() -> Verification:
    """Compare every sealed event with its seal, and every seal with the one before it.

    An altered event is named by its key. A broken seal means that an event was taken out or put
    in, or that the seals themselves were altered: what it and those after it cover is not proven.
    """
    sealed = 0
    altered: list[int] = []
    broken: list[int] = []
    previous: Seal | None = None
    for seal in Seal.objects.order_by("id").iterator():
        rows = SealedEvent.objects.filter(seal=seal).select_related("event").order_by("event_id")
        chain = hashlib.sha256((previous.digest if previous else "").encode())
        count = 0
        for row in rows.iterator(chunk_size=BATCH):
            chain.update(row.digest.encode())
            count += 1
            if digest_of(event=row.event) != row.digest:
                altered.append(row.event_id)
        follows = seal.previous_id == (previous.pk if previous else None)
        if not follows or count != seal.events_count or chain.hexdigest() != seal.digest:
            broken.append(seal.pk)
        sealed += count
        previous = seal
    return Verification(
        sealed_count=sealed,
        unsealed_count=Event.objects.filter(sealed__isnull=True).count(),
        altered_event_ids=tuple(altered),
        broken_seal_ids=tuple(broken),
        last_digest=previous.digest if previous else "",
    )
