"""Who makes up the team of a grid, and who answers for which patch of it.

What kinds of people there are is the community's own: 网格员, 党员, 居民骨干, 政法网格员; 红马甲
and 小蓝帽. A kind that is no longer in use ends, and what stands under it stays.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from linli.people.models.accounts import Account
from linli.people.models.residents import Resident
from linli.territory.models import Area


class KindUse(models.TextChoices):
    """What a kind is used for."""

    TEAM = "TEAM"  # who belongs to every grid's team
    PATCH = "PATCH"  # who claims patches
    DUTY = "DUTY"  # what a party member does in the grid: 宣传员, 信息员, 调解员
    FORCE = "FORCE"  # what a talent brings in: a local unit, a delegate, a retired cadre …


class FilledBy(models.TextChoices):
    """Who belongs to a kind without being entered again."""

    GRID_WORKER = "GRID_WORKER"
    GRID_LEAD = "GRID_LEAD"
    BUILDING_LEAD = "BUILDING_LEAD"
    SOCIAL_WORKER = "SOCIAL_WORKER"
    PARTY = "PARTY"  # party members who serve in the grid: counted, not named


class OwnKind(models.Model):
    """A kind of people that a community named itself."""

    Use = KindUse

    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    use = models.CharField(max_length=8, choices=KindUse.choices)
    name = models.CharField(max_length=30)
    filled_by = models.CharField(max_length=13, choices=FilledBy.choices, default="", blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "use", "name"],
                name="own_kind_named_once",
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Somebody(models.Model):
    """Either an account or a resident, from a day to a day."""

    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="%(class)s_set"
    )
    resident = models.ForeignKey(
        Resident, models.PROTECT, null=True, blank=True, related_name="%(class)s_set"
    )
    kind = models.ForeignKey(OwnKind, models.PROTECT, related_name="+")
    trace = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="%(class)s_is_one_person",
                condition=Q(account__isnull=False, resident__isnull=True)
                | Q(account__isnull=True, resident__isnull=False),
            ),
            models.CheckConstraint(
                name="%(class)s_ends_after_it_begins",
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date")),
            ),
        ]


class TeamMember(Somebody):
    """Somebody of a grid's team, and of what kind."""

    grid = models.ForeignKey(Area, models.PROTECT, related_name="team")

    class Meta(Somebody.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Somebody.Meta.constraints,
            models.UniqueConstraint(
                fields=["grid", "kind", "account"],
                name="team_account_once_of_a_kind",
                condition=Q(until_date__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["grid", "kind", "resident"],
                name="team_resident_once_of_a_kind",
                condition=Q(until_date__isnull=True),
            ),
        ]


class Patch(models.Model):
    """A piece of a grid that somebody takes care of: a lawn, a gate, a row of bins (责任田)."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    grid = models.ForeignKey(Area, models.PROTECT, related_name="patches")
    name = models.CharField(max_length=60)
    trace = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "name"],
                name="patch_named_once",
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PatchClaim(Somebody):
    """Who takes care of a patch. Two of one kind are let in, and flagged: they agree on one."""

    patch = models.ForeignKey(Patch, models.PROTECT, related_name="claims")

    class Meta(Somebody.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Somebody.Meta.constraints,
            models.UniqueConstraint(
                fields=["patch", "kind", "account"],
                name="patch_account_once_of_a_kind",
                condition=Q(until_date__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["patch", "kind", "resident"],
                name="patch_resident_once_of_a_kind",
                condition=Q(until_date__isnull=True),
            ),
        ]
