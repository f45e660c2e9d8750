"""A community's own way of working, which its pack says."""

import uuid

from django.db import models
from django.db.models import F, Q

from linli.core.clocks import Clock
from linli.matters.models._columns import codes, one_of
from linli.matters.workflow import ANSWERED_KINDS, Kind
from linli.people.models import OrganisationKind, RoleName
from linli.territory.models import Area


class Method(models.Model):
    """How one community runs its matters."""

    community = models.OneToOneField(
        Area, models.PROTECT, primary_key=True, related_name="matter_method"
    )
    accept_clock = models.CharField(
        max_length=16, choices=codes(Clock), default=Clock.WORKING_HOURS.value
    )
    accept_amount = models.PositiveSmallIntegerField(default=4)
    rating_days = models.PositiveSmallIntegerField(default=7)
    tracking_days = models.PositiveSmallIntegerField(default=180)  # after the close
    extensions_max = models.PositiveSmallIntegerField(default=2)
    hotline_columns = models.JSONField(default=dict)  # 12345 workbook: our field → its heading
    reply_columns = models.JSONField(default=dict)
    # Another whenever anything of the method changes: processes keep what they read until then.
    revision = models.UUIDField(default=uuid.uuid4)


class RateWeights(models.Model):
    """What an answer counts for in the 12345 satisfaction rate of an area, from a day on.

    In thousandths. The nearest area above that has any says; the formula is the city's to change,
    so a change is a new row and figures of earlier days keep what held then.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="rate_weights")
    from_date = models.DateField()
    satisfied = models.PositiveSmallIntegerField()
    basically_satisfied = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "from_date"], name="rate_weights_once_a_day"),
            models.CheckConstraint(
                name="rate_weights_are_parts_of_one",
                condition=Q(satisfied__lte=1_000, basically_satisfied__lte=F("satisfied")),
            ),
        ]


class Level(models.Model):
    """A settlement level, such as 小事不出户: who answers there, and for how long."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="levels")
    position = models.PositiveSmallIntegerField()  # 1 is the nearest to home
    name = models.CharField(max_length=30)
    role = models.CharField(max_length=16, choices=RoleName.choices)
    clock = models.CharField(max_length=16, choices=codes(Clock))
    amount = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "position"], name="level_position_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """What kind of thing it is, who usually puts it right, and what the case demands."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="categories")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60, default="", blank=True)
    kind = models.CharField(max_length=16, choices=codes(Kind))
    words = models.JSONField(default=list)  # what people write when they mean it
    handler_kind = models.CharField(
        max_length=20, choices=OrganisationKind.choices, default="", blank=True
    )
    photo_required = models.BooleanField(default=False)  # of the result, where a rule needs one
    check_on_site = models.BooleanField(default=True)  # an answered question needs no inspection
    open_to_residents = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "code"], name="category_code_once"),
            models.CheckConstraint(name="category_kind_known", condition=one_of("kind", Kind)),
            models.CheckConstraint(
                name="category_only_answers_go_unchecked",
                condition=Q(check_on_site=True) | one_of("kind", ANSWERED_KINDS),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Condition(models.Model):
    """A filing condition (立案条件) of a category, with its time limit in one of four clocks."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="conditions")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=80)
    clock = models.CharField(max_length=16, choices=codes(Clock))
    amount = models.PositiveSmallIntegerField()
    rework_amount = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField(default=0)  # the first is the usual one
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # A limit that changes ends its row: open matters keep the one they were filed under.
            models.UniqueConstraint(
                fields=["category", "code"],
                name="condition_code_once",
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(name="condition_clock_known", condition=one_of("clock", Clock)),
            models.CheckConstraint(
                name="condition_limit_positive", condition=Q(amount__gt=0, rework_amount__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReturnReason(models.Model):
    """Why a unit may give an order back: private part, a utility's pipe, needs 维修资金 …"""

    community = models.ForeignKey(Area, models.PROTECT, related_name="return_reasons")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=60)
    hint = models.CharField(max_length=120, default="", blank=True)  # what the desk may do next
    position = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "code"], name="return_reason_code_once"),
        ]

    def __str__(self) -> str:
        return self.name
