"""Who is served first, and what help they need: a restricted register.

Words and group are sealed or digested: a stolen file tells of nobody that they are in need of what.
"""

import uuid

from django.db import models
from django.db.models import F, Q

from linli.core.sealed import SealedField
from linli.people.models.accounts import Account
from linli.people.models.residents import Resident
from linli.territory.models import Area


class Cadence(models.TextChoices):
    """How often somebody is visited."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    NONE = "NONE"
    GROUP = "GROUP"  # as often as the group says: whoever changes that changes it for all of them


class NeedGroup(models.Model):
    """A group of people whom a community serves first: its own data."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    name = models.CharField(max_length=30)
    position = models.PositiveSmallIntegerField(default=0)
    cadence = models.CharField(max_length=9, choices=Cadence.choices, default=Cadence.NONE)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "name"],
                name="need_group_once",
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(name="need_group_says_itself", condition=~Q(cadence="GROUP")),
        ]

    def __str__(self) -> str:
        return self.name


class PriorityNeed(models.Model):
    """What help a resident needs, who answers for it, and how often somebody comes by."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="needs")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    group_digest = models.CharField(max_length=64)  # keyed: which group, to whoever has the key
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    help_sealed = SealedField(label="people_need.help")
    cadence = models.CharField(max_length=9, choices=Cadence.choices)
    responsible = models.ForeignKey(Account, models.PROTECT, related_name="needs")
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # moves with every change

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "group_digest"],
                name="need_once_in_a_group",
                condition=Q(until_date__isnull=True),
            ),
            models.CheckConstraint(
                name="need_ends_after_it_begins",
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["community", "group_digest", "id"],
                name="need_by_group",
                condition=Q(until_date__isnull=True),
            ),
        ]
