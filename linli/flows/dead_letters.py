"""What was given up after many tries: seen by whoever runs the place, tried again or let be.

Three things can be given up: a reaction owed to an event, a message to somebody through a channel,
and an event on its way to another program. Each is tried again from the beginning, or let be with a
reason; both are events.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound
from linli.core.events import record
from linli.core.models import Delivery, Event
from linli.core.ref import Ref
from linli.flows import events
from linli.language.mask import scrub_personal_data
from linli.language.normal import tidy
from linli.notify import sending
from linli.notify.models import Dispatch, WebhookDelivery
from linli.people import queries as people
from linli.territory import queries as territory

ROLES = ("SECRETARY", "OVERSEER")
REASON_LENGTH_MAX = 200


class Kind(StrEnum):
    """What was given up."""

    REACTION = "REACTION"
    MESSAGE = "MESSAGE"
    WEBHOOK = "WEBHOOK"


class ReasonMissing(Invalid):
    """Nobody could tell later why it was left undone."""

    sentence = _("Please say why it may be left undone.")
    field = "reason"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One thing that was given up. `since` is when it first was owed, `error` the kind of fault."""

    kind: Kind
    id: int
    event: Event
    what: str  # the reaction, the channel or the webhook by name
    since: datetime
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The oldest that were given up, and how many there are of each kind."""

    letters: tuple[DeadLetter, ...]
    counts: dict[Kind, int]

    @property
    def total(self) -> int:
        """Return how many there are."""
        return sum(self.counts.values())


# --- Looking ----------------------------------------------------------------------------------


def list_dead(*, actor: Actor, limit: int = 100) -> DeadLetters:
    """Return what was given up in this person's communities, newest first, `limit` of each kind.

    Whoever sees to every community here sees what belongs to none as well, such as an account's.
    """
    letters: list[DeadLetter] = []
    counts: dict[Kind, int] = {}
    reach = _reach_of(actor)
    for kind, source in _SOURCES.items():
        rows = reach.within(source)
        counts[kind] = rows.count()
        found = rows.select_related(*source.related).order_by("-id")[:limit]
        letters += [source.letter(row) for row in found]
    letters.sort(key=lambda letter: (letter.since, letter.id), reverse=True)
    return DeadLetters(letters=tuple(letters), counts=counts)


def count_dead() -> dict[Kind, int]:
    """Return how many there are of each kind in the whole installation."""
    return {kind: source.rows().count() for kind, source in _SOURCES.items()}


@dataclass(frozen=True, slots=True)
class _Reach:
    """The communities of which somebody sees what was given up."""

    community_ids: frozenset[int]
    is_everywhere: bool

    def within(self, source: "_Source") -> QuerySet[Any]:
        """Return what was given up there, and what belongs to no community if it is everywhere."""
        wanted = Q(**{f"{source.event}__community_id__in": self.community_ids})
        if self.is_everywhere:
            wanted |= Q(**{f"{source.event}__community_id": None})
        return source.rows().filter(wanted)


def _reach_of(actor: Actor) -> _Reach:
    grants = actor.grants_of(roles=ROLES)
    if not grants:
        raise NotFound
    # With those grants alone that open this register.
    narrowed = Actor(kind=actor.kind, id=actor.id, grants=grants)
    ours = frozenset(area.pk for area in people.scope_of(actor=narrowed).communities)
    everywhere = {area.pk for area in territory.communities()}
    return _Reach(community_ids=ours, is_everywhere=ours >= everywhere)


# --- Deciding ---------------------------------------------------------------------------------


@transaction.atomic
def revive(*, kind: Kind, letter_id: int, actor: Actor, at: datetime) -> None:
    """Try one thing again, from the first try on.

    :raises NotFound: when it was not given up, or is not this person's to see.
    """
    source, row = _found(kind, letter_id, actor)
    if not source.rows().filter(pk=row.pk).update(**source.again(at)):
        raise NotFound
    _record(events.REVIVED, source.letter(row), actor, at)


@transaction.atomic
def revive_all(*, actor: Actor, at: datetime, limit: int = 1_000) -> int:
    """Try everything again that this person sees, and return how many there were."""
    revived = 0
    reach = _reach_of(actor)
    for source in _SOURCES.values():
        rows = reach.within(source)
        for row in rows.select_related(*source.related).order_by("id")[:limit]:
            if source.rows().filter(pk=row.pk).update(**source.again(at)):
                _record(events.REVIVED, source.letter(row), actor, at)
                revived += 1
    return revived


@transaction.atomic
def let_be(*, kind: Kind, letter_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Leave one thing undone, with a reason.

    :raises ReasonMissing: when none is given.
    :raises NotFound: when it was not given up, or is not this person's to see.
    """
    source, row = _found(kind, letter_id, actor)
    said = tidy(text=reason)[:REASON_LENGTH_MAX]
    if not said:
        raise ReasonMissing
    if not source.rows().filter(pk=row.pk).update(**source.leave(at)):
        raise NotFound
    _record(events.LET_BE, source.letter(row), actor, at, reason=scrub_personal_data(text=said))


