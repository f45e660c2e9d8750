"""Who keeps in touch with whom: contact links, pairings, the network of pioneer households.

A holder has numbered places; a link stands on one of them. So the database itself refuses an
eleventh: no two standing links on one place, and no place above the number (decision 0026).
"""

import uuid

from django.db import models
from django.db.models import F, Q

from linli.core.sealed import SealedField
from linli.people.models.accounts import Account
from linli.people.models.residents import Household, Resident
from linli.territory.models import Area

PLACES_AT_FIRST = 10


class TieKind(models.TextChoices):
    """What holds two together."""

    CONTACT = "CONTACT"  # 党员楼栋长联户: somebody → a household
    PAIRING = "PAIRING"  # 结对帮扶: somebody → a resident in need, one to one
    PIONEER = "PIONEER"  # 党员先锋户: a household → members, a member → households


class TieEnding(models.TextChoices):
    """Why a link stands no longer."""

    DONE = "DONE"  # no longer needed
    HOLDER_GONE = "HOLDER_GONE"  # whoever held it stopped or left
    OTHER_GONE = "OTHER_GONE"  # the household or resident left
    REASSIGNED = "REASSIGNED"  # somebody nearer holds it now
    MISTAKE = "MISTAKE"
    OTHER = "OTHER"


class TieCapacity(models.Model):
    """How many links of a kind a holder of this community has, unless said otherwise."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=TieKind.choices)
    places = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "kind"], name="tie_capacity_once"),
            models.CheckConstraint(name="tie_capacity_some", condition=Q(places__gte=1)),
            models.CheckConstraint(
                name="tie_capacity_pairing_is_one_to_one",
                condition=~Q(kind="PAIRING") | Q(places=1),
            ),
        ]


class TieHolder(models.Model):
    """Somebody who holds links of a kind, from a day to a day: an account, resident or household.

    A member of the party is a resident and needs no account.
    """

    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=TieKind.choices)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="tie_holders"
    )
    resident = models.ForeignKey(
        Resident, models.PROTECT, null=True, blank=True, related_name="tie_holders"
    )
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="tie_holders"
    )
    places = models.PositiveSmallIntegerField()
    trace = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # moves with every change

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="tie_holder_is_one",
                condition=Q(account__isnull=False, resident__isnull=True, household__isnull=True)
                | Q(account__isnull=True, resident__isnull=False, household__isnull=True)
                | Q(account__isnull=True, resident__isnull=True, household__isnull=False),
            ),
            models.CheckConstraint(
                name="tie_holder_fits_its_kind",
                condition=Q(kind="PIONEER", account__isnull=True)
                | (~Q(kind="PIONEER") & Q(household__isnull=True)),
            ),
            models.CheckConstraint(
                name="tie_holder_ends_after_it_begins",
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date")),
            ),
            models.CheckConstraint(
                name="tie_holder_has_places",
                condition=Q(places__gte=1) & (~Q(kind="PAIRING") | Q(places=1)),
            ),
            *(
                models.UniqueConstraint(
                    fields=["community", "kind", who],
                    name=f"tie_holder_{who}_once",
                    condition=Q(until_date__isnull=True),
                )
                for who in ("account", "resident", "household")
            ),
        ]
        indexes = [models.Index(fields=["community", "kind", "id"], name="tie_holder_list")]


class Tie(models.Model):
    """A link from a holder to a household or a resident, on one of the holder's places."""

    Kind = TieKind
    Ending = TieEnding

    holder = models.ForeignKey(TieHolder, models.PROTECT, related_name="ties")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=TieKind.choices)
    places = models.PositiveSmallIntegerField()  # of the holder, when the link was made
    place = models.PositiveSmallIntegerField()  # from 1; one standing link on each
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="ties"
    )
    resident = models.ForeignKey(
        Resident, models.PROTECT, null=True, blank=True, related_name="ties"
    )
    distance_dm = models.PositiveIntegerField(null=True, blank=True)  # when it was made
    trace = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    ending = models.CharField(max_length=11, choices=TieEnding.choices, default="", blank=True)
    # Why it ended, in somebody's words.
    note_sealed = SealedField(label="people_tie.note", row="{0.trace}", default=bytes)
    made_by = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)  # moves with every change

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "place"],
                name="tie_one_on_a_place",
                condition=Q(until_date__isnull=True),
            ),
            models.CheckConstraint(
                name="tie_no_place_too_many", condition=Q(place__gte=1, place__lte=F("places"))
            ),
            models.UniqueConstraint(
                fields=["kind", "household"],
                name="tie_household_once",
                condition=Q(until_date__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["kind", "resident"],
                name="tie_resident_once",
                condition=Q(until_date__isnull=True),
            ),
            models.CheckConstraint(
                name="tie_leads_to_one",
                condition=Q(household__isnull=False, resident__isnull=True)
                | Q(household__isnull=True, resident__isnull=False),
            ),
            models.CheckConstraint(
                name="tie_leads_where_its_kind_does",
                condition=Q(kind="CONTACT", household__isnull=False)
                | Q(kind="PAIRING", resident__isnull=False)
                | Q(kind="PIONEER"),
            ),
            models.CheckConstraint(
                name="tie_pairing_is_one_to_one", condition=~Q(kind="PAIRING") | Q(places=1)
            ),
            models.CheckConstraint(
                name="tie_ends_after_it_begins",
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date")),
            ),
            models.CheckConstraint(
                name="tie_ends_for_a_reason",
                condition=Q(until_date__isnull=True, ending="")
                | (Q(until_date__isnull=False) & ~Q(ending="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["community", "kind", "id"],
                name="tie_standing",
                condition=Q(until_date__isnull=True),
            ),
        ]

    @property
    def is_pairing(self) -> bool:
        """Tell whether only those entitled may know of it."""
        return self.kind == TieKind.PAIRING


class TieStandIn(models.Model):
    """Who keeps a link for a time, both days included; then it is simply its holder's again."""

    tie = models.ForeignKey(Tie, models.PROTECT, related_name="stand_ins")
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="tie_stand_ins"
    )
    resident = models.ForeignKey(
        Resident, models.PROTECT, null=True, blank=True, related_name="tie_stand_ins"
    )
    from_date = models.DateField()
    until_date = models.DateField()
    made_by = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="tie_stand_in_is_one",
                condition=Q(account__isnull=False, resident__isnull=True)
                | Q(account__isnull=True, resident__isnull=False),
            ),
            models.CheckConstraint(
                name="tie_stand_in_ends_after_it_begins",
                condition=Q(until_date__gte=F("from_date")),
            ),
            models.UniqueConstraint(
                fields=["tie", "from_date"],
                name="tie_stand_in_once",
                condition=Q(ended_at__isnull=True),
            ),
        ]
