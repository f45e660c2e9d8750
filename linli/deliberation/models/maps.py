"""Opinion maps: short statements, and who agrees with which."""

import uuid

from django.db import models
from django.db.models import Q

from linli.deliberation.models.forums import Forum
from linli.deliberation.models.topics import Topic
from linli.people.models import Account
from linli.territory.models import Area


class OpinionMap(models.Model):
    """A question and statements with which people agree or disagree. It advises, decides nothing.

    `seed` is fixed when it opens: whoever draws it anew from its votes gets the same map.
    """

    forum = models.ForeignKey(Forum, models.PROTECT, related_name="maps")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="maps")
    question = models.CharField(max_length=200)
    seed = models.PositiveIntegerField()
    is_open = models.BooleanField(default=True)
    takes_statements = models.BooleanField(default=True)  # from those who answer
    drawn = models.JSONField(null=True, blank=True)
    drawn_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()  # an answer or a statement came
    closed_at = models.DateTimeField(null=True, blank=True)
    trace = models.UUIDField(default=uuid.uuid4, db_index=True)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="opinion_map_closed_when",
                condition=Q(is_open=True, closed_at__isnull=True)
                | Q(is_open=False, closed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["community", "-id"], name="opinion_map_community")]

    def __str__(self) -> str:
        return self.question


class Moderation(models.IntegerChoices):
    """Whether a statement is shown; as `linli opinion-map` reads it."""

    OUT = -1
    WAITING = 0
    IN = 1


class Statement(models.Model):
    """One short sentence that somebody may agree with."""

    map = models.ForeignKey(OpinionMap, models.PROTECT, related_name="statements")
    number = models.PositiveIntegerField()
    text = models.CharField(max_length=140)
    moderated = models.SmallIntegerField(choices=Moderation.choices, default=Moderation.WAITING)
    by_participant = models.BooleanField(default=False)
    moderated_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", db_index=False
    )
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["map", "number"], name="statement_number_once"),
            models.UniqueConstraint(fields=["map", "text"], name="statement_text_once"),
        ]


class Participant(models.Model):
    """Somebody who answers, known by the digest of a key that only their browser or account has."""

    map = models.ForeignKey(OpinionMap, models.PROTECT, related_name="participants")
    number = models.PositiveIntegerField()
    key_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["map", "key_digest"], name="participant_once"),
            models.UniqueConstraint(fields=["map", "number"], name="participant_number_once"),
        ]


class StatementVote(models.Model):
    """What a participant says to a statement: 1 agrees, -1 disagrees, 0 passes. The last counts."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="votes")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="votes")
    vote = models.SmallIntegerField()
    voted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "participant"], name="statement_vote_once"
            ),
            models.CheckConstraint(
                name="statement_vote_is_one_of_three", condition=Q(vote__in=(-1, 0, 1))
            ),
        ]
