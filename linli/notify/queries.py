"""What somebody was told, and how they want to be reached."""

from dataclasses import dataclass

from django.db.models import BooleanField, Count, ExpressionWrapper, Q

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.notify.models import Channel, Message, Muted, Topic, Webhook, WebhookDelivery
from linli.notify.wording import Worded, word


@dataclass(frozen=True, slots=True)
class Line:
    """One message of an inbox, worded in the language that is active."""

    message: Message
    worded: Worded

    @property
    def is_unread(self) -> bool:
        """Tell whether it was not opened yet."""
        return self.message.read_at is None


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of an inbox; `next_after` asks for the next one, empty on the last."""

    lines: tuple[Line, ...]
    next_after: str = ""


def own_key(*, actor: Actor) -> int:
    """Return the key of this person's account.

    :raises NotFound: when they have none: messages are for accounts.
    """
    if actor.account_id is None:
        raise NotFound
    return actor.account_id


def inbox(*, actor: Actor, after: str = "", limit: int = 50) -> Inbox:
    """Return what this person was told: unread first, newest first. One query.

    `after` is the `next_after` of the page before; one that is not is taken for the beginning.
    """
    rows = Message.objects.filter(account_id=own_key(actor=actor))
    kind, key = after[:1], after[1:]
    if kind in ("u", "r") and key.isdecimal() and len(key) < 19:
        older = Q(pk__lt=int(key))
        unread = Q(read_at__isnull=True)
        rows = rows.filter(older & unread | ~unread if kind == "u" else older & ~unread)
    is_read = ExpressionWrapper(Q(read_at__isnull=False), output_field=BooleanField())
    found = list(rows.alias(is_read=is_read).order_by("is_read", "-id")[: limit + 1])
    lines = tuple(
        Line(message=message, worded=word(code=message.code, facts=message.facts))
        for message in found[:limit]
    )
    if len(found) <= limit:
        return Inbox(lines=lines)
    last = lines[-1]
    return Inbox(lines=lines, next_after=f"{'u' if last.is_unread else 'r'}{last.message.pk}")


def unread_count(*, actor: Actor) -> int:
    """Return how many messages this person has not opened, in one query."""
    if actor.account_id is None:
        return 0
    return Message.objects.filter(account_id=own_key(actor=actor), read_at__isnull=True).count()


def get_message(*, actor: Actor, message_id: int) -> Message:
    """Return one message of this person's.

    :raises NotFound: when there is none, or it is somebody else's.
    """
    message = Message.objects.filter(pk=message_id, account_id=own_key(actor=actor)).first()
    if message is None:
        raise NotFound
    return message


def list_channels(*, actor: Actor) -> list[Channel]:
    """Return the channels by which this person is reached, oldest first."""
    return list(
        Channel.objects.filter(account_id=own_key(actor=actor), removed_at__isnull=True).order_by(
            "id"
        )
    )


def get_channel(*, actor: Actor, channel_id: int) -> Channel:
    """Return one channel of this person's that is in use.

    :raises NotFound: when there is none, or it is somebody else's.
    """
    channel = Channel.objects.filter(
        pk=channel_id, account_id=own_key(actor=actor), removed_at__isnull=True
    ).first()
    if channel is None:
        raise NotFound
    return channel


def muted_topics(*, actor: Actor) -> frozenset[Topic]:
    """Return the topics that this person turned off."""
    topics = Muted.objects.filter(account_id=own_key(actor=actor)).values_list("topic", flat=True)
    return frozenset(Topic(topic) for topic in topics)


# --- Other programs that are told -------------------------------------------------------------


def communities_with_webhooks(*, actor: Actor) -> frozenset[int]:
    """Return the communities whose webhooks this person sees to: those it is secretary of."""
    grants = actor.grants_of(roles=("SECRETARY",))
    return frozenset(
        grant.community_id
        for grant in grants
        if grant.level == "COMMUNITY" and grant.community_id is not None
    )


def list_webhooks(*, actor: Actor, community_id: int) -> list[Webhook]:
    """Return a community's webhooks, those in use first, each with its counts. One query.

    :raises NotFound: when they are not this person's to see.
    """
    if community_id not in communities_with_webhooks(actor=actor):
        raise NotFound
    state = WebhookDelivery.State
    counted = Webhook.objects.filter(community_id=community_id).annotate(
        pending_count=Count("deliveries", filter=Q(deliveries__state=state.PENDING)),
        dead_count=Count("deliveries", filter=Q(deliveries__state=state.DEAD)),
    )
    return sorted(counted.order_by("id"), key=lambda webhook: webhook.is_ended)


def get_webhook(*, actor: Actor, webhook_id: int) -> Webhook:
    """Return one webhook.

    :raises NotFound: when there is none, or it is not this person's to see.
    """
    webhook = (
        Webhook.objects.select_related("community")
        .filter(pk=webhook_id, community_id__in=communities_with_webhooks(actor=actor))
        .first()
    )
    if webhook is None:
        raise NotFound
    return webhook


@dataclass(frozen=True, slots=True)
class WebhookLog:
    """One page of what left through a webhook; `next_after` asks for the next one."""

    deliveries: tuple[WebhookDelivery, ...]
    next_after: str = ""


def log_of_webhook(*, webhook: Webhook, after: str = "", limit: int = 50) -> WebhookLog:
    """Return what left, or waits to leave, through a webhook, newest first. One query."""
    rows = WebhookDelivery.objects.filter(webhook=webhook).select_related("event")
    if after.isdecimal() and len(after) < 19:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-id")[: limit + 1])
    more = str(found[limit - 1].pk) if len(found) > limit else ""
    return WebhookLog(deliveries=tuple(found[:limit]), next_after=more)
