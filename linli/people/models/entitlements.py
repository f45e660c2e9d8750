"""What somebody may ask for from an age on: a community's own dated data."""

from django.db import models
from django.db.models import F, Q

from linli.territory.models import Area

AGE_MOST = 120


class Entitlement(models.Model):
    """An allowance or a service from an age on, while the rule holds: 高龄津贴 at 80."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    age_years = models.PositiveSmallIntegerField()
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "name", "age_years"],
                name="entitlement_once",
                condition=Q(until_date__isnull=True),
            ),
            models.CheckConstraint(
                name="entitlement_at_an_age",
                condition=Q(age_years__gte=1, age_years__lte=AGE_MOST),
            ),
            models.CheckConstraint(
                name="entitlement_ends_after_it_begins",
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date")),
            ),
        ]
