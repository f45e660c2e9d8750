"""How people's events are written: one thread for each account and each organisation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from linli.core.actor import Actor
from linli.core.events import record
from linli.core.models import Event
from linli.core.ref import Ref
from linli.people.models import Account, Organisation

_THREADS = UUID("5a0a4b1e-7a0c-4d0e-9d52-0f5b2f6f6a11")  # Any constant: it names our threads.


def record_of_account(
    *,
    account: Account,
    name: str,
    actor: Actor,
    at: datetime,
    community_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Event:
    """Record what happened to an account on its own thread."""
    return record(
        name=name,
        subject=Ref(kind="people.account", id=account.pk),
        trace=account.row_key,
        actor=actor,
        at=at,
        community_id=community_id,
        facts=facts,
    )


def record_of_organisation(
    *,
    organisation: Organisation,
    name: str,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
) -> Event:
    """Record what happened to an organisation on its own thread."""
    subject = Ref(kind="people.organisation", id=organisation.pk)
    return record(
        name=name,
        subject=subject,
        trace=thread_of(subject=subject),
        actor=actor,
        at=at,
        community_id=organisation.community_id,
        facts=facts,
    )


def thread_of(*, subject: Ref) -> UUID:
    """Return the thread of something that has no column for one."""
    return uuid5(_THREADS, str(subject))
