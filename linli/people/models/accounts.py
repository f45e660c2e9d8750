"""Accounts, organisations, the roles that join them to places, and who stands in for whom."""

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from linli.core.sealed import SealedField
from linli.territory.models import Area, Building, Estate


class AccountManager(BaseUserManager["Account"]):
    """Look accounts up by user name, as Django's sign-in expects."""

    def get_by_natural_key(self, username: str | None) -> "Account":
        """Return the account of this user name."""
        return self.get(username=username)


class Account(AbstractBaseUser):
    """Somebody who signs in: staff, grid workers, building leads, people of a company.

    Residents need no account. The phone is encrypted under ``row_key``.
    """

    username = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    phone_sealed = SealedField(label="people_account.phone", default=bytes)
    phone_digest = models.CharField(max_length=64, default="", blank=True, db_index=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    language = models.CharField(max_length=10, default="", blank=True)
    large_type = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name


class OrganisationKind(models.TextChoices):
    """What an organisation is to the community."""

    COMMUNITY_OFFICE = "COMMUNITY_OFFICE"
    PROPERTY_COMPANY = "PROPERTY_COMPANY"
    OWNERS_COMMITTEE = "OWNERS_COMMITTEE"
    RESIDENTS_COMMITTEE = "RESIDENTS_COMMITTEE"
    UTILITY = "UTILITY"
    DEPARTMENT = "DEPARTMENT"
    LOCAL_UNIT = "LOCAL_UNIT"
    SOCIAL_ORGANISATION = "SOCIAL_ORGANISATION"


class Organisation(models.Model):
    """A company, office, committee or unit that can be given an order."""

    Kind = OrganisationKind

    community = models.ForeignKey(Area, models.PROTECT, related_name="organisations")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=OrganisationKind.choices)
    phone = models.CharField(max_length=30, default="", blank=True)  # of the office, not a person
    ended_at = models.DateTimeField(null=True, blank=True)
    estates = models.ManyToManyField(Estate, related_name="served_by", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "code"], name="organisation_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class RoleName(models.TextChoices):
    """What somebody may be. Where they may be it is said by the role's place."""

    SECRETARY = "SECRETARY"
    STAFF = "STAFF"
    GRID_LEAD = "GRID_LEAD"
    GRID_WORKER = "GRID_WORKER"
    BUILDING_LEAD = "BUILDING_LEAD"
    SOCIAL_WORKER = "SOCIAL_WORKER"
    CASE_OFFICER = "CASE_OFFICER"  # in charge of restricted matters
    OVERSEER = "OVERSEER"  # subdistrict or district: reads, supervises, judges objections
    HANDLER = "HANDLER"  # works on orders in an organisation
    HANDLER_LEAD = "HANDLER_LEAD"  # answers for an organisation


class Role(models.Model):
    """One role, at one area, building or organisation, from a day to a day (both included)."""

    Name = RoleName

    account = models.ForeignKey(Account, models.PROTECT, related_name="roles")
    name = models.CharField(max_length=16, choices=RoleName.choices)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="roles")
    building = models.ForeignKey(
        Building, models.PROTECT, null=True, blank=True, related_name="roles"
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="roles"
    )
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    given_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="role_held_in_one_place",
                condition=Q(area__isnull=False, building__isnull=True, organisation__isnull=True)
                | Q(area__isnull=True, building__isnull=False, organisation__isnull=True)
                | Q(area__isnull=True, building__isnull=True, organisation__isnull=False),
            ),
            models.CheckConstraint(
                name="role_ends_after_it_begins",
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date")),
            ),
            models.CheckConstraint(
                name="role_handlers_in_organisations",
                condition=Q(name__in=["HANDLER", "HANDLER_LEAD"], organisation__isnull=False)
                | (~Q(name__in=["HANDLER", "HANDLER_LEAD"]) & Q(organisation__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["account", "name", "area", "from_date"],
                name="role_once_at_area",
                condition=Q(area__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["account", "name", "building", "from_date"],
                name="role_once_at_building",
                condition=Q(building__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["account", "name", "organisation", "from_date"],
                name="role_once_in_organisation",
                condition=Q(organisation__isnull=False),
            ),
        ]


class Duty(models.Model):
    """Who takes orders for an area outside office hours, from a moment to a moment."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="duties")
    account = models.ForeignKey(Account, models.PROTECT, related_name="duties")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    set_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="duty_ends_after_it_begins", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.UniqueConstraint(fields=["area", "account", "starts_at"], name="duty_once"),
        ]
        indexes = [models.Index(fields=["area", "starts_at"], name="duty_area_start")]


class Handover(models.Model):
    """While somebody is away, a stand-in holds their roles and sees their tasks as their own.

    Nothing is reassigned: when the leave ends, everything is simply theirs again.
    """

    absent = models.ForeignKey(Account, models.PROTECT, related_name="handovers_given")
    stand_in = models.ForeignKey(Account, models.PROTECT, related_name="handovers_taken")
    from_date = models.DateField()
    until_date = models.DateField()
    note = models.CharField(max_length=200, default="", blank=True)
    made_by = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="handover_ends_after_it_begins",
                condition=Q(until_date__gte=F("from_date")),
            ),
            models.CheckConstraint(
                name="handover_to_somebody_else", condition=~Q(absent=F("stand_in"))
            ),
        ]


class SignInLink(models.Model):
    """A link that signs its bearer in once; only whoever holds the server's shell can make one."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    face = models.CharField(max_length=12)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class TokenScope(models.TextChoices):
    """What a program may do with its token; never more than its account may."""

    READ = "READ"  # read what its account sees
    WRITE = "WRITE"  # take the steps that its account may take
    REPORT = "REPORT"  # bring in reports of the public (Open311)


class ApiToken(models.Model):
    """What a program shows to act: for an account, or for the public of one community.

    Only the digest of the secret is kept. `hint` is how the secret begins, to tell two apart.
    """

    name = models.CharField(max_length=60)
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    hint = models.CharField(max_length=8)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="tokens")
    community = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    issued_by = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_on = models.DateField(null=True)  # a day is enough to find those nobody uses

    class Meta:
        constraints = [
            # For an account, or for the public of a community: never both, never neither.
            models.CheckConstraint(
                name="token_for_somebody",
                condition=Q(account__isnull=False, community__isnull=True)
                | Q(account__isnull=True, community__isnull=False),
            ),
            models.CheckConstraint(
                name="token_expires", condition=Q(expires_at__gt=F("issued_at"))
            ),
        ]

    def __str__(self) -> str:
        return self.name
