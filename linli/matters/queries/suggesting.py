"""What a form offers: categories, reasons and levels, and what may be the same thing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from linli.language.bigrams import similarity
from linli.language.suggest import Candidate, Suggestion, suggest
from linli.matters.models import (
    Category,
    Condition,
    Level,
    Matter,
    ReturnReason,
)
from linli.matters.workflow import (
    OPEN,
)

DUPLICATE_DAYS = 30


DUPLICATE_METRES = 150


_METRES_PER_DEGREE = 111_320


_DUPLICATE_SCORE = 250  # per mille of shared bigrams


_DUPLICATE_SCORE_SAME_SPOT = 120


def list_categories(*, community_id: int, for_residents: bool = False) -> QuerySet[Category]:
    """Return the categories in use, with their conditions fetched."""
    rows = Category.objects.filter(community_id=community_id, ended_at=None)
    if for_residents:
        rows = rows.filter(open_to_residents=True)
    return rows.prefetch_related("conditions").order_by("position", "id")


def list_conditions(*, category_id: int) -> list[Condition]:
    """Return the conditions of a category in use, the usual one first."""
    rows = Condition.objects.filter(category_id=category_id, ended_at=None)
    return list(rows.order_by("position", "id"))


def list_return_reasons(*, community_id: int) -> QuerySet[ReturnReason]:
    """Return the reasons for which an order may be given back."""
    rows = ReturnReason.objects.filter(community_id=community_id, ended_at=None)
    return rows.order_by("position", "id")


def list_levels(*, community_id: int) -> list[Level]:
    """Return the settlement levels from the nearest to home upwards."""
    return list(Level.objects.filter(community_id=community_id).order_by("position"))


def suggest_categories(
    *, community_id: int, text: str, for_residents: bool = False, limit: int = 3
) -> tuple[Suggestion, ...]:
    """Return the categories that the words speak for; `Suggestion.key` is the category's key."""
    candidates = [
        Candidate(key=str(category.pk), words=(category.name, *category.words))
        for category in Category.objects.filter(
            community_id=community_id,
            ended_at=None,
            **({"open_to_residents": True} if for_residents else {}),
        ).order_by("position", "id")
    ]
    return suggest(text=text, candidates=candidates, limit=limit)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A matter that may be the same thing. `score` is per mille of shared words."""

    matter: Matter
    score: int
    same_spot: bool


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
    exclude_ids: frozenset[int] = field(default_factory=frozenset)


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
        exclude_ids=frozenset({matter.pk}),
    )


def suggest_duplicates(*, spot: Spot, text: str, at: datetime, limit: int = 3) -> list[Duplicate]:
    """Return open matters near the same spot, lately, that say something similar; best first.

    Restricted matters are never among them.
    """
    near = Q()
    if spot.building_id is not None:
        near |= Q(building_id=spot.building_id)
    if spot.place_id is not None:
        near |= Q(place_id=spot.place_id)
    if spot.longitude is not None and spot.latitude is not None:
        reach = DUPLICATE_METRES / _METRES_PER_DEGREE
        near |= Q(
            longitude__range=(spot.longitude - reach, spot.longitude + reach),
            latitude__range=(spot.latitude - reach, spot.latitude + reach),
        )
    if not near and spot.estate_id is not None:
        near = Q(estate_id=spot.estate_id)
    if not near:
        return []
    rows = (
        Matter.objects.filter(
            near,
            community_id=spot.community_id,
            state__in=OPEN,
            is_restricted=False,
            reported_at__gte=at - timedelta(days=DUPLICATE_DAYS),
        )
        .exclude(pk__in=spot.exclude_ids)
        .select_related("category", "building", "estate", "place")
        .order_by("-pk")[:40]
    )
    found = []
    for matter in rows:
        same_spot = (spot.building_id is not None and matter.building_id == spot.building_id) or (
            spot.place_id is not None and matter.place_id == spot.place_id
        )
        score = similarity(a=text, b=matter.text)
        if spot.category_id is not None and matter.category_id == spot.category_id:
            score += 200
        if score >= (_DUPLICATE_SCORE_SAME_SPOT if same_spot else _DUPLICATE_SCORE):
            found.append(Duplicate(matter=matter, score=min(score, 1000), same_spot=same_spot))
    return sorted(found, key=lambda one: (-one.score, -one.matter.pk))[:limit]
