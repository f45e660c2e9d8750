"""What people are told: messages as codes, the channels they leave by, and what was turned off."""

import uuid

from django.db import models
from django.db.models import Q

from linli.core.models import Event
from linli.people.models import Account


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
    address_sealed = models.BinaryField()
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
        ]
