"""What came of a topic: resolutions, who carries them out, how it was judged and published."""

import uuid

from django.db import models
from django.db.models import F, Q

from linli.deliberation.models._codes import codes, one_of
from linli.deliberation.models.forums import JudgementRule, Party
from linli.deliberation.models.meetings import Meeting
from linli.deliberation.models.topics import Topic
from linli.deliberation.models.votes import Vote
from linli.deliberation.workflow import Decision, PublicationKind, TaskState, Verdict
from linli.people.models import Account, Organisation


class Resolution(models.Model):
    """What was decided on a topic, at a meeting or by a vote. It is never changed."""

    topic = models.ForeignKey(Topic, models.PROTECT, related_name="resolutions")
    number = models.CharField(max_length=16)  # the forum's, such as 2026-03
    decision = models.CharField(max_length=11, choices=codes(Decision))
    text = models.TextField()
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, null=True, blank=True, related_name="resolutions"
    )
    vote = models.OneToOneField(
        Vote, models.PROTECT, null=True, blank=True, related_name="resolution"
    )
    adopted_at = models.DateTimeField()
    adopted_by = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "number"], name="resolution_number_once"),
            models.CheckConstraint(
                name="resolution_decided_somewhere",
                condition=Q(meeting__isnull=False) | Q(vote__isnull=False),
            ),
            models.CheckConstraint(
                name="resolution_decision_known", condition=one_of("decision", Decision)
            ),
        ]


class Task(models.Model):
    """What a resolution asks of somebody, until a day. It is carried out as a matter (`ref`)."""

    resolution = models.ForeignKey(Resolution, models.PROTECT, related_name="tasks")
    number = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=400)
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+"
    )
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    due_date = models.DateField()
    state = models.CharField(max_length=6, choices=codes(TaskState), default=TaskState.OPEN.value)
    ref = models.CharField(max_length=60, default="", blank=True)  # core.Ref as text: the matter
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resolution", "number"], name="task_number_once"),
            models.UniqueConstraint(fields=["ref"], name="task_ref_once", condition=~Q(ref="")),
            models.CheckConstraint(
                name="task_has_one_owner",
                condition=Q(organisation__isnull=False, account__isnull=True)
                | Q(organisation__isnull=True, account__isnull=False),
            ),
            models.CheckConstraint(
                name="task_ended_when",
                condition=Q(state="OPEN", ended_at__isnull=True)
                | (~Q(state="OPEN") & Q(ended_at__isnull=False)),
            ),
        ]


class Judgement(models.Model):
    """Those whom a result touches are asked whether they are satisfied: a vote with a consequence.

    Too few answers extend it.
    """

    topic = models.OneToOneField(Topic, models.PROTECT, related_name="judgement")
    vote = models.OneToOneField(Vote, models.PROTECT, related_name="judgement")
    rule = models.ForeignKey(JudgementRule, models.PROTECT, related_name="+", db_index=False)
    extensions = models.PositiveSmallIntegerField(default=0)
    verdict = models.CharField(max_length=9, choices=codes(Verdict), default="", blank=True)
    satisfied = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    judged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="judgement_counts_its_answers", condition=Q(satisfied__lte=F("answered"))
            ),
        ]


class Publication(models.Model):
    """What was made public, as it stood. A correction stands beside what it corrects."""

    topic = models.ForeignKey(
        Topic, models.PROTECT, null=True, blank=True, related_name="publications"
    )
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, null=True, blank=True, related_name="publications"
    )
    kind = models.CharField(max_length=10, choices=codes(PublicationKind))
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    public_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="publication_of_one",
                condition=Q(topic__isnull=False, meeting__isnull=True)
                | Q(topic__isnull=True, meeting__isnull=False),
            ),
            models.CheckConstraint(
                name="publication_correction_of_another",
                condition=Q(kind="CORRECTION", corrects__isnull=False)
                | (~Q(kind="CORRECTION") & Q(corrects__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["topic", "number"],
                name="publication_number_of_topic",
                condition=Q(topic__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["meeting", "number"],
                name="publication_number_of_meeting",
                condition=Q(meeting__isnull=False),
            ),
        ]

    @property
    def is_result(self) -> bool:
        """Tell whether it says what came of a topic."""
        return self.kind == PublicationKind.RESULT
