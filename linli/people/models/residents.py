"""Households behind doors, and the residents who live in them.

Names, numbers and phones are encrypted under ``row_key``; the search index holds keyed digests of
them (decision 0021). The areas are copied from the building: a list of a grid or a community then
reads one compound index and no other table, and those keys need no index of their own.
"""

import uuid

from django.db import models
from django.db.models import F, Q

from linli.core.sealed import SealedField
from linli.core.search import KEY, IndexedTerms
from linli.territory.models import Area, Building, Dwelling, Estate


class HouseholdStatus(models.TextChoices):
    """Whether somebody is to be met behind the door."""

    LIVES_HERE = "LIVES_HERE"
    LIVES_ELSEWHERE = "LIVES_ELSEWHERE"  # registered here, lives somewhere else
    VACANT = "VACANT"
    LET = "LET"
    UNKNOWN = "UNKNOWN"  # nobody has looked yet


class Household(models.Model):
    """Those who live behind one door, from a day to a day; one at a time."""

    Status = HouseholdStatus

    dwelling = models.ForeignKey(Dwelling, models.PROTECT, related_name="households")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    large_grid = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    grid = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    micro_grid = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    estate = models.ForeignKey(Estate, models.PROTECT, related_name="+", db_index=False)
    building = models.ForeignKey(Building, models.PROTECT, related_name="+")
    trace = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(max_length=16, choices=HouseholdStatus.choices)
    employer = models.CharField(max_length=60, default="", blank=True)  # a company town's label
    from_date = models.DateField(null=True, blank=True)  # often nobody knows
    until_date = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # moves with every change

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dwelling"],
                name="household_one_behind_a_door",
                condition=Q(until_date__isnull=True),
            ),
            models.CheckConstraint(
                name="household_ends_after_it_begins",
                condition=Q(until_date__isnull=True)
                | Q(from_date__isnull=True)
                | Q(until_date__gte=F("from_date")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["community", "status", "id"],
                name="household_community_status",
                condition=Q(until_date__isnull=True),
            ),
            models.Index(
                fields=["grid", "status", "id"],
                name="household_grid_status",
                condition=Q(until_date__isnull=True),
            ),
        ]


class Sex(models.TextChoices):
    """As papers say it; empty where nobody said."""

    FEMALE = "FEMALE"
    MALE = "MALE"


class IdKind(models.TextChoices):
    """What paper a number is of."""

    ID_CARD = "ID_CARD"
    PASSPORT = "PASSPORT"
    PERMIT = "PERMIT"  # of Hong Kong, Macao and Taiwan, or a residence permit
    OTHER = "OTHER"


class Registration(models.TextChoices):
    """Where somebody's household registration (户籍) is."""

    HERE = "HERE"
    ELSEWHERE = "ELSEWHERE"  # a non-registered resident


class Relation(models.TextChoices):
    """What somebody is to the head of the household."""

    HEAD = "HEAD"
    SPOUSE = "SPOUSE"
    CHILD = "CHILD"
    PARENT = "PARENT"
    GRANDCHILD = "GRANDCHILD"
    GRANDPARENT = "GRANDPARENT"
    SIBLING = "SIBLING"
    TENANT = "TENANT"
    CARER = "CARER"
    OTHER = "OTHER"


class Departure(models.TextChoices):
    """Why somebody is no longer on the roster."""

    MOVED_OUT = "MOVED_OUT"
    DIED = "DIED"
    DOUBLE = "DOUBLE"  # the same person, who goes on under another row
    MISTAKE = "MISTAKE"  # entered by mistake


