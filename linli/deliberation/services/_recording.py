"""What every service of this room shares: writing events, checking words, digests."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from linli.core.actor import Actor
from linli.core.events import record
from linli.core.models import Event
from linli.core.ref import Ref
from linli.deliberation.services.errors import WordsMissing, WordsTooLong
from linli.language.normal import tidy


def words(*, text: str, field: str, limit: int) -> str:
    """Return what was typed, tidied.

    :raises WordsMissing: when it says nothing.
    :raises WordsTooLong: when it is longer than `limit` characters.
    """
    said = words_or_none(text=text, field=field, limit=limit)
    if not said:
        raise WordsMissing(field=field)
    return said


def words_or_none(*, text: str, field: str, limit: int) -> str:
    """Return what was typed, tidied; it may be empty.

    :raises WordsTooLong: when it is longer than `limit` characters.
    """
    said = tidy(text=text)
    if len(said) > limit:
        raise WordsTooLong(field=field, count=len(said), limit=limit)
    return said


def tell(
    *,
    name: str,
    kind: str,
    pk: int,
    trace: UUID,
    community_id: int,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    cause: Event | None = None,
) -> Event:
    """Write what happened to one row of this room, inside the change's transaction."""
    return record(
        name=name,
        subject=Ref(kind=kind, id=pk),
        trace=trace,
        actor=actor,
        at=at,
        community_id=community_id,
        facts=facts,
        cause=cause,
    )
