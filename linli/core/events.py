"""Write what happened, and who is owed a reaction, in the transaction of the change itself."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linli.core import bulk
from linli.core.actor import Actor
from linli.core.models import Delivery, Event
from linli.core.ref import Ref

_BATCH = 1_000

_reactions: dict[str, tuple[str, ...]] = {}


def register(*, reactions: Mapping[str, Sequence[str]]) -> None:
    """Say which reactions each event name is owed. `flows` calls it once, when Linli starts."""
    _reactions.clear()
    _reactions.update({name: tuple(owed) for name, owed in reactions.items()})


def registered() -> Mapping[str, tuple[str, ...]]:
    """Return the reactions owed to each event name."""
    return dict(_reactions)


def record(
    *,
    name: str,
    subject: Ref,
    trace: UUID,
    actor: Actor,
    at: datetime,
    community_id: int | None,
    facts: Mapping[str, Any] | None = None,
    cause: Event | None = None,
) -> Event:
    """Write one event and its deliveries; to be called inside the change's transaction.

    `name` is ``<room>.<happened>``; `facts` are plain values without personal data.
    """
    assert transaction.get_connection().in_atomic_block, "an event belongs to its change"
    event = Event.objects.create(
        trace=trace,
        cause=cause,
        name=name,
        subject_kind=subject.kind,
        subject_id=subject.id,
        actor=actor.key,
        community_id=community_id,
        happened_at=at,
        facts=dict(facts or {}),
    )
    owed = _reactions.get(name, ())
    if owed:
        Delivery.objects.bulk_create(
            Delivery(event=event, reaction=reaction, due_at=at) for reaction in owed
        )
    return event


@dataclass(frozen=True, slots=True)
class Happened:
    """What is different about each of many events of one name."""

    subject: Ref
    trace: UUID
    facts: Mapping[str, Any] = field(default_factory=dict)


def record_many(
    *,
    name: str,
    happened: Collection[Happened],
    actor: Actor,
    at: datetime,
    community_id: int | None,
    cause: Event | None = None,
) -> None:
    """Write events of one name and their deliveries, many at once, in the change's transaction."""
    assert transaction.get_connection().in_atomic_block, "an event belongs to its change"
    rows = [
        {
            "trace": one.trace,
            "cause_id": None if cause is None else cause.pk,
            "name": name,
            "subject_kind": one.subject.kind,
            "subject_id": one.subject.id,
            "actor": actor.key,
            "community_id": community_id,
            "happened_at": at,
            "facts": dict(one.facts),
        }
        for one in happened
    ]
    owed = _reactions.get(name, ())
    if not owed:
        bulk.insert(model=Event, rows=rows)
        return
    made = Event.objects.bulk_create((Event(**row) for row in rows), batch_size=_BATCH)
    Delivery.objects.bulk_create(
        (
            Delivery(event=event, reaction=reaction, due_at=at)
            for event in made
            for reaction in owed
        ),
        batch_size=_BATCH,
    )
