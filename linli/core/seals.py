"""Seal the event log, so that a later change to it can be named.

A chain written inside each transaction would queue all writers on one row; so committed events are
sealed a minute at a time, in the order of their keys, each seal covering the one before it.
"""

import hashlib
import json
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
