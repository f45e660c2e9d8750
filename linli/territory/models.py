"""The grid tree, and what stands in it: estates, buildings, entrances, dwellings, named places.

All geometry is WGS-84. Each area carries the key of its ancestor at every upper level, so that a
matter copies one row and every list is one index range, whatever the depth of the tree.
"""

import uuid

from django.db import models
from django.db.models import F, Q


class Level(models.TextChoices):
    """The levels of the tree, from the top. A level may be absent between two others."""

    CITY = "CITY"
    DISTRICT = "DISTRICT"
    SUBDISTRICT = "SUBDISTRICT"
    COMMUNITY = "COMMUNITY"
    LARGE_GRID = "LARGE_GRID"
    GRID = "GRID"
    MICRO_GRID = "MICRO_GRID"


class GridKind(models.TextChoices):
    """What a grid is for."""

    COMPREHENSIVE = "COMPREHENSIVE"
    DEDICATED = "DEDICATED"  # one big unit: a market, a school, an industrial park


def _ancestor() -> "models.ForeignKey[Area | None, Area | None]":
    return models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")


class Area(models.Model):
    """A node of the tree. An area that is no longer in use ends; it is never deleted."""

    Level = Level
    GridKind = GridKind

    code = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=60)
    level = models.CharField(max_length=12, choices=Level.choices)
    kind = models.CharField(max_length=14, choices=GridKind.choices, default="", blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    city = _ancestor()
    district = _ancestor()
    subdistrict = _ancestor()
    community = _ancestor()
    large_grid = _ancestor()
    grid = _ancestor()
    boundary = models.JSONField(null=True, blank=True)  # a GeoJSON Polygon or MultiPolygon
    households_planned = models.PositiveIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="area_kind_for_grids_only",
                condition=Q(level="GRID", kind__in=GridKind.values)
                | (~Q(level="GRID") & Q(kind="")),
            ),
            models.CheckConstraint(
                name="area_below_community_has_one",
                condition=~Q(level__in=["LARGE_GRID", "GRID", "MICRO_GRID"])
                | Q(community__isnull=False),
            ),
            models.CheckConstraint(name="area_not_its_own_parent", condition=~Q(parent=F("id"))),
        ]
        indexes = [
            models.Index(fields=["community", "level", "code"], name="area_community_level"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_grid(self) -> bool:
        """Tell whether this is a grid itself, not a large grid or a micro-grid."""
        return self.level == Level.GRID

    @property
    def is_dedicated(self) -> bool:
        """Tell whether this is a dedicated grid."""
        return self.kind == GridKind.DEDICATED


class Community(models.Model):
    """What a community says about itself and how it is reached; beside its `Area`."""

    area = models.OneToOneField(Area, models.PROTECT, primary_key=True, related_name="profile")
    founded_month = models.CharField(max_length=7, default="", blank=True)  # 2013-07
    office_phone = models.CharField(max_length=30, default="", blank=True)
    office_address = models.CharField(max_length=120, default="", blank=True)
    office_hours = models.CharField(max_length=60, default="09:00-12:00,14:00-18:00")
    public_board = models.BooleanField(default=False)  # off until a community turns it on
    privacy_contact = models.CharField(max_length=60, default="", blank=True)
    method = models.CharField(max_length=60, default="", blank=True)  # the pack it lives by
    method_version = models.CharField(max_length=20, default="", blank=True)


class Estate(models.Model):
    """A residential compound. It may span grids; each of its buildings stands in one.

    Like a building or a named place it ends and is never deleted: old records point to it.
    """

    community = models.ForeignKey(Area, models.PROTECT, related_name="estates")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=60)
    initials = models.CharField(max_length=60, default="", blank=True)
    address = models.CharField(max_length=120, default="", blank=True)
    boundary = models.JSONField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "code"], name="estate_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Building(models.Model):
    """A building stands in exactly one comprehensive grid."""

    estate = models.ForeignKey(Estate, models.PROTECT, related_name="buildings")
    grid = models.ForeignKey(Area, models.PROTECT, related_name="buildings")
    micro_grid = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=60)
    storeys = models.PositiveSmallIntegerField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    footprint = models.JSONField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # pulled down

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["estate", "code"], name="building_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Entrance(models.Model):
    """A staircase (单元) of a building."""

    building = models.ForeignKey(Building, models.PROTECT, related_name="entrances")
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=30)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["building", "code"], name="entrance_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Dwelling(models.Model):
    """A door behind which a household may live."""

    entrance = models.ForeignKey(Entrance, models.PROTECT, related_name="dwellings")
    room = models.CharField(max_length=16)
    storey = models.SmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entrance", "room"], name="dwelling_once"),
        ]

    def __str__(self) -> str:
        return self.room


class Place(models.Model):
    """A spot or a room that has a name: a gate, a parcel locker, a playground, a meeting room."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="places")
    grid = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    estate = models.ForeignKey(Estate, models.PROTECT, null=True, blank=True, related_name="places")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=60)
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # closed or removed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "code"], name="place_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Poster(models.Model):
    """A QR poster that already knows where it hangs: a building, an entrance or a place."""

    token = models.CharField(max_length=12, unique=True)
    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    building = models.ForeignKey(Building, models.PROTECT, null=True, related_name="posters")
    entrance = models.ForeignKey(Entrance, models.PROTECT, null=True, related_name="posters")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="posters")
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="poster_hangs_in_one_spot",
                condition=Q(building__isnull=False, entrance__isnull=True, place__isnull=True)
                | Q(building__isnull=True, entrance__isnull=False, place__isnull=True)
                | Q(building__isnull=True, entrance__isnull=True, place__isnull=False),
            ),
        ]


class MapRevision(models.Model):
    """One row that moves when any boundary does, so that processes know their index is old."""

    revision = models.UUIDField(default=uuid.uuid4)
