"""Webhooks: other programs that are told what happens to a community's matters."""

import base64
import json
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.core.events import record
from linli.core.models import Event
from linli.core.ref import Ref
from linli.notify import events, outgoing, queries
from linli.notify.models import Webhook, WebhookDelivery
from linli.territory.models import Area

SECRET_FIELD = "webhook.secret"
SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
OLD_SECRET_SIGNS_FOR = timedelta(hours=24)
WEBHOOKS_MAX = 10

_NAME_LENGTH_MAX = 60
_PATTERN = re.compile(r"[a-z]+\.([a-z_]+|\*)")
_KIND = "notify.webhook"


class WebhookNameMissing(Invalid):
    """Nobody could tell later what it was for."""

    sentence = _("Please say which program this is for.")
    field = "name"


class WebhookNamesInvalid(Invalid):
    """It would be told nothing, or of something that has no name."""

    sentence = _("Please choose what the program is told.")
    field = "names"


class TooManyWebhooks(Refused):
    """Nobody needs more than this."""

    sentence = _("This community has %(limit)s webhooks already. Please end one first.")


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A webhook and its secret, which is shown this once."""

    webhook: Webhook
    secret: str


# --- Setting up -------------------------------------------------------------------------------


@transaction.atomic
def add_webhook(
    *,
    community_id: int,
    name: str,
    url: str,
    names: Collection[str],
    actor: Actor,
    at: datetime,
) -> NewSecret:
    """Let a program be told of events; `names` are event names or patterns like ``matters.*``.

    :raises NotEntitled: when the actor is not this community's secretary.
    :raises WebhookNameMissing: when it has no name.
    :raises WebhookNamesInvalid: when it would be told nothing.
    :raises UrlNotUsable: when the address may not be used.
    :raises TooManyWebhooks: when there are `WEBHOOKS_MAX` already.
    """
    if community_id not in queries.communities_with_webhooks(actor=actor):
        raise NotEntitled
    called = " ".join(name.split())[:_NAME_LENGTH_MAX]
    if not called:
        raise WebhookNameMissing
    if not names or not all(_PATTERN.fullmatch(one) for one in names):
        raise WebhookNamesInvalid
    outgoing.target_of(url=url)
    # Two forms sent at once would both count below the limit; the row keeps them apart.
    Area.objects.select_for_update(of=("self",)).get(pk=community_id)
    in_use = Webhook.objects.filter(community_id=community_id, ended_at=None)
    if in_use.count() >= WEBHOOKS_MAX:
        raise TooManyWebhooks(limit=WEBHOOKS_MAX)
    secret = _new_secret()
    webhook = Webhook(
        community_id=community_id,
        name=called,
        url=url.strip(),
        names=sorted(set(names)),
        made_by=actor.key,
        created_at=at,
    )
    webhook.secret_sealed = _sealed(webhook, secret)
    webhook.save(force_insert=True)
    _record(events.WEBHOOK_ADDED, webhook, actor, at, names=webhook.names)
    return NewSecret(webhook=webhook, secret=secret)


@transaction.atomic
def renew_secret(*, webhook_id: int, actor: Actor, at: datetime) -> NewSecret:
    """Give a webhook a new secret; for a day the old one signs as well.

    :raises NotFound: when there is none in use that this person may see.
    """
    webhook = _in_use(webhook_id, actor)
    secret = _new_secret()
    Webhook.objects.filter(pk=webhook.pk).update(
        previous_sealed=bytes(webhook.secret_sealed),
        previous_until=at + OLD_SECRET_SIGNS_FOR,
        secret_sealed=_sealed(webhook, secret),
    )
    _record(events.WEBHOOK_SECRET_RENEWED, webhook, actor, at)
    return NewSecret(webhook=webhook, secret=secret)


@transaction.atomic
def pause_webhook(*, webhook_id: int, actor: Actor, at: datetime) -> None:
    """Keep back what happens from now on; it leaves when the webhook goes on.

    :raises NotFound: when there is none in use that this person may see.
    """
    webhook = _in_use(webhook_id, actor)
    if Webhook.objects.filter(pk=webhook.pk, paused_at=None).update(paused_at=at):
        _record(events.WEBHOOK_PAUSED, webhook, actor, at)


@transaction.atomic
def resume_webhook(*, webhook_id: int, actor: Actor, at: datetime) -> None:
    """Let everything leave that was kept back.

    :raises NotFound: when there is none in use that this person may see.
    """
    webhook = _in_use(webhook_id, actor)
    if Webhook.objects.filter(pk=webhook.pk, paused_at__isnull=False).update(paused_at=None):
        _record(events.WEBHOOK_RESUMED, webhook, actor, at)


@transaction.atomic
def end_webhook(*, webhook_id: int, actor: Actor, at: datetime) -> None:
    """End a webhook: its secret is forgotten and nothing that waits is sent.

    :raises NotFound: when there is none in use that this person may see.
    """
    webhook = _in_use(webhook_id, actor)
    ended = Webhook.objects.filter(pk=webhook.pk, ended_at=None)
    if not ended.update(ended_at=at, secret_sealed=b"", previous_sealed=b""):
        raise NotFound
    _left_over().filter(webhook=webhook).update(state=WebhookDelivery.State.LET_BE)
    _record(events.WEBHOOK_ENDED, webhook, actor, at)


def _in_use(webhook_id: int, actor: Actor) -> Webhook:
    webhook = queries.get_webhook(actor=actor, webhook_id=webhook_id)
    if webhook.is_ended:
        raise NotFound
    return webhook


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _sealed(webhook: Webhook, secret: str) -> bytes:
    return crypto.seal(value=secret, field=SECRET_FIELD, row=str(webhook.row_key))


def _record(name: str, webhook: Webhook, actor: Actor, at: datetime, **facts: Any) -> None:
    record(
        name=name,
        subject=Ref(kind=_KIND, id=webhook.pk),
        trace=webhook.row_key,
        actor=actor,
        at=at,
        community_id=webhook.community_id,
        facts=facts,
    )


# --- What happened ----------------------------------------------------------------------------


def are_in_use(*, community_id: int) -> bool:
    """Tell whether any program is told what happens in a community."""
    return Webhook.objects.filter(community_id=community_id, ended_at=None).exists()


@transaction.atomic
def offer(*, event: Event, said: Mapping[str, Any], at: datetime) -> int:
    """Put an event on its way through every webhook that wants it, each once; return how many.

    `said` are plain values without personal data, as they are posted.
    """
    hooks = Webhook.objects.filter(community_id=event.community_id, ended_at=None).order_by("id")
    wanted = [
        hook for hook in hooks if any(fnmatchcase(event.name, pattern) for pattern in hook.names)
    ]
    if not wanted:
        return 0
    body = body_of(name=event.name, happened_at=event.happened_at, said=said)
    made = WebhookDelivery.objects.bulk_create(
        (
            WebhookDelivery(webhook=hook, event=event, body=body, created_at=at, due_at=at)
            for hook in wanted
        ),
        ignore_conflicts=True,
    )
    return len(made)


def withdraw(*, subject: Ref) -> int:
    """Take back what waits about a subject that nobody outside may hear of any more."""
    about = _left_over().filter(event__subject_kind=subject.kind, event__subject_id=subject.id)
    return about.update(state=WebhookDelivery.State.LET_BE)


def body_of(*, name: str, happened_at: datetime, said: Mapping[str, Any]) -> str:
    """Return what is posted: type, time and data.

    Source: Standard Webhooks, https://www.standardwebhooks.com, "Webhook payload".
    """
    payload = {"type": name, "timestamp": happened_at.isoformat(), "data": dict(said)}
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _left_over() -> QuerySet[WebhookDelivery]:
    state = WebhookDelivery.State
    return WebhookDelivery.objects.filter(state__in=[state.PENDING, state.DEAD])
