"""A forum as data: who must be there, by which steps and rules, and on which days."""

import uuid

from django.db import models
from django.db.models import Q

from linli.people.models import Account, Organisation
from linli.territory.models import Area


class Forum(models.Model):
    """Where a community talks things over, with what it decided about how it does so."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=60)
    purpose = models.CharField(max_length=200, default="", blank=True)
    levels = models.JSONField()  # the levels at which it has topics, see workflow.TopicLevel
    rhythm = models.JSONField(default=dict, blank=True)  # see workflow.rhythm_said; empty: none
    is_public = models.BooleanField(default=True)  # residents read its topics
    takes_opinions = models.BooleanField(default=True)
    allows_secret = models.BooleanField(default=False)
    allows_equal_shares = models.BooleanField(default=False)
    quorum_percent = models.PositiveSmallIntegerField(default=50)  # of the parties' people expected
    quorum_counts_residents = models.BooleanField(default=True)  # or only the parties' people
    redo_days = models.PositiveSmallIntegerField(default=30)  # what a new round has, at most
    rounds_most = models.PositiveSmallIntegerField(default=2)  # each one beyond goes up a level
    stalled_days = models.PositiveSmallIntegerField(default=14)  # adopted, and nobody took it
    judge_days = models.PositiveSmallIntegerField(default=7)
    trace = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "code"], name="forum_code_once"),
            models.CheckConstraint(
                name="forum_quorum_is_a_share", condition=Q(quorum_percent__lte=100)
            ),
            models.CheckConstraint(
                name="forum_gives_time",
                condition=Q(redo_days__gte=1, rounds_most__gte=1, judge_days__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_running(self) -> bool:
        """Tell whether it takes new topics."""
        return self.ended_at is None

    @property
    def asks_everybody(self) -> bool:
        """Tell whether any resident may say something to it."""
        return self.is_running and self.is_public and self.takes_opinions


class Procedure(models.Model):
    """One wording of a forum's steps. It is never changed: a topic keeps the one it began with."""

    forum = models.ForeignKey(Forum, models.PROTECT, related_name="procedures")
    number = models.PositiveSmallIntegerField()
    steps = models.JSONField()  # see workflow.procedure_said
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["forum", "number"], name="procedure_number_once"),
        ]


class GroundRules(models.Model):
    """One wording of a forum's rules of talking. A meeting keeps the one it was opened under."""

    forum = models.ForeignKey(Forum, models.PROTECT, related_name="ground_rules")
    number = models.PositiveSmallIntegerField()
    rules = models.JSONField()  # a list of sentences; an empty one is still to be filled in
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["forum", "number"], name="ground_rules_number_once"),
        ]


class Seating(models.Model):
    """One list of the parties as a meeting was opened with it; it is kept when they change.

    `parties` are in order, each with `queries.meetings.SEATED_FIELDS`.
    """

    forum = models.ForeignKey(Forum, models.PROTECT, related_name="seatings")
    number = models.PositiveSmallIntegerField()
    parties = models.JSONField()
    digest = models.CharField(max_length=64)
    frozen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["forum", "number"], name="seating_number_once"),
            models.UniqueConstraint(fields=["forum", "digest"], name="seating_once"),
        ]


class Party(models.Model):
    """One of those who must, or may, sit in a forum, and what falls to them there."""

    forum = models.ForeignKey(Forum, models.PROTECT, related_name="parties")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    duty = models.CharField(max_length=120, default="", blank=True)  # 指导员, 信息员, 服务方 …
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+"
    )
    people = models.ManyToManyField(Account, related_name="+", blank=True)
    seats = models.PositiveSmallIntegerField(default=1)  # how many people of it are expected
    is_required = models.BooleanField(default=True)
    carries_out = models.BooleanField(default=False)  # decisions are given to it
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["forum", "name"], name="party_named_once", condition=Q(ended_at=None)
            ),
            models.CheckConstraint(name="party_has_a_seat", condition=Q(seats__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name


class SubjectField(models.Model):
    """What a forum's topics are about: 设施维护, 环境美化, 治安管理."""

    forum = models.ForeignKey(Forum, models.PROTECT, related_name="fields")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=30)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["forum", "name"], name="subject_field_once", condition=Q(ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class JudgementRule(models.Model):
    """When those a result touches are satisfied, from a day on."""

    forum = models.ForeignKey(Forum, models.PROTECT, related_name="judgement_rules")
    from_date = models.DateField()
    percent = models.PositiveSmallIntegerField(default=85)
    counts_basically = models.BooleanField(default=True)
    answers_least = models.PositiveIntegerField(default=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["forum", "from_date"], name="judgement_rule_once"),
            models.CheckConstraint(
                name="judgement_rule_is_a_share",
                condition=Q(percent__gte=1, percent__lte=100, answers_least__gte=1),
            ),
        ]


class CalendarDecision(models.Model):
    """What was decided about a regular day that falls on a public holiday, or suits nobody.

    Without `held_on` the meeting of that day is left out.
    """

    forum = models.ForeignKey(Forum, models.PROTECT, related_name="calendar_decisions")
    day = models.DateField()  # the regular one
    held_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=120, default="", blank=True)
    decided_by = models.CharField(max_length=64)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["forum", "day"], name="calendar_decided_once"),
        ]
