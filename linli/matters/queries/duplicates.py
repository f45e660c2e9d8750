"""What may be the same thing as a report: near it, lately, in like words; or said to be."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db.models import DateTimeField, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from linli.core.actor import Actor
from linli.core.prepared import Prepared
from linli.language.bigrams import similarity
from linli.matters.models import Likeness, Matter, number_of, place_words_of
from linli.matters.queries.access import visible_to
from linli.matters.queries.paging import ANY_ORDER
from linli.matters.workflow import OPEN, State

DUPLICATE_DAYS = 30
DUPLICATE_METRES = 150

_LOOKED_AT_MOST = 500
"""Of a community's open matters the newest so many are looked at, on a day of thousands, too."""
_COMPARED_MOST = 40
_METRES_PER_DEGREE = 111_320
_SCORE = 250  # per mille of shared bigrams
_SCORE_SAME_SPOT = 120
_SCORE_OF_CATEGORY = 200


class CategoryName(NamedTuple):
    """What a category is called in both languages."""

    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Alike:
    """What a hint shows of a matter: read in one statement for all that are compared."""

    pk: int
    title: str
    text: str
    state: str
    reported_at: datetime
    category_id: int
    category_name: str
    category_name_en: str
    building_id: int | None
    place_id: int | None
    estate: str | None
    building: str | None
    entrance: str | None
    place: str | None
    place_text: str

    @property
    def category(self) -> CategoryName:
        """Return its category as labels take it."""
        return CategoryName(self.category_name, self.category_name_en)

    @property
    def number(self) -> str:
        """Return what people call it by."""
        return number_of(pk=self.pk, reported_at=self.reported_at)

    @property
    def place_words(self) -> str:
        """Return where it is, as people there say it."""
        return place_words_of(
            estate=self.estate,
            building=self.building,
            entrance=self.entrance,
            place=self.place,
            text=self.place_text,
        )

    @property
    def near(self) -> str:
        """Return where it is no finer than a building, for those who may not know more."""
        return " ".join(part for part in (self.estate, self.building or self.place) if part)


