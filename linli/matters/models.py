"""Matters: what was reported, who has it, what was done, and what those who asked say of it.

`Method`, `Level`, `Category`, `Condition` and `ReturnReason` are a community's own data (its pack);
everything else grows from a report.
"""

import uuid
from datetime import datetime
from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from linli.core.clocks import SHANGHAI, Clock
from linli.core.sealed import SealedField
from linli.core.search import KEY, IndexedTerms
from linli.matters.workflow import (
    ANSWERED_KINDS,
    OPEN,
    ORDER_LIVE,
    UNRESOLVED,
    Channel,
    Kind,
    OrderState,
    Satisfaction,
    State,
)
from linli.people.models import Account, Organisation, OrganisationKind, RoleName
from linli.territory.models import Area, Building, Entrance, Estate, Place


def _choices(codes: type[StrEnum]) -> list[tuple[str, str]]:
    return [(code.value, code.value) for code in codes]


def _one_of(field: str, codes: type[StrEnum] | frozenset[StrEnum]) -> Q:
    return Q(**{f"{field}__in": sorted(code.value for code in codes)})


_DUE_MORE = {
    "community": ("is_restricted", "grid", "accepted_at", "resolved_at", "order", "round"),
    "subdistrict": ("is_restricted", "round"),
    "district": ("is_restricted", "round"),
}
"""What figures and queues ask of what is open or was due, so that they are counted without reading
rows."""


def _indexes_of(level: str) -> list[models.Index]:
    """Return what the lists of one level of places go by: newest first, by state, by deadline."""
    return [
        models.Index(fields=[level, "-id"], name=f"matter_{level}_new"),
        models.Index(fields=[level, "state", "-id"], name=f"matter_{level}_state"),
        models.Index(
            fields=[level, "state", "due_at", "id", *_DUE_MORE.get(level, ())],
            name=f"matter_{level}_due",
        ),
    ]


def _indexes_of_figures() -> list[models.Index]:
    """Return what figures are counted by: each moment of a community's matters, and what is asked.

    A month of a district is read as the months of its communities, so no other level has these. A
    matter stands in one from the moment that it is of.
    """
    return [
        models.Index(
            fields=["community", "reported_at", "is_restricted", "kind", "grid"],
            name="matter_by_reported",
        ),
        models.Index(
            fields=["community", "accepted_at", "is_restricted", "grid"],
            name="matter_by_accepted",
            condition=Q(accepted_at__isnull=False),
        ),
        models.Index(
            fields=["community", "closed_at", "state", "is_restricted", "round", "channel", "grid"],
            name="matter_by_closed",
            condition=Q(closed_at__isnull=False),
        ),
        models.Index(
            fields=["community", "channel", "merged_into"],
            name="matter_by_merged",
            condition=Q(merged_into__isnull=False),
        ),
    ]


def _indexes_of_hotline() -> list[models.Index]:
    """Return what the register of 12345 orders goes by: all of them, and what awaits its reply.

    The latter has all that is asked of it, so that what waits is counted without reading rows.
    """
    has_number = ~Q(hotline_number="")
    return [
        models.Index(fields=["community", "-id"], name="matter_hotline", condition=has_number),
        models.Index(
            fields=["community", "-id", "state", "channel", "is_restricted", "merged_into"],
            name="matter_hotline_unreplied",
            condition=has_number & Q(hotline_replied_at__isnull=True),
        ),
    ]


def _index_of_some(key: str, *more: str, name: str) -> models.Index:
    """Return an index of the few rows that have a key at all.

    With all the others in it SQLite takes the key for one that most rows share, and reads them all.
    """
    return models.Index(fields=[key, *more], name=name, condition=Q(**{f"{key}__isnull": False}))


# --- A community's own data -----------------------------------------------------------------