def _found(kind: Kind, letter_id: int, actor: Actor) -> tuple["_Source", Any]:
    source = _SOURCES[kind]
    rows = _reach_of(actor).within(source).select_related(*source.related)
    row = rows.filter(pk=letter_id).first()
    if row is None:
        raise NotFound
    return source, row


def _record(name: str, letter: DeadLetter, actor: Actor, at: datetime, **facts: str) -> None:
    record(
        name=name,
        subject=Ref(kind=_SUBJECTS[letter.kind], id=letter.id),
        trace=UUID(str(letter.event.trace)),
        actor=actor,
        at=at,
        community_id=letter.event.community_id,
        facts={"event_id": letter.event.pk, "error": letter.error, **facts},
    )


_SUBJECTS = {
    Kind.REACTION: "core.delivery",
    Kind.MESSAGE: "notify.dispatch",
    Kind.WEBHOOK: "notify.webhookdelivery",
}


# --- Where they lie ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Source:
    """A table in which something can be given up; `event` is the way from its row to the event."""

    rows: Callable[[], QuerySet[Any]]
    event: str
    related: Sequence[str]
    letter: Callable[[Any], DeadLetter]
    again: Callable[[datetime], dict[str, Any]]
    leave: Callable[[datetime], dict[str, Any]]


def _dead_reactions() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=Delivery.State.DEAD)


def _dead_messages() -> QuerySet[Dispatch]:
    # Others were given up because nobody wanted them any more; these because nothing took them.
    return Dispatch.objects.filter(
        gave_up_at__isnull=False,
        sent_at=None,
        let_be_at=None,
        attempts__gte=sending.ATTEMPTS_MAX,
        channel__removed_at=None,
    )


def _dead_webhooks() -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(state=WebhookDelivery.State.DEAD)


def _of_reaction(row: Delivery) -> DeadLetter:
    return DeadLetter(
        kind=Kind.REACTION,
        id=row.pk,
        event=row.event,
        what=row.reaction,
        since=row.event.happened_at,
        attempts=row.attempts,
        error=row.error,
    )


def _of_message(row: Dispatch) -> DeadLetter:
    return DeadLetter(
        kind=Kind.MESSAGE,
        id=row.pk,
        event=row.message.event,
        what=row.channel.account.name,
        since=row.message.created_at,
        attempts=row.attempts,
        error=row.channel.last_error,
    )


def _of_webhook(row: WebhookDelivery) -> DeadLetter:
    return DeadLetter(
        kind=Kind.WEBHOOK,
        id=row.pk,
        event=row.event,
        what=row.webhook.name,
        since=row.created_at,
        attempts=row.attempts,
        error=row.error,
    )


def _pending(state: Any) -> Callable[[datetime], dict[str, Any]]:
    return lambda at: {"state": state, "attempts": 0, "due_at": at, "error": ""}


_SOURCES: dict[Kind, _Source] = {
    Kind.REACTION: _Source(
        rows=_dead_reactions,
        event="event",
        related=("event",),
        letter=_of_reaction,
        again=_pending(Delivery.State.PENDING),
        leave=lambda _at: {"state": Delivery.State.LET_BE},
    ),
    Kind.MESSAGE: _Source(
        rows=_dead_messages,
        event="message__event",
        related=("message__event", "channel__account"),
        letter=_of_message,
        again=lambda at: {"gave_up_at": None, "attempts": 0, "due_at": at},
        leave=lambda at: {"let_be_at": at},
    ),
    Kind.WEBHOOK: _Source(
        rows=_dead_webhooks,
        event="event",
        related=("event", "webhook"),
        letter=_of_webhook,
        again=_pending(WebhookDelivery.State.PENDING),
        leave=lambda _at: {"state": WebhookDelivery.State.LET_BE},
    ),
}
