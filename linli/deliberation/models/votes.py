"""Votes: a frozen roll, ballots by any channel, and secret ones that nobody can join to a name."""

import uuid

from django.db import models
from django.db.models import F, Q

from linli.core.sealed import SealedField
from linli.deliberation.models._codes import codes, one_of
from linli.deliberation.models.forums import Forum
from linli.deliberation.models.topics import Topic
from linli.deliberation.tally import Kind
from linli.deliberation.workflow import BallotChannel, RollUnit, VotePurpose, VoteState
from linli.people.models import Account, Household, Resident
from linli.territory.models import Area, Dwelling


class Vote(models.Model):
    """A vote, from its draft to its count. What is counted by is frozen when it opens."""

    forum = models.ForeignKey(Forum, models.PROTECT, related_name="votes")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="votes")
    purpose = models.CharField(max_length=9, choices=codes(VotePurpose))
    kind = models.CharField(max_length=12, choices=codes(Kind))
    state = models.CharField(max_length=9, choices=codes(VoteState), default=VoteState.DRAFT.value)
    title = models.CharField(max_length=80)
    question = models.CharField(max_length=400, default="", blank=True)
    is_secret = models.BooleanField(default=False)
    unit = models.CharField(max_length=9, choices=codes(RollUnit))
    scope = models.JSONField()  # {"level": …, "ids": […]}: whose roll, see queries.rolls
    rules = models.JSONField()  # quorum, majority, places, money, rule …
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    roll_count = models.PositiveIntegerField(default=0)
    roll_digest = models.CharField(max_length=64, default="", blank=True)
    public_key = models.BinaryField(default=bytes)  # of a secret vote, until it is counted
    result = models.JSONField(null=True, blank=True)
    ballots_digest = models.CharField(max_length=64, default="", blank=True)  # the root of the set
    trace = models.UUIDField(default=uuid.uuid4, db_index=True)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="vote_state_known", condition=one_of("state", VoteState)),
            models.CheckConstraint(
                name="vote_closes_after_it_opens", condition=Q(closes_at__gt=F("opens_at"))
            ),
            # What is hidden until the close does not exist before.
            models.CheckConstraint(
                name="vote_result_after_the_close",
                condition=Q(state="COUNTED", result__isnull=False, counted_at__isnull=False)
                | (~Q(state="COUNTED") & Q(result__isnull=True, counted_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="vote_open_on_a_frozen_roll",
                condition=~Q(state__in=["OPEN", "CLOSED", "COUNTED"]) | ~Q(roll_digest=""),
            ),
            models.CheckConstraint(
                name="vote_owners_apart",
                condition=Q(purpose="OWNERS", kind="OWNERS")
                | (~Q(purpose="OWNERS") & ~Q(kind="OWNERS")),
            ),
        ]
        indexes = [
            models.Index(fields=["community", "-id"], name="vote_community"),
            models.Index(fields=["closes_at"], name="vote_soon_closed", condition=Q(state="OPEN")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_draft(self) -> bool:
        """Tell whether it may still be changed."""
        return self.state == VoteState.DRAFT

    @property
    def is_open(self) -> bool:
        """Tell whether ballots are cast."""
        return self.state == VoteState.OPEN

    @property
    def is_closed(self) -> bool:
        """Tell whether nobody casts any more, and it waits to be counted."""
        return self.state == VoteState.CLOSED

    @property
    def is_cancelled(self) -> bool:
        """Tell whether it was called off."""
        return self.state == VoteState.CANCELLED

    @property
    def is_judgement(self) -> bool:
        """Tell whether those a result touches say if they are satisfied."""
        return self.purpose == VotePurpose.JUDGEMENT


class VoteOption(models.Model):
    """Something to choose; with a cost where a budget is voted on."""

    vote = models.ForeignKey(Vote, models.PROTECT, related_name="options")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    text = models.CharField(max_length=400, default="", blank=True)
    cost_yuan = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vote", "position"], name="vote_option_place_once"),
            models.UniqueConstraint(fields=["vote", "name"], name="vote_option_named_once"),
        ]


class Teller(models.Model):
    """One of the two who open a secret ballot together; the server has only the public half.

    They make their keys before the vote opens; once it is counted, the public halves are gone, too.
    """

    vote = models.ForeignKey(Vote, models.PROTECT, related_name="tellers")
    position = models.PositiveSmallIntegerField()
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    public_key = models.BinaryField(default=bytes)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vote", "account"], name="teller_once"),
            models.UniqueConstraint(fields=["vote", "position"], name="teller_place_once"),
            models.CheckConstraint(name="teller_first_or_second", condition=Q(position__in=[1, 2])),
        ]


class OwnersShare(models.Model):
    """How much of a building belongs to a door, as its title says; kept for every later vote.

    A door counts as one owner; the second door of the same owner counts as none.
    Source: 最高人民法院 法释〔2009〕7号 §8, §9.
    """

    dwelling = models.OneToOneField(Dwelling, models.PROTECT, related_name="+")
    area_hundredths = models.PositiveBigIntegerField()
    heads = models.PositiveSmallIntegerField(default=1)
    set_by = models.CharField(max_length=64)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="owners_share_is_a_share",
                condition=Q(area_hundredths__gte=1, heads__lte=1),
            ),
        ]


