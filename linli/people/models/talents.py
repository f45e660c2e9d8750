"""What residents can do and agreed to be asked for: the pool of local talents (能人库)."""

import uuid

from django.db import models
from django.db.models import F, Q

from linli.people.models.residents import Resident
from linli.people.models.teams import OwnKind
from linli.territory.models import Area


class Talent(models.Model):
    """A resident's skills, from the day of their consent until they withdraw it.

    A row without consent cannot be written, and one whose consent was withdrawn says no skill.
    """

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="talents")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    skills = models.CharField(max_length=120, default="", blank=True)
    forces = models.ManyToManyField(OwnKind, related_name="+", blank=True)
    trace = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    consented_on = models.DateField()
    withdrawn_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # moves with every change

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident"],
                name="talent_listed_once",
                condition=Q(withdrawn_on__isnull=True),
            ),
            models.CheckConstraint(
                name="talent_listed_with_skills",
                condition=Q(withdrawn_on__isnull=True) & ~Q(skills="")
                | Q(withdrawn_on__isnull=False, skills=""),
            ),
            models.CheckConstraint(
                name="talent_withdrawn_after_consent",
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("consented_on")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["community", "id"],
                name="talent_listed",
                condition=Q(withdrawn_on__isnull=True),
            ),
        ]
