"""Meetings of every kind: who came, who spoke, what was moved, and who disagreed."""

import uuid

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from linli.core.sealed import SealedField
from linli.deliberation.models._codes import codes
from linli.deliberation.models.forums import Forum, GroundRules, Party, Seating
from linli.deliberation.models.topics import Topic
from linli.deliberation.workflow import MeetingKind, MeetingState, MotionState, SignInMeans
from linli.people.models import Account
from linli.territory.models import Area, Place


class Meeting(models.Model):
    """One meeting, from its invitation to its signed minutes.

    `record_digest` is of the whole record as it was signed, names and all; `record_sealed` is that
    record: a party or person that is called otherwise later was called so then.
    """

    forum = models.ForeignKey(Forum, models.PROTECT, related_name="meetings")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=codes(MeetingKind))
    state = models.CharField(
        max_length=9, choices=codes(MeetingState), default=MeetingState.PLANNED.value
    )
    name = models.CharField(max_length=60)
    starts_at = models.DateTimeField()
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    place_text = models.CharField(max_length=80, default="", blank=True)
    ground_rules = models.ForeignKey(
        GroundRules, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )  # frozen when it opens
    seating = models.ForeignKey(
        Seating, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )  # frozen when it opens
    chair = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    recorder = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    # 应到, frozen when it opens; of a talk, to which nobody is expected, how many came.
    expected = models.PositiveIntegerField(default=0)
    quorum = models.PositiveIntegerField(default=0)  # of those present, frozen when it opens
    quorum_counts_residents = models.BooleanField(default=True)  # frozen when it opens
    expected_reason = models.CharField(max_length=200, default="", blank=True)  # fewer than seats
    missing_reason = models.CharField(max_length=200, default="", blank=True)
    summary = models.TextField(default="", blank=True)
    regular_day = models.DateField(null=True, blank=True)  # of the forum's calendar
    trace = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sign_in_key_sealed = SealedField(label="deliberation_meeting.sign_in_key", default=bytes)
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    record_digest = models.CharField(max_length=64, default="", blank=True)
    record_sealed = SealedField(label="deliberation_meeting.record", default=bytes)
    signed_at = models.DateTimeField(null=True, blank=True)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="meeting_signed_with_a_digest",
                condition=(
                    Q(state__in=["SIGNED", "PUBLISHED"], signed_at__isnull=False)
                    & ~Q(record_digest="")
                )
                | ~Q(state__in=["SIGNED", "PUBLISHED"]),
            ),
            models.UniqueConstraint(
                fields=["forum", "regular_day"],
                name="meeting_once_a_regular_day",
                condition=Q(regular_day__isnull=False) & ~Q(state="CANCELLED"),
            ),
        ]
        indexes = [
            models.Index(fields=["community", "-starts_at", "-id"], name="meeting_community"),
        ]

    def __str__(self) -> str:
        return self.name


class AgendaItem(models.Model):
    """What a meeting talks of: a topic, a matter that is open, or a line of its own."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    topic = models.ForeignKey(
        Topic, models.PROTECT, null=True, blank=True, related_name="agenda_items"
    )
    ref = models.CharField(max_length=60, default="", blank=True)  # core.Ref as text: a matter
    title = models.CharField(max_length=120)
    minutes_planned = models.PositiveSmallIntegerField(default=15)
    said = models.TextField(default="", blank=True)  # what came of it, for the minutes

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "topic"],
                name="agenda_topic_once",
                condition=Q(topic__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["meeting", "ref"], name="agenda_ref_once", condition=~Q(ref="")
            ),
        ]


class Attendance(models.Model):
    """Somebody who was there: by their account, or by the name on the paper sheet.

    Whoever only says to be of a party counts for it when the office confirms: then it is theirs.
    """

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances")
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")
    says_party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    means = models.CharField(max_length=5, choices=codes(SignInMeans))
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name_sealed = SealedField(label="deliberation_attendance.name", default=bytes)
    name_digest = models.CharField(max_length=64, default="", blank=True)
    signed_in_at = models.DateTimeField()
    entered_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "account"],
                name="attendance_once_by_account",
                condition=Q(account__isnull=False),
            ),
            models.UniqueConstraint(
                "meeting",
                "name_digest",
                Coalesce("party", "says_party", Value(0)),  # two of one name under two parties
                name="attendance_once_by_name",
                condition=Q(account__isnull=True),
            ),
            models.CheckConstraint(
                name="attendance_confirmed_or_said",
                condition=Q(party__isnull=True) | Q(says_party__isnull=True),
            ),
            models.CheckConstraint(
                name="attendance_of_somebody",
                condition=Q(account__isnull=False) | ~Q(name_digest=""),
            ),
        ]


class Speech(models.Model):
    """A turn on the speakers' list: asked for, begun, ended."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="speeches")
    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="speeches")
    position = models.PositiveSmallIntegerField()
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    gist = models.CharField(max_length=400, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="speech_ends_after_it_begins",
                condition=Q(ended_at__isnull=True)
                | Q(began_at__isnull=False, ended_at__gte=F("began_at")),
            ),
        ]


class Motion(models.Model):
    """Something moved at a meeting, with the show of hands on it."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="motions")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=400)
    moved_by = models.ForeignKey(
        Attendance, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    state = models.CharField(
        max_length=11, choices=codes(MotionState), default=MotionState.MOVED.value
    )
    yes = models.PositiveIntegerField(default=0)
    no = models.PositiveIntegerField(default=0)
    abstain = models.PositiveIntegerField(default=0)
    present = models.PositiveIntegerField(default=0)  # when hands were counted
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="motion_decided_when",
                condition=Q(state="MOVED", decided_at__isnull=True)
                | (~Q(state="MOVED") & Q(decided_at__isnull=False)),
            ),
        ]


class Dissent(models.Model):
    """Somebody disagrees with what was carried, and wants it written down."""

    motion = models.ForeignKey(Motion, models.PROTECT, related_name="dissents")
    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="+", db_index=False)
    text = models.CharField(max_length=400)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["motion", "attendance"], name="dissent_once"),
        ]


class Signature(models.Model):
    """Somebody signed the minutes of a meeting as they stood: chair and recorder, two people."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="signatures")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    part = models.CharField(max_length=8)  # CHAIR or RECORDER
    record_digest = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "part"], name="signature_part_once"),
            models.UniqueConstraint(fields=["meeting", "account"], name="signature_person_once"),
        ]


class PublicWording(models.Model):
    """How a line of signed minutes is worded where everybody reads it; the record stays as signed.

    `line` is the place in the record, see `queries.public_minutes`.
    """

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="public_wordings")
    line = models.CharField(max_length=60)
    text = models.TextField()
    written_by = models.CharField(max_length=64)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "line"], name="public_wording_once"),
            models.CheckConstraint(name="public_wording_says_something", condition=~Q(text="")),
        ]
