"""Papers with a day on which they expire or are looked at again: 残疾证, 低保年审.

That somebody has one may tell of their health, so its name is sealed; the day alone tells nothing.
"""

import uuid

from django.db import models
from django.db.models import F, Q

from linli.core.sealed import SealedField
from linli.people.models.residents import Resident
from linli.territory.models import Area


class Paper(models.Model):
    """A paper of a resident, and the day by which somebody has to see to it."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="papers")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name_sealed = SealedField(label="people_paper.name")
    name_digest = models.CharField(max_length=64)  # keyed: the same paper is entered once
    expires_on = models.DateField()
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # moves with every change

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "name_digest"],
                name="paper_once",
                condition=Q(until_date__isnull=True),
            ),
            models.CheckConstraint(
                name="paper_ends_after_it_begins",
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["community", "expires_on", "id"],
                name="paper_by_day",
                condition=Q(until_date__isnull=True),
            ),
        ]