class Resident(models.Model):
    """Somebody who lives in the community, or is registered there."""

    household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="residents", db_index=False
    )
    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    large_grid = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    grid = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    micro_grid = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    building = models.ForeignKey(
        Building, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name_sealed = SealedField(label="people_resident.name")
    name_digest = models.CharField(max_length=64)
    id_kind = models.CharField(max_length=8, choices=IdKind.choices, default="", blank=True)
    id_sealed = SealedField(label="people_resident.id_number", default=bytes)
    id_digest = models.CharField(max_length=64, default="", blank=True)
    phone_sealed = SealedField(label="people_resident.phone", default=bytes)
    phone_digest = models.CharField(max_length=64, default="", blank=True)
    sex = models.CharField(max_length=6, choices=Sex.choices, default="", blank=True)
    birth_date = models.DateField(null=True, blank=True)
    registration = models.CharField(
        max_length=9, choices=Registration.choices, default="", blank=True
    )
    relation = models.CharField(max_length=11, choices=Relation.choices, default="", blank=True)
    employer = models.CharField(max_length=60, default="", blank=True)
    languages = models.CharField(max_length=60, default="", blank=True)
    consented_on = models.DateField(null=True, blank=True)  # to be on the roster
    guardian_consented_on = models.DateField(null=True, blank=True)  # of a child under 14
    until_date = models.DateField(null=True, blank=True)
    departure = models.CharField(max_length=9, choices=Departure.choices, default="", blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="doubles"
    )
    version = models.PositiveIntegerField(default=1)  # moves with every change

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "id_digest"],
                name="resident_number_once",
                condition=Q(until_date__isnull=True) & ~Q(id_digest=""),
            ),
            models.CheckConstraint(
                name="resident_gone_for_a_reason",
                condition=Q(until_date__isnull=True, departure="")
                | (Q(until_date__isnull=False) & ~Q(departure="")),
            ),
            models.CheckConstraint(
                name="resident_here_in_a_household",
                condition=Q(until_date__isnull=False) | Q(household__isnull=False),
            ),
            models.CheckConstraint(
                name="resident_double_of_another",
                condition=Q(merged_into__isnull=False, departure="DOUBLE")
                | (Q(merged_into__isnull=True) & ~Q(departure="DOUBLE")),
            ),
            models.CheckConstraint(
                name="resident_number_has_a_kind",
                condition=Q(id_digest="", id_kind="") | (~Q(id_digest="") & ~Q(id_kind="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["community", "building", "household", "id"],
                name="resident_by_address",
                condition=Q(until_date__isnull=True),
            ),
            models.Index(
                fields=["grid", "building", "household", "id"],
                name="resident_grid_by_address",
                condition=Q(until_date__isnull=True),
            ),
            models.Index(
                fields=["community", "birth_date", "id"],
                name="resident_by_birth",
                condition=Q(until_date__isnull=True),
            ),
            models.Index(fields=["phone_digest"], name="resident_by_phone"),
            models.Index(fields=["id_digest"], name="resident_by_number"),
            models.Index(fields=["household", "name_digest"], name="resident_by_name_at_home"),
        ]

    @property
    def is_dead(self) -> bool:
        """Tell whether somebody left the roster because they died."""
        return self.departure == Departure.DIED


class Stay(models.Model):
    """Where somebody lived from a day to a day: the history behind `Resident.household`."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="stays")
    household = models.ForeignKey(Household, models.PROTECT, related_name="stays")
    from_date = models.DateField(null=True, blank=True)
    until_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident"], name="stay_one_at_a_time", condition=Q(until_date__isnull=True)
            ),
            models.CheckConstraint(
                name="stay_ends_after_it_begins",
                condition=Q(until_date__isnull=True)
                | Q(from_date__isnull=True)
                | Q(until_date__gte=F("from_date")),
            ),
        ]


class ResidentTerms(models.Model):
    """What a resident is found by: keyed digests of name and numbers, and the words of the door."""

    resident = models.OneToOneField(
        Resident,
        models.CASCADE,
        primary_key=True,
        db_column=KEY,
        db_constraint=False,  # FTS5 knows no keys; PostgreSQL's table has one all the same.
        related_name="search",
    )
    terms = IndexedTerms()

    class Meta:
        db_table = "people_search"
