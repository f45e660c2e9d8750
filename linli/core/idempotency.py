"""Do what a program asks once, however often it asks: the answer is kept under its key.

A program that lost our answer sends the same request again with the same key and gets the first
answer. The answer is written in the transaction of the change itself, so there is never one
without the other. While the first request is under way the second waits for it in the database (on
the row it would move, or on the unique key) and then gets the first one's answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import Invalid, Refused
from linli.core.models import KeptAnswer
from linli.core.prepared import Prepared

KEPT_FOR = timedelta(days=7)
KEY_LENGTH_MAX = 200
_FIELD = "core_keptanswer.answer"
_BATCH = 1_000


class KeyUsedOtherwise(Invalid):
    """The same key came with another request before."""

    sentence = _(
        "This Idempotency-Key came with another request before. Every new request needs a key of "
        "its own; only the same request may be sent again with the same key."
    )
    field = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: status, body as text, and where the thing made is found."""

    status: int
    body: str
    location: str = ""


def once(
    *,
    actor: Actor,
    key: str,
    digest: str,
    at: datetime,
    prepare: Callable[[], Callable[[], Answer]],
) -> tuple[Answer, bool]:
    """Return what a request is answered, and whether that is the answer of an earlier one.

    `prepare` reads what is needed and returns what is to be done; that runs in one transaction
    with the keeping of its answer. What is refused leaves nothing behind, so a corrected request
    may come with the same key.

    :raises KeyUsedOtherwise: when the key came with another request before.
    """
    before = answer_kept(actor=actor, key=key, digest=digest)
    if before is not None:
        return before, True
    try:
        act = prepare()
        with transaction.atomic():
            answer = act()
            _keep(actor=actor, key=key, digest=digest, answer=answer, at=at)
    except (IntegrityError, Refused):
        # The same request at the same moment: what it changed stands in our way, or its key does.
        before = answer_kept(actor=actor, key=key, digest=digest)
        if before is None:
            raise
        return before, True
    return answer, False


_KEPT = Prepared(lambda actor, key: KeptAnswer.objects.filter(actor=actor, key=key).order_by())


def answer_kept(*, actor: Actor, key: str, digest: str) -> Answer | None:
    """Return the answer kept under this actor's key, or None.

    :raises KeyUsedOtherwise: when it belongs to another request.
    """
    kept = _KEPT.first(actor=actor.key, key=key)
    if kept is None:
        return None
    if kept.digest != digest:
        raise KeyUsedOtherwise
    body = crypto.unseal(sealed=kept.body_sealed, field=_FIELD, row=_row(actor, key))
    return Answer(status=kept.status, body=body, location=kept.location)


def drop_old_answers(*, at: datetime) -> int:
    """Drop answers older than `KEPT_FOR` and return how many there were."""
    old = KeptAnswer.objects.filter(kept_at__lte=at - KEPT_FOR).order_by("kept_at")
    keys = list(old.values_list("pk", flat=True)[:_BATCH])
    return KeptAnswer.objects.filter(pk__in=keys).delete()[0] if keys else 0


def _keep(*, actor: Actor, key: str, digest: str, answer: Answer, at: datetime) -> None:
    KeptAnswer.objects.create(
        actor=actor.key,
        key=key,
        digest=digest,
        status=answer.status,
        location=answer.location,
        # It may hold a tracking code, which is a secret at rest.
        body_sealed=crypto.seal(value=answer.body, field=_FIELD, row=_row(actor, key)),
        kept_at=at,
    )


def _row(actor: Actor, key: str) -> str:
    return f"{actor.key}/{key}"
