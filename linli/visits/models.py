"""Forms and their versions, campaigns, and the calls on households that come of them."""

import uuid
from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from linli.core.sealed import SealedField
from linli.people.models import Account, Household
from linli.territory.models import Area, Building
from linli.visits.workflow import (
    ATTEMPTS_MOST,
    CampaignState,
    Every,
    Outcome,
    VisitState,
    Window,
)


def _codes(of: type[StrEnum]) -> list[tuple[str, str]]:
    return [(str(one), str(one)) for one in of]


class VisitForm(models.Model):
    """What is asked at the door, under a name; what exactly is said by its versions."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "name"], name="visit_form_named_once"),
        ]

    def __str__(self) -> str:
        return self.name


class VisitFormVersion(models.Model):
    """One wording of a form. It is never changed: a visit keeps the one it was made with."""

    form = models.ForeignKey(VisitForm, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    definition = models.JSONField()  # see visits/forms/definition.py
    digest = models.CharField(max_length=64)  # SHA-256 of the definition
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form", "number"], name="visit_form_version_once"),
            models.UniqueConstraint(fields=["form", "digest"], name="visit_form_wording_once"),
        ]


class CampaignKind(models.TextChoices):
    """Why households are called on."""

    DOOR_TO_DOOR = "DOOR_TO_DOOR"
    CADENCE = "CADENCE"
    PRIORITY = "PRIORITY"  # because somebody there is in need: restricted, as the need is


STANDING = (CampaignKind.CADENCE, CampaignKind.PRIORITY)
"""Of each a community has one, without an end."""


class Campaign(models.Model):
    """A round of calls on the households of a place, from a day to a day.

    Without grids and buildings it is for the whole community.
    """

    Kind = CampaignKind

    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    kind = models.CharField(
        max_length=12, choices=CampaignKind.choices, default=CampaignKind.DOOR_TO_DOOR
    )
    name = models.CharField(max_length=60)
    grids = models.ManyToManyField(Area, related_name="+", blank=True)
    buildings = models.ManyToManyField(Building, related_name="+", blank=True)
    visitors = models.ManyToManyField(Account, related_name="+", blank=True)
    form_version = models.ForeignKey(VisitFormVersion, models.PROTECT, related_name="+")
    from_date = models.DateField()
    until_date = models.DateField()
    visits_per_day = models.PositiveSmallIntegerField()  # of one visitor
    state = models.CharField(max_length=10, choices=_codes(CampaignState))
    plan = models.JSONField(default=dict, blank=True)  # what was worked out, for whoever decides
    trace = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="campaign_ends_after_it_begins", condition=Q(until_date__gte=F("from_date"))
            ),
            models.CheckConstraint(name="campaign_has_a_pace", condition=Q(visits_per_day__gte=1)),
            models.UniqueConstraint(
                fields=["community", "kind"],
                name="campaign_one_of_regular_visits",
                condition=Q(kind__in=("CADENCE", "PRIORITY")),
            ),
        ]
        indexes = [models.Index(fields=["community", "state"], name="campaign_community_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_standing(self) -> bool:
        """Tell whether it is the community's regular visits, which have no end."""
        return self.kind in STANDING

    @property
    def is_restricted(self) -> bool:
        """Tell whether its visits say that somebody is in need."""
        return self.kind == CampaignKind.PRIORITY

    @property
    def is_before(self) -> bool:
        """Tell whether it has not started: it may still be changed."""
        return self.state in (CampaignState.DRAFT, CampaignState.PLANNED)

    @property
    def is_planned(self) -> bool:
        """Tell whether it waits to be started."""
        return self.state == CampaignState.PLANNED

    @property
    def is_running(self) -> bool:
        """Tell whether people are sent out."""
        return self.state == CampaignState.RUNNING


