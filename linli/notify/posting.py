"""Post what webhooks are owed: claim, post outside any transaction, mark. At least once.

A claim moves the next attempt ahead before anything is posted, so a poster that dies in between is
followed by another try, and two posters never take the same delivery. Each delivery bears an id
that stays the same from try to try, so the other side can tell a second copy.
Source: Standard Webhooks 1.0.0, https://www.standardwebhooks.com
"""

import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor, system
from linli.core.errors import NotFound, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.notify import events, outgoing, queries
from linli.notify.models import Webhook, WebhookDelivery
from linli.notify.webhooks import SECRET_FIELD, SECRET_PREFIX, body_of

BACKOFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=14),
)
"""How long to wait after each attempt that failed: ten tries in a day."""

ATTEMPTS_MAX = len(BACKOFF) + 1
TEST = "linli.test"
TRIES_IN_A_ROUND = 50

_CLAIM = timedelta(minutes=2)
"""For how long a delivery is its claimer's: far longer than a post may take."""

_GONE = 410  # The other side asks for no more (Standard Webhooks, "Disabling endpoints").
_POSTER = system(name="webhooks")
_logger = logging.getLogger(__name__)


class WebhookDidNotAnswer(Refused):
    """The other side did not take the test."""

    sentence = _(
        "The test did not go through (%(kind)s). Please check the address, "
        "and whether it is reachable from this office."
    )


@dataclass(frozen=True, slots=True)
class _Claim:
    """One delivery in the hands of this poster."""

    delivery_id: int
    attempts: int
    webhook: Webhook
    stable_id: UUID
    body: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the other side said: a status, or the kind of fault when there was no answer."""

    status: int | None
    error: str
    retry_seconds: int = 0

    @property
    def is_taken(self) -> bool:
        return not self.error


def post_due(*, at: datetime, limit: int = TRIES_IN_A_ROUND) -> int:
    """Post up to `limit` deliveries that are due and return how many were taken.

    A webhook that fails is left alone for the rest of the round: it holds up no other.
    """
    due = WebhookDelivery.objects.filter(
        state=WebhookDelivery.State.PENDING, due_at__lte=at, webhook__paused_at=None
    )
    rows = due.order_by("due_at", "id").values_list("id", "webhook_id")[:limit]
    failed: set[int] = set()
    taken = 0
    for delivery_id, webhook_id in list(rows):
        if webhook_id in failed:
            continue
        claim = _claim(delivery_id, at)
        if claim is None:
            continue
        outcome = _try(claim.webhook, claim.stable_id, claim.body, at)
        _note(claim, outcome, at)
        taken += outcome.is_taken
        if not outcome.is_taken:
            failed.add(webhook_id)
    return taken


def send_test(*, webhook_id: int, actor: Actor, at: datetime) -> int:
    """Post a test through a webhook at once and return the status of the answer.

    :raises NotFound: when there is none in use that this person may see.
    :raises WebhookDidNotAnswer: when it was not taken.
    """
    webhook = queries.get_webhook(actor=actor, webhook_id=webhook_id)
    if webhook.is_ended:
        raise NotFound
    said = {"community": webhook.community.code}
    body = body_of(name=TEST, happened_at=at, said=said)
    outcome = _try(webhook, uuid4(), body, at)
    if not outcome.is_taken:
        raise WebhookDidNotAnswer(kind=outgoing.said_of(error=outcome.error))
    return outcome.status or 0


def signature(*, secret: str, message_id: str, seconds: int, body: str) -> str:
    """Return one signature: HMAC-SHA256 over ``id.timestamp.body``, under what is behind whsec_.

    Source: Standard Webhooks, "Signature scheme".
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.new(key, f"{message_id}.{seconds}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _signed(
    *, secrets: Sequence[str], stable_id: UUID, body: str, at: datetime
) -> Mapping[str, str]:
    """Return the headers that prove from whom a body is; while a secret is renewed by both.

    Source: Standard Webhooks, "Webhook headers".
    """
    message_id, seconds = f"msg_{stable_id.hex}", int(at.timestamp())
    signatures = (
        signature(secret=secret, message_id=message_id, seconds=seconds, body=body)
        for secret in secrets
    )
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signatures),
    }


