"""What people are told: messages as codes, the channels they leave by, and what was turned off.

Programs are told as well: a webhook is an address of theirs, a delivery one event on its way there.
"""

import uuid

from django.db import models
from django.db.models import Q

from linli.core.models import Event
from linli.core.sealed import SealedField
from linli.people.models import Account
from linli.territory.models import Area


class Topic(models.TextChoices):
    """What a message is about; a person turns a topic off, not a message."""

    ORDER = "ORDER"  # something is mine to do
    DEADLINE = "DEADLINE"  # something is late or soon will be
    OBJECTION = "OBJECTION"  # something is mine to judge
    PROGRESS = "PROGRESS"  # something I brought in has moved
    SUPERVISION = "SUPERVISION"  # somebody above asks
    ACCOUNT = "ACCOUNT"  # my roles, my password, my stand-in; cannot be turned off


class Message(models.Model):
    """One thing one person is told, once for each event. It is worded when it is shown."""

    Topic = Topic

    account = models.ForeignKey(Account, models.PROTECT, related_name="messages")
    event = models.ForeignKey(Event, models.PROTECT, related_name="+")
    topic = models.CharField(max_length=12, choices=Topic.choices)
    code = models.CharField(max_length=48)
    facts = models.JSONField(default=dict)
    path = models.CharField(max_length=120, default="", blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "event", "code"], name="message_once"),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="message_account"),
            models.Index(
                fields=["account", "id"], condition=Q(read_at__isnull=True), name="message_unread"
            ),
        ]


class Channel(models.Model):
    """A way out of the house for one person: an apprise address, encrypted under ``row_key``."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="channels")
    name = models.CharField(max_length=40)
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    address_sealed = SealedField(label="channel.address")
    digest_minutes = models.PositiveSmallIntegerField(default=30)  # 0 sends at once
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, default="", blank=True)


class Muted(models.Model):
    """A topic that a person turned off. It stays off."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="muted")
    topic = models.CharField(max_length=12, choices=Topic.choices)
    muted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "topic"], name="muted_once")]


class Dispatch(models.Model):
    """One message on its way through one channel; several leave together as a digest."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="dispatches")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="dispatches")
    stable_id = models.UUIDField(default=uuid.uuid4, unique=True)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    gave_up_at = models.DateTimeField(null=True)
    let_be_at = models.DateTimeField(null=True)  # somebody saw that it was given up, and left it so

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], name="dispatch_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(sent_at__isnull=True, gave_up_at__isnull=True),
                name="dispatch_waiting",
            ),
            models.Index(
                fields=["id"],
                condition=Q(gave_up_at__isnull=False, sent_at__isnull=True, let_be_at__isnull=True),
                name="dispatch_given_up",
            ),
        ]


class Webhook(models.Model):
    """An address of another program that is told what happens to a community's matters.

    `names` are event names, or patterns such as ``matters.*``. The secrets are sealed under
    ``row_key``; the previous one signs as well until `previous_until`.
    """

    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    url = models.CharField(max_length=500)
    names = models.JSONField(default=list)
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    secret_sealed = SealedField(label="webhook.secret")
    previous_sealed = SealedField(label="webhook.secret", default=b"")
    previous_until = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["community", "id"],
                condition=Q(ended_at__isnull=True),
                name="webhook_in_use",
            ),
        ]

    @property
    def is_paused(self) -> bool:
        """Tell whether what happens is kept back for now."""
        return self.paused_at is not None and self.ended_at is None

    @property
    def is_ended(self) -> bool:
        """Tell whether nothing leaves through it any more."""
        return self.ended_at is not None


class WebhookDelivery(models.Model):
    """One event on its way through one webhook; `body` and `stable_id` stay from try to try."""

    class State(models.TextChoices):
        PENDING = "PENDING"
        SENT = "SENT"
        DEAD = "DEAD"  # failed too often; somebody has to look
        LET_BE = "LET_BE"  # not wanted any more

    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(Event, models.PROTECT, related_name="+")
    stable_id = models.UUIDField(default=uuid.uuid4, unique=True)
    body = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)  # what the other side answered last
    error = models.CharField(max_length=40, default="", blank=True)  # its kind, never its words

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="webhook_delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(state="PENDING"), name="webhook_pending"
            ),
            models.Index(fields=["webhook", "id"], condition=Q(state="DEAD"), name="webhook_dead"),
            models.Index(fields=["webhook", "-id"], name="webhook_log"),
        ]

    @property
    def is_sent(self) -> bool:
        """Tell whether the other side took it."""
        return self.state == self.State.SENT

    @property
    def is_dead(self) -> bool:
        """Tell whether it was given up and waits for somebody to look."""
        return self.state == self.State.DEAD

    @property
    def is_pending(self) -> bool:
        """Tell whether it will be tried, or tried again."""
        return self.state == self.State.PENDING
