"""The matter itself, what it is like and what it is found by."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q

from linli.core.clocks import SHANGHAI
from linli.core.search import KEY, IndexedTerms
from linli.matters.models._columns import codes, index_of_some, one_of
from linli.matters.models.method import Category, Condition, Level
from linli.matters.workflow import OPEN, UNRESOLVED, Channel, Kind, State
from linli.people.models import Account, Organisation
from linli.territory.models import Area, Building, Entrance, Estate, Place

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
    kind = models.CharField(max_length=16, choices=codes(Kind))
    state = models.CharField(max_length=12, choices=codes(State), default=State.REPORTED.value)
    channel = models.CharField(max_length=16, choices=codes(Channel))
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
            models.CheckConstraint(name="matter_state_known", condition=one_of("state", State)),
            models.CheckConstraint(name="matter_kind_known", condition=one_of("kind", Kind)),
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
                fields=["level_due_at"], name="matter_level_due", condition=one_of("state", OPEN)
            ),
            models.Index(
                fields=["rating_until"], name="matter_rating_due", condition=Q(state="VERIFIED")
            ),
            models.Index(
                fields=["community", "-reported_at", "-id"],
                name="matter_published",
                condition=Q(published_at__isnull=False),
            ),
            index_of_some("merged_into", name="matter_merged_into"),
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
