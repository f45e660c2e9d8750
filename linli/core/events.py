"""Write what happened, and who is owed a reaction, in the transaction of the change itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linli.core.actor import Actor
from linli.core.models import Delivery, Event
from linli.core.ref import Ref

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
