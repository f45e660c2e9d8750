"""What residents say, and the topics it becomes."""

import uuid

from django.db import models
from django.db.models import F, Q

from linli.core.models import Attachment
from linli.core.sealed import SealedField
from linli.deliberation.models._codes import codes, one_of
from linli.deliberation.models.forums import Forum, Procedure, SubjectField
from linli.deliberation.workflow import (
    OpinionChannel,
    OpinionKind,
    OpinionState,
    ReturnCause,
    TopicLevel,
    TopicState,
)
from linli.people.models import Account
from linli.territory.models import Area, Building


class Topic(models.Model):
    """One thing that is talked over, by the steps of its forum; a later round is another row."""

    forum = models.ForeignKey(Forum, models.PROTECT, related_name="topics", db_index=False)
    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="+", db_index=False)
    position = models.PositiveSmallIntegerField(default=0)  # which step of the procedure
    state = models.CharField(
        max_length=12, choices=codes(TopicState), default=TopicState.GATHERING.value
    )
    level = models.CharField(max_length=9, choices=codes(TopicLevel))
    grid = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    building = models.ForeignKey(Building, models.PROTECT, null=True, blank=True, related_name="+")
    field = models.ForeignKey(
        SubjectField, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    title = models.CharField(max_length=80)
    why = models.CharField(max_length=400, default="", blank=True)
    trace = models.UUIDField(default=uuid.uuid4, db_index=True)
    source = models.CharField(max_length=60, default="", blank=True)  # core.Ref as text
    owner = models.ForeignKey(Account, models.PROTECT, related_name="+")
    raised_by = models.CharField(max_length=64)
    raised_at = models.DateTimeField()
    entered_at = models.DateTimeField()  # the state it is in
    due_at = models.DateTimeField(null=True, blank=True)
    late_at = models.DateTimeField(null=True, blank=True)  # when its lateness was told
    round = models.PositiveSmallIntegerField(default=1)
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="next"
    )
    return_cause = models.CharField(
        max_length=14, choices=codes(ReturnCause), default="", blank=True
    )
    outcome = models.CharField(max_length=400, default="", blank=True)  # why dropped or returned
    published_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="topic_state_known", condition=one_of("state", TopicState)),
            models.CheckConstraint(name="topic_level_known", condition=one_of("level", TopicLevel)),
            models.CheckConstraint(
                name="topic_at_its_level",
                condition=Q(level="BUILDING", building__isnull=False, grid__isnull=False)
                | Q(level="GRID", building__isnull=True, grid__isnull=False)
                | Q(level="COMMUNITY", building__isnull=True, grid__isnull=True),
            ),
            models.CheckConstraint(
                name="topic_closes_after_publication",
                condition=~Q(state__in=["PUBLISHED", "CARRYING_OUT", "JUDGING", "CLOSED"])
                | Q(published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="topic_ended_when",
                condition=Q(state__in=["CLOSED", "RETURNED", "DROPPED"], ended_at__isnull=False)
                | (~Q(state__in=["CLOSED", "RETURNED", "DROPPED"]) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="topic_round_after_another",
                condition=Q(round=1, previous__isnull=True)
                | Q(round__gte=2, previous__isnull=False, due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="topic_not_its_own_round",
                condition=Q(previous__isnull=True) | ~Q(previous=F("id")),
            ),
        ]
        indexes = [
            models.Index(fields=["forum", "state", "-id"], name="topic_forum_state"),
            models.Index(fields=["community", "-id"], name="topic_community"),
            models.Index(
                fields=["due_at"],
                name="topic_soon_late",
                condition=Q(ended_at__isnull=True, late_at__isnull=True, due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing more happens to this round."""
        return self.ended_at is not None


class Opinion(models.Model):
    """What somebody said, by whatever channel, and how it was answered.

    Name and telephone are encrypted under ``row_key``; whoever has no account follows it by a code.
    """

    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    forum = models.ForeignKey(Forum, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=8, choices=codes(OpinionKind))
    channel = models.CharField(max_length=10, choices=codes(OpinionChannel))
    state = models.CharField(
        max_length=8, choices=codes(OpinionState), default=OpinionState.NEW.value
    )
    text = models.TextField()
    people_count = models.PositiveIntegerField(default=1)  # who said so: of a show of hands, many
    grid = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    building = models.ForeignKey(Building, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=60, default="", blank=True)  # core.Ref as text
    submission_key = models.UUIDField(unique=True)
    trace = models.UUIDField(default=uuid.uuid4, db_index=True)
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+"
    )  # whose opinion it is
    name_sealed = SealedField(label="deliberation_opinion.name", default=bytes)
    phone_sealed = SealedField(label="deliberation_opinion.phone", default=bytes)
    code_sealed = SealedField(label="deliberation_opinion.code", default=bytes)
    code_digest = models.CharField(max_length=64, unique=True)
    entered_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    said_at = models.DateTimeField()
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="opinions")
    answer = models.CharField(max_length=800, default="", blank=True)
    answered_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    agreed_privacy_at = models.DateTimeField(null=True, blank=True)
    late_at = models.DateTimeField(null=True, blank=True)  # when its long wait was told
    public_summary = models.CharField(max_length=200, default="", blank=True)  # by staff
    published_at = models.DateTimeField(null=True, blank=True)  # in the idea box
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="opinion_shown_in_words_of_staff",
                condition=Q(published_at__isnull=True) | ~Q(public_summary=""),
            ),
            models.CheckConstraint(
                name="opinion_merged_into_a_topic",
                condition=~Q(state="MERGED") | Q(topic__isnull=False),
            ),
            models.CheckConstraint(
                name="opinion_answered_in_words",
                condition=(Q(state="ANSWERED", answered_at__isnull=False) & ~Q(answer=""))
                | ~Q(state="ANSWERED"),
            ),
            models.CheckConstraint(name="opinion_of_somebody", condition=Q(people_count__gte=1)),
        ]
        indexes = [
            models.Index(fields=["community", "state", "-id"], name="opinion_community_state"),
            models.Index(
                fields=["community", "-published_at", "-id"],
                name="opinion_shown",
                condition=Q(published_at__isnull=False),
            ),
        ]

    @property
    def is_new(self) -> bool:
        """Tell whether it still waits for its answer."""
        return self.state == OpinionState.NEW

    @property
    def is_late(self) -> bool:
        """Tell whether its author was left to wait, and the office was told so."""
        return self.is_new and self.late_at is not None

    @property
    def is_merged(self) -> bool:
        """Tell whether a topic answers it."""
        return self.state == OpinionState.MERGED

    @property
    def is_answered(self) -> bool:
        """Tell whether it was answered in words."""
        return self.state == OpinionState.ANSWERED

    @property
    def is_shown(self) -> bool:
        """Tell whether it stands in the idea box."""
        return self.published_at is not None

    @property
    def knows_author(self) -> bool:
        """Tell whether it still says who said it: by an account, a name or a number."""
        return self.account_id is not None or self.has_contact

    @property
    def has_contact(self) -> bool:
        """Tell whether a name or a number was left and is still kept."""
        return self.agreed_privacy_at is not None and self.erased_at is None

    @property
    def is_idea(self) -> bool:
        """Tell whether it is a bright idea."""
        return self.kind == OpinionKind.IDEA


class Paper(models.Model):
    """What is read before a topic is talked over, and since when it was there to be read.

    Residents read it once the office looked it through and published it: a file may hold names.
    """

    topic = models.ForeignKey(Topic, models.PROTECT, related_name="papers")
    attachment = models.OneToOneField(
        Attachment, models.PROTECT, null=True, blank=True, related_name="+"
    )
    title = models.CharField(max_length=80)
    text = models.TextField(default="", blank=True)
    given_out_at = models.DateTimeField()
    given_out_by = models.CharField(max_length=64)
    published_at = models.DateTimeField(null=True, blank=True)  # None: only who sits there reads it

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="paper_published_once_given_out",
                condition=Q(published_at__isnull=True) | Q(published_at__gte=F("given_out_at")),
            ),
        ]

    @property
    def is_published(self) -> bool:
        """Tell whether residents read it, where its forum is public."""
        return self.published_at is not None