class Method(models.Model):
    """How one community runs its matters."""

    community = models.OneToOneField(
        Area, models.PROTECT, primary_key=True, related_name="matter_method"
    )
    accept_clock = models.CharField(
        max_length=16, choices=_choices(Clock), default=Clock.WORKING_HOURS.value
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
    clock = models.CharField(max_length=16, choices=_choices(Clock))
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
    kind = models.CharField(max_length=16, choices=_choices(Kind))
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
            models.CheckConstraint(name="category_kind_known", condition=_one_of("kind", Kind)),
            models.CheckConstraint(
                name="category_only_answers_go_unchecked",
                condition=Q(check_on_site=True) | _one_of("kind", ANSWERED_KINDS),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Condition(models.Model):
    """A filing condition (立案条件) of a category, with its time limit in one of four clocks."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="conditions")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=80)
    clock = models.CharField(max_length=16, choices=_choices(Clock))
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
            models.CheckConstraint(name="condition_clock_known", condition=_one_of("clock", Clock)),
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


# --- The matter ----------------------------------------------------------------------------


def number_of(*, pk: int, reported_at: datetime) -> str:
    """Return what people call a matter by on paper and on the telephone: 2026-123."""
    return f"{reported_at.astimezone(SHANGHAI).year}-{pk}"


def place_words_of(
    *, estate: str | None, building: str | None, entrance: str | None, place: str | None, text: str
) -> str:
    """Return a place as people there say it: “翠园 3幢 1单元，车库入口”."""
    if estate and place and estate in place:
        estate = None  # 翠园南门 says already which estate.
    where = " ".join(part for part in (estate, building, entrance, place) if part)
    return "，".join(part for part in (where, text) if part)


class Matter(models.Model):
    """One thing to put right. It keeps the places it was reported in.

    Keys without an index are never gone by alone, or begin one of the indexes below.
    """

    Kind, Channel, State = Kind, Channel, State

    trace = models.UUIDField(default=uuid.uuid4, db_index=True)
    submission_key = models.UUIDField(unique=True)  # the same report sent twice is one matter
    kind = models.CharField(max_length=16, choices=_choices(Kind))
    state = models.CharField(max_length=12, choices=_choices(State), default=State.REPORTED.value)
    channel = models.CharField(max_length=16, choices=_choices(Channel))
    is_restricted = models.BooleanField(default=False)
    text = models.TextField()
    title = models.CharField(max_length=80)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", db_index=False)
    condition = models.ForeignKey(Condition, models.PROTECT, related_name="+", db_index=False)

    city = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+", db_index=False)
    district = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+", db_index=False)
    subdistrict = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", db_index=False
    )
    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    large_grid = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    grid = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+", db_index=False)
    micro_grid = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    estate = models.ForeignKey(Estate, models.PROTECT, null=True, related_name="+")
    building = models.ForeignKey(Building, models.PROTECT, null=True, related_name="+")
    entrance = models.ForeignKey(
        Entrance, models.PROTECT, null=True, related_name="+", db_index=False
    )
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    place_text = models.CharField(max_length=120, default="", blank=True)
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)

    level = models.ForeignKey(Level, models.PROTECT, null=True, related_name="+", db_index=False)
    level_due_at = models.DateTimeField(null=True)
    settled_level = models.ForeignKey(
        Level, models.PROTECT, null=True, related_name="+", db_index=False
    )

    reported_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)  # set by verify; rating stays open after it
    rating_until = models.DateTimeField(null=True)
    overdue_told_at = models.DateTimeField(null=True)
    supervised_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", db_index=False
    )
    verified_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", db_index=False
    )
    round = models.PositiveSmallIntegerField(default=1)  # 2 and more is rework
    order = models.ForeignKey("Order", models.PROTECT, null=True, related_name="+")

    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged_matters", db_index=False
    )
    complained_of = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", db_index=False
    )
    hotline_number = models.CharField(max_length=40, default="", blank=True)
    hotline_due_at = models.DateTimeField(null=True)
    hotline_replied_at = models.DateTimeField(null=True)
    public_summary = models.CharField(max_length=200, default="", blank=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="matter_state_known", condition=_one_of("state", State)),
            models.CheckConstraint(name="matter_kind_known", condition=_one_of("kind", Kind)),
            models.CheckConstraint(
                name="matter_merged_into_another",
                condition=Q(state="MERGED", merged_into__isnull=False)
                | (~Q(state="MERGED") & Q(merged_into__isnull=True)),
            ),
            models.CheckConstraint(
                name="matter_not_merged_into_itself",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
            ),
            models.CheckConstraint(
                name="matter_restricted_by_kind",
                condition=~Q(kind__in=["REFERRAL", "EMERGENCY"]) | Q(is_restricted=True),
            ),
            models.CheckConstraint(
                name="matter_restricted_is_never_public",
                condition=Q(is_restricted=False) | Q(published_at__isnull=True),
            ),
            models.CheckConstraint(
                name="matter_paused_since_when",
                condition=Q(state="PAUSED", paused_at__isnull=False)
                | (~Q(state="PAUSED") & Q(paused_at__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["community", "hotline_number"],
                name="matter_hotline_number_once",
                condition=~Q(hotline_number=""),
            ),
        ]
        indexes = [
            *_indexes_of("community"),
            *_indexes_of("grid"),
            *_indexes_of("district"),
            *_indexes_of("subdistrict"),
            *_indexes_of_figures(),
            *_indexes_of_hotline(),
            models.Index(
                fields=["level_due_at"], name="matter_level_due", condition=_one_of("state", OPEN)
            ),
            models.Index(
                fields=["rating_until"], name="matter_rating_due", condition=Q(state="VERIFIED")
            ),
            models.Index(
                fields=["community", "-reported_at", "-id"],
                name="matter_published",
                condition=Q(published_at__isnull=False),
            ),
            _index_of_some("merged_into", name="matter_merged_into"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def number(self) -> str:
        """Return what people call it by on paper and on the telephone: 2026-123."""
        return number_of(pk=self.pk, reported_at=self.reported_at)

    @property
    def place_words(self) -> str:
        """Return where it is, as people there say it: “翠园 3幢 1单元，车库入口”."""
        said = place_words_of(
            estate=None if self.estate is None else self.estate.name,
            building=None if self.building is None else self.building.name,
            entrance=None if self.entrance is None else self.entrance.name,
            place=None if self.place is None else self.place.name,
            text=self.place_text,
        )
        return said or ("" if self.grid is None else self.grid.name)

    @property
    def was_answered(self) -> bool:
        """Tell whether its answer ended it: nobody inspected anything, and nobody may say so."""
        return self.state in (State.VERIFIED, State.CLOSED) and self.verified_by_id is None

    @property
    def is_rework(self) -> bool:
        """Tell whether it is being done again."""
        return self.round > 1

    @property
    def is_paused(self) -> bool:
        """Tell whether its clock stands still."""
        return self.paused_at is not None

    @property
    def runs(self) -> bool:
        """Tell whether its time limit still counts: something is left to be put right."""
        return self.state in UNRESOLVED


class Likeness(models.Model):
    """Whoever reported a matter says that it is the same as another; the desk decides."""

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="likenesses")
    other = models.ForeignKey(Matter, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matter", "other"], name="likeness_said_once"),
            models.CheckConstraint(name="likeness_to_another", condition=~Q(matter=F("other"))),
        ]


class MatterTerms(models.Model):
    """What a matter is found by: one row of the search index, in a table each database has its own.

    It is written by `indexing` in the transaction that changes the matter.
    """

    matter = models.OneToOneField(
        Matter,
        models.CASCADE,
        primary_key=True,
        db_column=KEY,
        db_constraint=False,  # FTS5 knows no keys; PostgreSQL's table has one all the same.
        related_name="search",
    )
    terms = IndexedTerms()

    class Meta:
        db_table = "matters_search"


class Reporter(models.Model):
    """Somebody who asked. Name, phone and tracking code are encrypted under ``row_key``.

    When matters are merged everybody stays with what they brought in, so it can be undone.
    """

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="reporters")
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name_sealed = SealedField(label="reporter.name", default=bytes)
    phone_sealed = SealedField(label="reporter.phone", default=bytes)
    phone_digest = models.CharField(max_length=64, default="", blank=True)
    code_sealed = SealedField(label="reporter.code", default=bytes)
    code_digest = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", db_index=False
    )
    entered_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.CharField(max_length=40, default="", blank=True)  # “mother of …”
    wants_answer = models.BooleanField(default=True)
    agreed_privacy_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField()
    nudged_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["phone_digest", "-id"], name="reporter_phone"),
            _index_of_some("account", name="reporter_account"),
        ]


class Order(models.Model):
    """One dispatch of one matter to one handler: an organisation or a person."""

    State = OrderState

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="orders")
    round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(
        max_length=10, choices=_choices(OrderState), default=OrderState.SENT.value
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="orders", db_index=False
    )
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="orders", db_index=False
    )
    dispatched_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    dispatched_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField(null=True)
    objection = models.CharField(max_length=400, default="", blank=True)
    judged_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    judgement = models.CharField(max_length=400, default="", blank=True)
    return_reason = models.ForeignKey(ReturnReason, models.PROTECT, null=True, related_name="+")
    return_note = models.CharField(max_length=400, default="", blank=True)
    resolved_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(default="", blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="order_to_one_handler",
                condition=Q(organisation__isnull=False, account__isnull=True)
                | Q(organisation__isnull=True, account__isnull=False),
            ),
            models.CheckConstraint(
                name="order_state_known", condition=_one_of("state", OrderState)
            ),
            models.UniqueConstraint(
                fields=["matter"],
                name="order_one_live",
                condition=_one_of("state", ORDER_LIVE),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "-id"], name="order_organisation"),
            _index_of_some("account", "state", "-id", name="order_account"),
            _index_of_some("taken_by", "state", name="order_taken_by"),
        ]


class TimeRequest(models.Model):
    """A handler asks for more time or a pause; the desk grants or refuses it."""

    class Kind(models.TextChoices):
        EXTENSION = "EXTENSION"
        PAUSE = "PAUSE"

    class State(models.TextChoices):
        ASKED = "ASKED"
        GRANTED = "GRANTED"
        REFUSED = "REFUSED"

    order = models.ForeignKey(Order, models.PROTECT, related_name="time_requests")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    amount = models.PositiveSmallIntegerField(null=True)  # in units of the condition's clock
    until = models.DateTimeField(null=True)  # a pause ends by itself
    reason = models.CharField(max_length=200)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], name="time_request_one_open", condition=Q(state="ASKED")
            ),
        ]


class Note(models.Model):
    """Something said about a matter; what `for_reporter` says is shown to those who asked."""

    class Kind(models.TextChoices):
        NOTE = "NOTE"
        ADVICE = "ADVICE"  # 劝导 on a patrol
        PROGRESS = "PROGRESS"
        MEETING = "MEETING"

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.NOTE)
    text = models.TextField()
    for_reporter = models.BooleanField(default=False)
    written_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()


class Told(models.Model):
    """Somebody who asked was told: by phone, by whom, when. It counts as told."""

    class Means(models.TextChoices):
        PHONE = "PHONE"
        IN_PERSON = "IN_PERSON"
        MESSAGE = "MESSAGE"
        NOT_REACHED = "NOT_REACHED"

    reporter = models.ForeignKey(Reporter, models.PROTECT, related_name="told")
    means = models.CharField(max_length=12, choices=Means.choices)
    text = models.CharField(max_length=200, default="", blank=True)
    told_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    told_at = models.DateTimeField()


class Rating(models.Model):
    """What one who asked says of one round. A handler never records one; silence has no row.

    `matter` is the one the reporter brought in, also when it was merged; it never lies in another
    community later, so a community's answers of a month are found by these.
    """

    reporter = models.ForeignKey(Reporter, models.PROTECT, related_name="ratings")
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="+")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    round = models.PositiveSmallIntegerField()
    solved = models.BooleanField()
    satisfaction = models.CharField(max_length=20, choices=_choices(Satisfaction))
    comment = models.CharField(max_length=400, default="", blank=True)
    recorded_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    rated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reporter", "round"], name="rating_once_a_round"),
        ]
        indexes = [
            models.Index(
                fields=["community", "rated_at", "satisfaction", "matter"], name="rating_by_day"
            ),
        ]


class Mediation(models.Model):
    """One talk between the parties of a dispute."""

    class Outcome(models.TextChoices):
        AGREED = "AGREED"
        PARTLY = "PARTLY"
        NOT_AGREED = "NOT_AGREED"
        AGAIN = "AGAIN"  # they will meet again

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="mediations")
    held_at = models.DateTimeField()
    place = models.CharField(max_length=80, default="", blank=True)
    parties_count = models.PositiveSmallIntegerField(default=2)
    text = models.TextField()
    agreement = models.TextField(default="", blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    mediator = models.ForeignKey(Account, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()


# --- Lists drawn from matters ---------------------------------------------------------------


class ProblemList(models.Model):
    """A numbered list of problems that a community means to settle one by one."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="problem_lists")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=60)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "code"], name="problem_list_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Problem(models.Model):
    """A matter under its number on a list."""

    problem_list = models.ForeignKey(ProblemList, models.PROTECT, related_name="problems")
    number = models.PositiveIntegerField()
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="problems")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["problem_list", "number"], name="problem_number_once"),
            models.UniqueConstraint(fields=["problem_list", "matter"], name="problem_matter_once"),
        ]


class MeetingSheet(models.Model):
    """The sheet of one regular meeting, drawn from open matters."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="meeting_sheets")
    name = models.CharField(max_length=60)
    held_on = models.DateField()
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()


class SheetItem(models.Model):
    """One matter on a meeting's sheet, and what the meeting said of it."""

    sheet = models.ForeignKey(MeetingSheet, models.PROTECT, related_name="items")
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="sheet_items")
    position = models.PositiveSmallIntegerField()
    note = models.ForeignKey(Note, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet", "matter"], name="sheet_matter_once"),
        ]


class SavedView(models.Model):
    """A filter that somebody keeps; the query string is what the list page reads."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="saved_views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=400)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="saved_view_name_once"),
        ]