_COLUMNS = (
    *("pk", "title", "text", "state", "reported_at"),
    *("category_id", "category__name", "category__name_en", "building_id", "place_id"),
    *("estate__name", "building__name", "entrance__name", "place__name", "place_text"),
)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A matter that may be the same thing. `score` is per mille of shared words."""

    matter: Alike
    score: int
    same_spot: bool
    is_said: bool = False  # by whoever reported it


@dataclass(frozen=True, slots=True)
class Spot:
    """Where and what a possible duplicate is compared with."""

    community_id: int
    category_id: int | None = None
    building_id: int | None = None
    place_id: int | None = None
    estate_id: int | None = None
    longitude: float | None = None
    latitude: float | None = None
    exclude_id: int | None = None


def spot_of(*, matter: Matter) -> Spot:
    """Return the spot of a matter that exists, to look for its duplicates."""
    return Spot(
        community_id=matter.community_id,
        category_id=matter.category_id,
        building_id=matter.building_id,
        place_id=matter.place_id,
        estate_id=matter.estate_id,
        longitude=matter.longitude,
        latitude=matter.latitude,
        exclude_id=matter.pk,
    )


def duplicates_of(*, matter: Matter, actor: Actor, at: datetime) -> list[Duplicate]:
    """Return what a matter may be the same as: first what its reporter said, then what looks so.

    Only what this person sees, and nothing restricted, even where it became so since.
    """
    if matter.is_restricted:
        return []
    found = [
        Duplicate(
            matter=other,
            score=similarity(a=matter.text, b=other.text),
            same_spot=other.building_id is not None and other.building_id == matter.building_id,
            is_said=True,
        )
        for other in _said_same(matter, actor)
    ]
    named = {one.matter.pk for one in found}
    looks = suggest_duplicates(spot=spot_of(matter=matter), text=matter.text, at=at)
    return found + [one for one in looks if one.matter.pk not in named]


def _said_same(matter: Matter, actor: Actor) -> Iterator[Alike]:
    said = list(Likeness.objects.filter(matter=matter).values_list("other_id", flat=True))
    if not said:  # As nearly always: what somebody sees is dear to ask.
        return iter(())
    rows = visible_to(actor=actor).filter(pk__in=said, is_restricted=False)
    return _alike(rows.exclude(state=State.MERGED).order_by("pk"))


def suggest_duplicates(*, spot: Spot, text: str, at: datetime, limit: int = 3) -> list[Duplicate]:
    """Return open matters near the same spot, lately, that say something similar; best first.

    Restricted matters are never among them. Of what is open the newest 500 are looked at.
    """
    found = []
    for other in _near(spot, since=at - timedelta(days=DUPLICATE_DAYS)):
        if other.pk == spot.exclude_id:
            continue
        same_spot = (spot.building_id is not None and other.building_id == spot.building_id) or (
            spot.place_id is not None and other.place_id == spot.place_id
        )
        score = similarity(a=text, b=other.text)
        if spot.category_id is not None and other.category_id == spot.category_id:
            score += _SCORE_OF_CATEGORY
        if score >= (_SCORE_SAME_SPOT if same_spot else _SCORE):
            found.append(Duplicate(matter=other, score=min(score, 1000), same_spot=same_spot))
    return sorted(found, key=lambda one: (-one.score, -one.matter.pk))[:limit]


def _near(spot: Spot, *, since: datetime) -> Iterator[Alike]:
    ways: tuple[str, ...] = tuple(
        way for way in ("building_id", "place_id") if getattr(spot, way) is not None
    )
    edges: dict[str, float] = {}
    if spot.longitude is not None and spot.latitude is not None:
        ways += ("point",)
        reach = DUPLICATE_METRES / _METRES_PER_DEGREE
        edges = {
            **{"west": spot.longitude - reach, "east": spot.longitude + reach},
            **{"south": spot.latitude - reach, "north": spot.latitude + reach},
        }
    if not ways and spot.estate_id is not None:
        ways = ("estate_id",)
    if not ways:
        return iter(())
    keys = {way: getattr(spot, way) for way in ways if way != "point"}
    rows = _open_near(*ways)(community_id=spot.community_id, since=since, **keys, **edges)
    return (Alike(*row) for row in rows)


@cache
def _open_near(*ways: str) -> Prepared[tuple[Any, ...]]:
    """Return what finds open matters by some of: building_id, place_id, point, estate_id."""

    def build(**slots: Any) -> QuerySet[Matter, tuple[Any, ...]]:
        near = Q()
        for way in ways:
            near |= (
                Q(
                    longitude__range=(slots["west"], slots["east"]),
                    latitude__range=(slots["south"], slots["north"]),
                )
                if way == "point"
                else Q(**{way: slots[way]})
            )
        open_here = Matter.objects.filter(
            community_id=slots["community_id"], state__in=OPEN, is_restricted=False
        )
        # From the so-manieth newest on: where thousands are open, reading all of a month for each
        # report cost more than all else that a report does.
        newest = open_here.filter(reported_at__gte=slots["since"]).order_by("-reported_at")
        last = newest.values("reported_at")[_LOOKED_AT_MOST - 1 : _LOOKED_AT_MOST]
        since = Coalesce(Subquery(last), slots["since"], output_field=DateTimeField())
        rows = open_here.filter(near, reported_at__gte=since)
        return rows.order_by(ANY_ORDER).values_list(*_COLUMNS)[: _COMPARED_MOST + 1]

    edges = ("west", "east", "south", "north") if "point" in ways else ()
    keys = [way for way in ways if way != "point"]
    return Prepared(build, "community_id", "since", *keys, *edges)


def _alike(rows: QuerySet[Matter]) -> Iterator[Alike]:
    return (Alike(*row) for row in rows.values_list(*_COLUMNS))
