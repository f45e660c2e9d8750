"""The party's units as a tree, and who belongs to which (decision 0027).

A unit's level never changes, and it stands under one of a higher level; the level of what it stands
under is copied, so that the database itself refuses a circle and a unit that hangs nowhere. Of
members there is nothing but where they belong: no fees, no candidates, no discipline.
"""

import uuid

from django.db import models
from django.db.models import F, Q

from linli.core.sealed import SealedField
from linli.people.models.accounts import Account
from linli.people.models.residents import Resident
from linli.people.models.teams import OwnKind
from linli.territory.models import Area, Building


class PartyLevel(models.TextChoices):
    """What a unit is, from the top."""

    COMMITTEE = "COMMITTEE"
    GENERAL_BRANCH = "GENERAL_BRANCH"
    BRANCH = "BRANCH"
    GROUP = "GROUP"


class PartyUnit(models.Model):
    """A committee, branch or group, tied to a grid, to buildings, or to neither."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="party_units")
    level = models.CharField(max_length=14, choices=PartyLevel.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    parent_level = models.CharField(
        max_length=14, choices=PartyLevel.choices, default="", blank=True
    )
    name = models.CharField(max_length=60)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    buildings = models.ManyToManyField(Building, related_name="+", blank=True)
    secretary = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="party_units"
    )
    # Which level answers for a grid, said once at the top: a group (红网格), a branch, or any unit.
    grids_by = models.CharField(max_length=14, choices=PartyLevel.choices, default="", blank=True)
    trace = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # moves with every change

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community"],
                name="party_unit_one_at_the_top",
                condition=Q(parent__isnull=True, until_date__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["community", "name"],
                name="party_unit_name_once",
                condition=Q(until_date__isnull=True),
            ),
            models.CheckConstraint(
                name="party_unit_under_a_higher_one",
                condition=Q(level="COMMITTEE", parent_level="")
                | Q(level="GENERAL_BRANCH", parent_level__in=["", "COMMITTEE"])
                | Q(level="BRANCH", parent_level__in=["", "COMMITTEE", "GENERAL_BRANCH"])
                | Q(level="GROUP", parent_level="BRANCH"),
            ),
            models.CheckConstraint(
                name="party_unit_level_of_its_parent",
                condition=Q(parent__isnull=True, parent_level="")
                | (Q(parent__isnull=False) & ~Q(parent_level="")),
            ),
            models.CheckConstraint(
                name="party_unit_grids_said_at_the_top",
                condition=Q(grids_by="") | Q(parent__isnull=True, grids_by__in=["BRANCH", "GROUP"]),
            ),
            models.CheckConstraint(
                name="party_unit_ends_after_it_begins",
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PartyMemberKind(models.TextChoices):
    """The five kinds on one net."""

    COMMUNITY = "COMMUNITY"
    IN_SERVICE = "IN_SERVICE"  # belongs to an employer's branch and registered here: 双报到
    RETIRED = "RETIRED"
    TWO_NEW = "TWO_NEW"  # of new businesses and new social organisations: 两新
    FLOATING = "FLOATING"


class PartyMember(models.Model):
    """Somebody who belongs to a branch or group, and the grid in which they serve.

    A resident of the roster; only somebody in service elsewhere may be a sealed name of their own.
    """

    Kind = PartyMemberKind

    unit = models.ForeignKey(PartyUnit, models.PROTECT, related_name="members")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    grid = models.ForeignKey(Area, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=PartyMemberKind.choices)
    resident = models.ForeignKey(
        Resident, models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name_sealed = SealedField(label="people_partymember.name", default=bytes)
    name_digest = models.CharField(max_length=64, default="", blank=True)
    employer = models.CharField(max_length=60, default="", blank=True)  # of those in service
    duties = models.ManyToManyField(OwnKind, related_name="+", blank=True)
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # moves with every change

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident"],
                name="party_member_of_one_unit",
                condition=Q(until_date__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["unit", "name_digest", "employer"],
                name="party_member_registered_once",
                condition=Q(until_date__isnull=True, resident__isnull=True),
            ),
            models.CheckConstraint(
                name="party_member_of_a_kind",
                condition=Q(kind__in=PartyMemberKind.values),
            ),
            models.CheckConstraint(
                name="party_member_is_somebody",
                condition=Q(resident__isnull=False, name_digest="")
                | (Q(resident__isnull=True, kind="IN_SERVICE") & ~Q(name_digest="")),
            ),
            models.CheckConstraint(
                name="party_member_ends_after_they_begin",
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date")),
            ),
        ]