class RollEntry(models.Model):
    """Somebody, or a household, who has one vote; written when the vote opens, never after.

    Owners have areas, in hundredths of a square metre, and count as heads.
    """

    vote = models.ForeignKey(Vote, models.PROTECT, related_name="roll", db_index=False)
    number = models.PositiveIntegerField()
    resident = models.ForeignKey(Resident, models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="+")
    area_hundredths = models.PositiveBigIntegerField(default=0)
    heads = models.PositiveSmallIntegerField(default=1)
    code_sealed = SealedField(
        label="deliberation_rollentry.code", row="{0.vote_id}/{0.number}", default=bytes
    )
    code_digest = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vote", "number"], name="roll_number_once"),
            models.UniqueConstraint(
                fields=["vote", "resident"],
                name="roll_resident_once",
                condition=Q(resident__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["vote", "household"],
                name="roll_household_once",
                condition=Q(household__isnull=False),
            ),
            models.CheckConstraint(
                name="roll_entry_of_one",
                condition=Q(resident__isnull=False, household__isnull=True)
                | Q(resident__isnull=True, household__isnull=False),
            ),
        ]


class Participation(models.Model):
    """An entry on the roll took part: once, whatever the channel. It says nothing of the choice."""

    entry = models.OneToOneField(
        RollEntry, models.PROTECT, primary_key=True, related_name="participation"
    )
    vote = models.ForeignKey(Vote, models.PROTECT, related_name="participations")
    channel = models.CharField(max_length=8, choices=codes(BallotChannel))
    entered_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", db_index=False
    )
    helper = models.CharField(max_length=40, default="", blank=True)
    took_part_at = models.DateTimeField()
    mark = models.CharField(max_length=64, default="", blank=True)  # see `marks`

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="participation_helper_named",
                condition=~Q(channel="ASSISTED") | ~Q(helper=""),
            ),
            models.CheckConstraint(
                name="participation_entered_by_somebody",
                condition=Q(channel="ONLINE") | Q(entered_by__isnull=False),
            ),
        ]


class OpenBallot(models.Model):
    """A ballot of an open vote. The last one stands; those before it are its history."""

    entry = models.ForeignKey(RollEntry, models.PROTECT, related_name="ballots")
    vote = models.ForeignKey(Vote, models.PROTECT, related_name="open_ballots", db_index=False)
    number = models.PositiveSmallIntegerField()
    stands = models.BooleanField(default=True)
    choice = models.JSONField()
    comment = models.CharField(max_length=400, default="", blank=True)
    receipt = models.CharField(max_length=16)
    channel = models.CharField(max_length=8, choices=codes(BallotChannel))
    entered_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", db_index=False
    )
    helper = models.CharField(max_length=40, default="", blank=True)
    cast_at = models.DateTimeField()
    replaced_why = models.CharField(max_length=200, default="", blank=True)
    mark = models.CharField(max_length=64, default="", blank=True)  # see `marks`

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], name="open_ballot_one_stands", condition=Q(stands=True)
            ),
            models.UniqueConstraint(fields=["entry", "number"], name="open_ballot_number_once"),
            models.UniqueConstraint(fields=["vote", "receipt"], name="open_ballot_receipt_once"),
        ]


class Envelope(models.Model):
    """A secret ballot sealed to the tellers' key; gone once they have counted.

    It lies here without a name, a time or a number. Whoever joins it to a participation by the
    order of rows learns nothing: the key that opens it is not on this server.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    vote = models.ForeignKey(Vote, models.PROTECT, related_name="envelopes")
    content = models.BinaryField()


class CountedBallot(models.Model):
    """A ballot on the published list: a receipt that only its voter knows, and a choice.

    All of a vote are written at once, in a shuffled order.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    vote = models.ForeignKey(Vote, models.PROTECT, related_name="counted_ballots", db_index=False)
    receipt = models.CharField(max_length=16)
    choice = models.JSONField()
    weight = models.JSONField(null=True, blank=True)  # of owners: area and heads

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vote", "receipt"], name="counted_receipt_once"),
        ]
