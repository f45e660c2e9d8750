"""Let messages leave the house: claim, send outside any transaction, mark. At least once.

A claim moves the next attempt ahead before anything is sent, so a sender that dies in between is
followed by another try, and two senders never take the same messages. Every text bears an id that
stays the same from try to try.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Q
from django.utils import translation
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import Refused
from linli.notify import addresses, queries
from linli.notify.models import Channel, Dispatch, Muted
from linli.notify.wording import word

ATTEMPTS_MAX = 8
BACKOFF_MINUTES = (1, 2, 5, 15, 30, 60, 120, 240)
"""How long to wait after each attempt that failed."""

LINES_MAX = 20
"""How many messages a digest spells out; the rest are counted."""

_logger = logging.getLogger(__name__)
_WAITING = Q(sent_at__isnull=True, gave_up_at__isnull=True)


class ChannelDidNotAnswer(Refused):
    """The service behind a channel did not take the test."""

    sentence = _(
        "The test did not go through. Please check the address, "
        "and whether the service is reachable from this office."
    )


@dataclass(frozen=True, slots=True)
class _Digest:
    """Several messages on their way through one channel."""

    channel: Channel
    dispatch_ids: tuple[int, ...]
    stable_id: UUID
    is_last_try: bool
    title: str
    body: str


def send_due(*, at: datetime, limit: int = 20) -> int:
    """Send what is due through up to `limit` channels and return how many texts left."""
    due = Dispatch.objects.filter(_WAITING, due_at__lte=at).values("channel_id")
    channel_ids = (
        due.annotate(first=Min("due_at")).order_by("first", "channel_id")[:limit]
    ).values_list("channel_id", flat=True)
    return sum(_send_through(channel_id, at) for channel_id in list(channel_ids))


def send_test(*, channel_id: int, actor: Actor, at: datetime) -> None:
    """Send a test through a channel of this person's, at once.

    :raises ChannelDidNotAnswer: when it was not taken.
    """
    channel = queries.get_channel(actor=actor, channel_id=channel_id)
    worded = word(code="channel_test", facts={})
    error = _try(channel, worded.title, worded.sentence)
    _note_outcome(channel, error=error, at=at)
    if error:
        raise ChannelDidNotAnswer


def _send_through(channel_id: int, at: datetime) -> int:
    digest = _claim(channel_id, at)
    if digest is None:
        return 0
    error = _try(digest.channel, digest.title, digest.body)
    ours = Dispatch.objects.filter(pk__in=digest.dispatch_ids)
    with transaction.atomic():
        if not error:
            ours.update(sent_at=at)
        elif digest.is_last_try:
            ours.update(gave_up_at=at)
        _note_outcome(digest.channel, error=error, at=at)
    return 0 if error else 1


@transaction.atomic
def _claim(channel_id: int, at: datetime) -> _Digest | None:
    """Take everything that waits for a channel, if some of it is due, and word it."""
    channel = (
        Channel.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("account")
        .filter(pk=channel_id)
        .first()
    )
    if channel is None:  # Another sender is at it.
        return None
    # When one is due, all that were never tried go with it.
    found = list(
        Dispatch.objects.filter(_WAITING, Q(due_at__lte=at) | Q(attempts=0), channel=channel)
        .select_related("message")
        .order_by("id")
    )
    if not any(dispatch.due_at <= at for dispatch in found):
        return None
    wanted = _still_wanted(channel, found)
    unwanted = [dispatch.pk for dispatch in found if dispatch not in wanted]
    Dispatch.objects.filter(pk__in=unwanted).update(gave_up_at=at)
    if not wanted:
        return None
    tries = 1 + max(dispatch.attempts for dispatch in wanted)
    again_at = at + timedelta(minutes=BACKOFF_MINUTES[min(tries, ATTEMPTS_MAX) - 1])
    ids = tuple(dispatch.pk for dispatch in wanted)
    Dispatch.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1, due_at=again_at)
    title, body = _worded(channel, wanted)
    return _Digest(
        channel=channel,
        dispatch_ids=ids,
        stable_id=wanted[0].stable_id,
        is_last_try=tries >= ATTEMPTS_MAX,
        title=title,
        body=body,
    )


def _still_wanted(channel: Channel, found: list[Dispatch]) -> list[Dispatch]:
    """Leave out what was read in the meantime, turned off, or has nowhere to go."""
    if channel.removed_at is not None or not channel.account.is_active:
        return []
    muted = set(Muted.objects.filter(account=channel.account).values_list("topic", flat=True))
    return [
        dispatch
        for dispatch in found
        if dispatch.message.read_at is None and dispatch.message.topic not in muted
    ]


def _worded(channel: Channel, dispatches: list[Dispatch]) -> tuple[str, str]:
    """Return title and text in the language of whoever reads it."""
    with translation.override(channel.account.language or settings.LANGUAGE_CODE):
        lines = []
        for dispatch in dispatches[:LINES_MAX]:
            message = dispatch.message
            worded = word(code=message.code, facts=message.facts)
            lines.append(
                gettext("%(title)s: %(sentence)s")
                % {"title": worded.title, "sentence": worded.sentence}
            )
            if settings.PUBLIC_URL and message.path:
                lines.append(f"{settings.PUBLIC_URL}{message.path}")
        count = len(dispatches)
        title = worded.title
        if count > 1:
            title = ngettext("%(n)s new message", "%(n)s new messages", count) % {"n": count}
        if (more := count - LINES_MAX) > 0:
            lines.append(gettext("And %(n)s more in your inbox.") % {"n": more})
        lines.append(gettext("Message %(id)s") % {"id": dispatches[0].stable_id})
        return gettext("Linli: %(title)s") % {"title": title}, "\n".join(lines)


def _try(channel: Channel, title: str, body: str) -> str:
    """Send, and return what went wrong as one word, or an empty text."""
    if settings.NOTIFY_DRY_RUN:
        _logger.info("dry run: channel %s would be sent a text", channel.pk)
        return ""
    try:
        address = crypto.unseal(
            sealed=channel.address_sealed, field=addresses.FIELD, row=str(channel.row_key)
        )
        return "" if addresses.send(address=address, title=title, body=body) else "NotAccepted"
    except Exception as error:
        # Whatever a service's adapter stumbles over must not stop the other channels. Its text
        # may hold the address, so only its kind is kept.
        return type(error).__name__


def _note_outcome(channel: Channel, *, error: str, at: datetime) -> None:
    if error:
        _logger.warning("channel %s did not take a text: %s", channel.pk, error)
        Channel.objects.filter(pk=channel.pk).update(last_error=error)
    else:
        Channel.objects.filter(pk=channel.pk).update(last_sent_at=at, last_error="")