@transaction.atomic
def _claim(delivery_id: int, at: datetime) -> _Claim | None:
    """Take one delivery, if nobody else did and it is still wanted."""
    pending = WebhookDelivery.objects.filter(
        pk=delivery_id, state=WebhookDelivery.State.PENDING, due_at__lte=at
    )
    if not pending.update(attempts=F("attempts") + 1, due_at=at + _CLAIM, tried_at=at):
        return None
    delivery = WebhookDelivery.objects.select_related("webhook").get(pk=delivery_id)
    webhook = delivery.webhook
    if webhook.is_ended:
        WebhookDelivery.objects.filter(pk=delivery_id).update(state=WebhookDelivery.State.LET_BE)
        return None
    return _Claim(
        delivery_id=delivery_id,
        attempts=delivery.attempts,
        webhook=webhook,
        stable_id=delivery.stable_id,
        body=delivery.body,
    )


def _try(webhook: Webhook, stable_id: UUID, body: str, at: datetime) -> _Outcome:
    """Post, and return what came back; nothing the other side does stops the poster."""
    if settings.NOTIFY_DRY_RUN:
        _logger.info("dry run: webhook %s would be sent an event", webhook.pk)
        return _Outcome(status=None, error="")
    try:
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Linli",
            **_signed(secrets=_secrets_of(webhook, at), stable_id=stable_id, body=body, at=at),
        }
        answer = outgoing.post(url=webhook.url, body=body.encode(), headers=headers)
    except Exception as error:
        # The words of an error may hold the address; only its kind is kept.
        return _Outcome(status=None, error=type(error).__name__[:40])
    is_taken = 200 <= answer.status < 300
    return _Outcome(
        status=answer.status,
        error="" if is_taken else f"HTTP {answer.status}",
        retry_seconds=answer.retry_seconds,
    )


def _secrets_of(webhook: Webhook, at: datetime) -> list[str]:
    """Return the secret, and the one before it while both count."""
    sealed = [webhook.secret_sealed]
    if webhook.previous_until is not None and at < webhook.previous_until:
        sealed.append(webhook.previous_sealed)
    row = str(webhook.row_key)
    return [crypto.unseal(sealed=bytes(one), field=SECRET_FIELD, row=row) for one in sealed if one]


@transaction.atomic
def _note(claim: _Claim, outcome: _Outcome, at: datetime) -> None:
    """Mark what became of a claim, unless somebody else has it meanwhile."""
    ours = WebhookDelivery.objects.filter(
        pk=claim.delivery_id, state=WebhookDelivery.State.PENDING, attempts=claim.attempts
    )
    state = WebhookDelivery.State
    if outcome.is_taken:
        ours.update(state=state.SENT, status=outcome.status, error="")
        return
    is_last = claim.attempts >= ATTEMPTS_MAX or outcome.status == _GONE
    wait = BACKOFF[min(claim.attempts, len(BACKOFF)) - 1]
    wait += wait * (claim.stable_id.int % 100) / 1000  # up to a tenth more: not all at one moment
    # What the other side asks for counts (RFC 9110, Retry-After), up to our longest wait.
    wait = max(wait, min(timedelta(seconds=outcome.retry_seconds), BACKOFF[-1]))
    ours.update(
        state=state.DEAD if is_last else state.PENDING,
        due_at=at + wait,
        status=outcome.status,
        error=outcome.error,
    )
    if outcome.status == _GONE:
        _pause_gone(claim.webhook, at)
    _logger.log(
        logging.ERROR if is_last else logging.WARNING,
        "webhook %s did not take delivery %s, try %s: %s",
        claim.webhook.pk,
        claim.delivery_id,
        claim.attempts,
        outcome.error,
    )


def _pause_gone(webhook: Webhook, at: datetime) -> None:
    if Webhook.objects.filter(pk=webhook.pk, paused_at=None, ended_at=None).update(paused_at=at):
        record(
            name=events.WEBHOOK_PAUSED,
            subject=Ref(kind="notify.webhook", id=webhook.pk),
            trace=webhook.row_key,
            actor=_POSTER,
            at=at,
            community_id=webhook.community_id,
            facts={"status": _GONE},
        )
