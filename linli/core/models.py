"""The one thread: events, their deliveries and seals; attachments; the editable calendar."""

import uuid

from django.db import models
from django.db.models import Q

from linli.core.sealed import SealedField


class Event(models.Model):
    """Something that happened, written in the transaction that made it happen.

    Plain values only: no foreign key upwards and no personal data in `facts`. It is the timeline,
    the audit log and the outbox.
    """

    id = models.BigAutoField(primary_key=True)
    trace = models.UUIDField()
    cause = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=48)
    subject_id = models.BigIntegerField()
    actor = models.CharField(max_length=64)
    community_id = models.BigIntegerField(null=True)
    happened_at = models.DateTimeField()
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["trace", "id"], name="event_trace"),
            models.Index(fields=["subject_kind", "subject_id", "id"], name="event_subject"),
            models.Index(fields=["community_id", "name", "id"], name="event_community_name"),
        ]


class Delivery(models.Model):
    """One reaction owed to one event: the outbox row that the worker claims."""

    class State(models.TextChoices):
        PENDING = "PENDING"
        DONE = "DONE"
        DEAD = "DEAD"  # failed too often; somebody has to look
        LET_BE = "LET_BE"  # somebody looked, and left it undone

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, models.PROTECT, related_name="deliveries")
    reaction = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "reaction"], name="delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(state="PENDING"), name="delivery_pending"
            ),
            models.Index(fields=["id"], condition=Q(state="DEAD"), name="delivery_dead"),
        ]


class Seal(models.Model):
    """A minute's closure of the event log: its digest covers the seal before it."""

    id = models.BigAutoField(primary_key=True)
    previous = models.OneToOneField("self", models.PROTECT, null=True, related_name="+")
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    events_count = models.PositiveIntegerField()


class SealedEvent(models.Model):
    """The digest of one event as it was when it was sealed."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="sealed")
    seal = models.ForeignKey(Seal, models.PROTECT, related_name="events")
    digest = models.CharField(max_length=64)


class Attachment(models.Model):
    """A photo or paper. It is seen by those who may see its subject, and by nobody else.

    It is uploaded first and claimed by its subject in the transaction that needs it, so a form
    that is sent back with an error keeps its photos. `token` is the uploader's claim ticket.
    """

    class Purpose(models.TextChoices):
        REPORT = "REPORT"  # what was seen
        RESULT = "RESULT"  # what it looks like now
        EVIDENCE = "EVIDENCE"  # a paper, an agreement, a receipt
        IMPORT = "IMPORT"  # a workbook or map file brought in

    id = models.BigAutoField(primary_key=True)
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    subject_kind = models.CharField(max_length=48, default="", blank=True)
    subject_id = models.BigIntegerField(null=True)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    file = models.FileField(upload_to="attachments/%Y/%m/", max_length=200)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=80)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    uploaded_by = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"], name="attachment_subject"),
        ]


class CalendarDay(models.Model):
    """A day that an office set by hand: a swapped day, or a year not yet published."""

    date = models.DateField(primary_key=True)
    is_workday = models.BooleanField()
    name = models.CharField(max_length=60, default="", blank=True)
    set_by = models.CharField(max_length=64)
    set_at = models.DateTimeField()


class CalendarYear(models.Model):
    """A year whose official notice an office has entered by hand and confirmed."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    confirmed_by = models.CharField(max_length=64)
    confirmed_at = models.DateTimeField()


class KeptAnswer(models.Model):
    """What a program's request was answered, under the key it came with; see `idempotency`."""

    id = models.BigAutoField(primary_key=True)
    actor = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # of the request: method, address and body
    status = models.PositiveSmallIntegerField()
    location = models.CharField(max_length=200, default="", blank=True)
    body_sealed = SealedField(label="core_keptanswer.answer", row="{0.actor}/{0.key}")
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor", "key"], name="kept_answer_once"),
        ]


class KeyPrint(models.Model):
    """Under which keys the data were written: a fingerprint of each, which gives nothing away."""

    name = models.CharField(primary_key=True, max_length=10)
    fingerprint = models.CharField(max_length=16)