class Visit(models.Model):
    """One call on a household: due, or what came of it.

    Who is not at home is called on again, which is another row on the same thread. The row that
    `stands` says how it is with the household. Answers are encrypted under ``row_key``.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="visits", db_index=False)
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    form_version = models.ForeignKey(
        VisitFormVersion, models.PROTECT, related_name="+", db_index=False
    )
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    due_date = models.DateField()
    due_by = models.DateTimeField(null=True, blank=True)  # within 24 hours of what happened
    cause_sealed = SealedField(label="visits_visit.cause", default=bytes)  # what happened, as code
    late_at = models.DateTimeField(null=True, blank=True)  # when it was told that nobody went
    window = models.CharField(max_length=9, choices=_codes(Window), default="", blank=True)
    position = models.PositiveIntegerField()  # in the order in which the campaign is walked
    round = models.PositiveSmallIntegerField(default=1)  # of regular visits; campaigns have one
    attempt = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=9, choices=_codes(VisitState))
    stands = models.BooleanField(default=True)
    outcome = models.CharField(max_length=15, choices=_codes(Outcome), default="", blank=True)
    happened_at = models.DateTimeField(null=True, blank=True)  # by the server's clock
    phone_at = models.DateTimeField(null=True, blank=True)  # by the phone's, which may be wrong
    recorded_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    submission_key = models.UUIDField(unique=True, null=True, blank=True)
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    answers_sealed = SealedField(label="visits_visit.answers", default=bytes)
    trace = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)

    class Meta:
        constraints = [
            # With the check below: never two open calls on a household in one campaign.
            models.UniqueConstraint(
                fields=["campaign", "household"],
                name="visit_one_stands",
                condition=Q(stands=True),
            ),
            models.UniqueConstraint(
                fields=["campaign", "household", "round", "attempt"], name="visit_attempt_once"
            ),
            models.CheckConstraint(
                name="visit_due_stands", condition=~Q(state="DUE") | Q(stands=True)
            ),
            models.CheckConstraint(
                name="visit_done_has_an_outcome",
                condition=(Q(state="DONE", happened_at__isnull=False) & ~Q(outcome=""))
                | (~Q(state="DONE") & Q(outcome="", happened_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="visit_called_so_often",
                condition=Q(attempt__gte=1, attempt__lte=ATTEMPTS_MOST),
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "due_date", "position"],
                name="visit_due_of_account",
                condition=Q(state="DUE"),
            ),
            models.Index(fields=["campaign", "position", "id"], name="visit_of_campaign"),
            models.Index(
                fields=["due_by"],
                name="visit_soon_late",
                condition=Q(state="DUE", due_by__isnull=False, late_at__isnull=True),
            ),
        ]


class Cadence(models.Model):
    """A household that is called on regularly, by whom and how often.

    One rhythm at a time is arranged for a household; besides, one may follow from a need.
    At a fixed distance the next call lies so many days, from least to most, after the last.

    Its calls are one thread, however many years they go on.
    """

    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    every = models.CharField(max_length=9, choices=_codes(Every))
    since = models.DateField()
    apart_least_days = models.PositiveSmallIntegerField(null=True, blank=True)
    apart_most_days = models.PositiveSmallIntegerField(null=True, blank=True)
    next_date = models.DateField()
    trace = models.UUIDField(default=uuid.uuid4, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["household", "campaign"],
                name="cadence_one_at_a_time",
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="cadence_keeps_its_distance",
                condition=Q(
                    every="SPACED",
                    apart_least_days__gte=1,
                    apart_most_days__gte=F("apart_least_days"),
                )
                | (
                    ~Q(every="SPACED")
                    & Q(apart_least_days__isnull=True, apart_most_days__isnull=True)
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_date", "id"],
                name="cadence_next",
                condition=Q(ended_at__isnull=True),
            ),
        ]


class Finding(models.Model):
    """What a visit found that became something in another room, named by its reference."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="findings")
    ref = models.CharField(max_length=60, unique=True)  # core.Ref as text
    found_at = models.DateTimeField()
