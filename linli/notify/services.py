"""Tell people, and let them say what they want to be told and where."""

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.clocks import SHANGHAI
from linli.core.errors import Invalid, NotFound, Refused
from linli.core.events import record
from linli.core.models import Event
from linli.core.ref import Ref
from linli.notify import addresses, events, queries
from linli.notify.models import Channel, Dispatch, Message, Muted, Topic
from linli.notify.wording import WORDINGS
from linli.people.models import Account

QUIET_FROM, QUIET_UNTIL = time(22, 0), time(7, 0)
"""Between these nobody's phone rings, unless it cannot wait."""

DIGEST_MINUTES = (0, 30, 120)
"""How long a channel may gather messages before it sends them together."""

CHANNELS_MAX = 5
_NAME_LENGTH_MAX = 40
_ACCOUNT_KIND = "people.account"


class TopicNotMutable(Refused):
    """What concerns somebody's own account reaches them."""

    sentence = _("Messages about your own account cannot be turned off.")


class TooManyChannels(Refused):
    """Nobody needs more ways to be reached than this."""

    sentence = _("You have %(limit)s channels already. Please remove one first.")


class DigestUnknown(Invalid):
    """Not one of the choices."""

    sentence = _("Please choose how often this channel may send.")
    field = "digest_minutes"


# --- Telling ----------------------------------------------------------------------------------


@transaction.atomic(savepoint=False)
def tell(
    *,
    account_ids: Collection[int],
    event: Event,
    topic: Topic,
    code: str,
    facts: Mapping[str, Any],
    path: str,
    at: datetime,
    urgent: bool = False,
) -> int:
    """Tell these people of an event, each once, and return how many were told now.

    Whoever turned the topic off, was told before, or has left is passed over. `facts` are plain
    values that `wording` names, without personal data; `path` is where the message leads.
    `urgent` sends at once, at night as well.
    """
    assert code in WORDINGS, f"no wording for {code}"
    wanted = set(account_ids)
    if not wanted:
        return 0
    told = Message.objects.filter(account=OuterRef("pk"), event=event, code=code)
    deaf = Muted.objects.filter(account=OuterRef("pk"), topic=topic)
    listening = Account.objects.filter(~Exists(told), ~Exists(deaf), pk__in=wanted, is_active=True)
    fresh = [
        Message(
            account_id=account_id,
            event=event,
            topic=topic,
            code=code,
            facts=dict(facts),
            path=path,
            created_at=at,
        )
        for account_id in listening.order_by("pk").values_list("pk", flat=True)
    ]
    if not fresh:
        return 0
    Message.objects.bulk_create(fresh, ignore_conflicts=True)
    _queue(event=event, code=code, account_ids=[m.account_id for m in fresh], at=at, urgent=urgent)
    return len(fresh)


def _queue(
    *, event: Event, code: str, account_ids: Collection[int], at: datetime, urgent: bool
) -> None:
    """Put the new messages on their way through each channel of those who have any."""
    channels = list(Channel.objects.filter(account_id__in=account_ids, removed_at__isnull=True))
    if not channels:
        return
    message_ids = dict(
        Message.objects.filter(event=event, code=code, account_id__in=account_ids).values_list(
            "account_id", "pk"
        )
    )
    Dispatch.objects.bulk_create(
        (
            Dispatch(
                message_id=message_ids[channel.account_id],
                channel=channel,
                due_at=at if urgent else due_at(at=at, digest_minutes=channel.digest_minutes),
            )
            for channel in channels
        ),
        ignore_conflicts=True,
    )


def due_at(*, at: datetime, digest_minutes: int) -> datetime:
    """Return when a message may leave: after its digest's wait, and not in the night."""
    leaves = (at + timedelta(minutes=digest_minutes)).astimezone(SHANGHAI)
    if QUIET_UNTIL <= leaves.time() < QUIET_FROM:
        return leaves
    morning = leaves.replace(hour=QUIET_UNTIL.hour, minute=QUIET_UNTIL.minute, second=0)
    if leaves.time() >= QUIET_FROM:
        morning += timedelta(days=1)
    return morning.replace(microsecond=0)


# --- Reading ----------------------------------------------------------------------------------


@transaction.atomic
def mark_read(*, message_id: int, actor: Actor, at: datetime) -> Message:
    """Mark one message as read; reading it again changes nothing.

    :raises NotFound: when it is not this person's.
    """
    message = queries.get_message(actor=actor, message_id=message_id)
    Message.objects.filter(pk=message.pk, read_at__isnull=True).update(read_at=at)
    return message


