"""What was entered about a household without a network, and where it met another hand."""

from django.db import models
from django.db.models import Q

from linli.people.models.accounts import Account
from linli.people.models.residents import Household


class HouseholdEdit(models.Model):
    """One edit that came in late; its key lets it count once however often it is sent."""

    submission_key = models.UUIDField(unique=True)
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    sent_at = models.DateTimeField()  # by the server's clock
    phone_at = models.DateTimeField(null=True, blank=True)  # by the phone's, which may be wrong


class DisputeField(models.TextChoices):
    """Which column of a household two people changed."""

    STATUS = "STATUS"
    EMPLOYER = "EMPLOYER"


class DisputeState(models.TextChoices):
    """Whether the office has chosen, and what."""

    WAITING = "WAITING"
    KEPT = "KEPT"  # what stood when the edit came in
    TAKEN = "TAKEN"  # what the edit brought


class HouseholdDispute(models.Model):
    """Two people changed the same thing: both values, until the office chooses."""

    edit = models.ForeignKey(HouseholdEdit, models.PROTECT, related_name="disputes")
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    field = models.CharField(max_length=8, choices=DisputeField.choices)
    base = models.CharField(max_length=60, default="", blank=True)  # what its writer had seen
    standing = models.CharField(max_length=60, default="", blank=True)
    offered = models.CharField(max_length=60, default="", blank=True)
    state = models.CharField(
        max_length=7, choices=DisputeState.choices, default=DisputeState.WAITING
    )
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edit", "field"], name="dispute_once_an_edit"),
            models.CheckConstraint(
                name="dispute_decided_at_a_time",
                condition=Q(state="WAITING", decided_at__isnull=True)
                | (~Q(state="WAITING") & Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["found_at", "id"], name="dispute_waiting", condition=Q(state="WAITING")
            ),
        ]