@transaction.atomic
def mark_all_read(*, actor: Actor, at: datetime, until_id: int | None = None) -> int:
    """Mark everything up to a message as read, so that none that just came in is lost to sight."""
    unread = Message.objects.filter(account_id=queries.own_key(actor=actor), read_at__isnull=True)
    if until_id is not None:
        unread = unread.filter(pk__lte=until_id)
    return unread.update(read_at=at)


# --- What I want to be told, and where --------------------------------------------------------


@transaction.atomic
def mute(*, topic: Topic, actor: Actor, at: datetime) -> None:
    """Turn a topic off for this person. It stays off.

    :raises TopicNotMutable: when it concerns their own account.
    """
    if topic == Topic.ACCOUNT:
        raise TopicNotMutable
    account = _account_of(actor)
    _muted, is_new = Muted.objects.get_or_create(
        account=account, topic=topic, defaults={"muted_at": at}
    )
    if is_new:
        _record(events.TOPIC_MUTED, account, actor, at, topic=topic.value)


@transaction.atomic
def unmute(*, topic: Topic, actor: Actor, at: datetime) -> None:
    """Turn a topic on again for this person."""
    account = _account_of(actor)
    gone, _per_table = Muted.objects.filter(account=account, topic=topic).delete()
    if gone:
        _record(events.TOPIC_UNMUTED, account, actor, at, topic=topic.value)


@transaction.atomic
def add_channel(
    *, name: str, address: str, digest_minutes: int, actor: Actor, at: datetime
) -> Channel:
    """Add a way to reach this person outside the house; the address is kept encrypted.

    :raises AddressNotUsable: when the address cannot be used.
    :raises TooManyChannels: when there are `CHANNELS_MAX` already.
    """
    service = addresses.service_of(address=address)
    _digest_must_be_known(digest_minutes)
    account = _account_of(actor)
    # Two forms sent at once would both count below the limit; the row keeps them apart.
    Account.objects.select_for_update().get(pk=account.pk)
    if Channel.objects.filter(account=account, removed_at__isnull=True).count() >= CHANNELS_MAX:
        raise TooManyChannels(limit=CHANNELS_MAX)
    channel = Channel(
        account=account,
        name=(" ".join(name.split()) or service)[:_NAME_LENGTH_MAX],
        digest_minutes=digest_minutes,
        added_at=at,
    )
    channel.address_sealed = crypto.seal(
        value=address.strip(), field=addresses.FIELD, row=str(channel.row_key)
    )
    channel.save(force_insert=True)
    _record(events.CHANNEL_ADDED, account, actor, at, channel_id=channel.pk, service=service)
    return channel


@transaction.atomic
def set_digest(*, channel_id: int, digest_minutes: int, actor: Actor, at: datetime) -> None:
    """Say how long a channel gathers messages before it sends them together."""
    _digest_must_be_known(digest_minutes)
    channel = queries.get_channel(actor=actor, channel_id=channel_id)
    Channel.objects.filter(pk=channel.pk).update(digest_minutes=digest_minutes)
    _record(
        events.CHANNEL_CHANGED,
        channel.account,
        actor,
        at,
        channel_id=channel.pk,
        digest_minutes=digest_minutes,
    )


@transaction.atomic
def remove_channel(*, channel_id: int, actor: Actor, at: datetime) -> None:
    """Remove a channel: its address is forgotten and nothing that waits is sent."""
    channel = queries.get_channel(actor=actor, channel_id=channel_id)
    removed = Channel.objects.filter(pk=channel.pk, removed_at__isnull=True)
    if not removed.update(removed_at=at, address_sealed=b"", last_error=""):
        raise NotFound
    waiting = Dispatch.objects.filter(
        channel=channel, sent_at__isnull=True, gave_up_at__isnull=True
    )
    waiting.update(gave_up_at=at)
    _record(events.CHANNEL_REMOVED, channel.account, actor, at, channel_id=channel.pk)


def _account_of(actor: Actor) -> Account:
    account = Account.objects.filter(pk=queries.own_key(actor=actor), is_active=True).first()
    if account is None:
        raise NotFound
    return account


def _digest_must_be_known(digest_minutes: int) -> None:
    if digest_minutes not in DIGEST_MINUTES:
        raise DigestUnknown


def _record(name: str, account: Account, actor: Actor, at: datetime, **facts: Any) -> None:
    record(
        name=name,
        subject=Ref(kind=_ACCOUNT_KIND, id=account.pk),
        trace=account.row_key,
        actor=actor,
        at=at,
        community_id=None,
        facts=facts,
    )
