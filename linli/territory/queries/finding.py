"""Find estates, buildings and places by what people call them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from linli.language.normal import normalise
from linli.language.pinyin import matches_initials
from linli.territory.models import Building, Estate, Place


@dataclass(frozen=True, slots=True)
class Found:
    """An estate, building or place that a search found. `label` is how people there call it."""

    kind: str  # ESTATE, BUILDING or PLACE
    id: int
    label: str
    code: str
    estate_id: int | None
    grid_id: int | None
    grid_name: str
    longitude: float | None
    latitude: float | None


def search_places(*, community_id: int, query: str, limit: int = 12) -> list[Found]:
    """Return estates, buildings and places by name, code or pinyin initials, the best first.

    “翠园3” and “cy3” both find 翠园 3幢. Parts set apart by spaces all have to match. It names
    estates, buildings and places only, so anybody may be given the answer.
    """
    words = normalise(text=query).lower().split()
    if not words:
        return []
    ranked = [
        (rank, natural_key(text=found.label), found.id, found)
        for found in _findable(community_id)
        if (rank := _rank(found, words)) is not None
    ]
    ranked.sort(key=lambda one: one[:3])
    return [one[3] for one in ranked[:limit]]


def _findable(community_id: int) -> Iterable[Found]:
    estates = Estate.objects.filter(community_id=community_id, ended_at__isnull=True)
    for id_, name, code in estates.values_list("id", "name", "code"):
        yield Found("ESTATE", id_, name, code, id_, None, "", None, None)
    spot = ("longitude", "latitude")
    buildings = Building.objects.filter(
        estate__community_id=community_id, ended_at__isnull=True
    ).values_list("id", "estate__name", "name", "code", "estate_id", "grid_id", "grid__name", *spot)
    for id_, estate, name, code, estate_id, grid_id, grid, x, y in buildings:
        yield Found("BUILDING", id_, f"{estate} {name}", code, estate_id, grid_id, grid, x, y)
    places = Place.objects.filter(community_id=community_id, ended_at__isnull=True).values_list(
        "id", "estate__name", "name", "code", "estate_id", "grid_id", "grid__name", *spot
    )
    for id_, estate, name, code, estate_id, grid_id, grid, x, y in places:
        label = f"{estate} {name}" if estate and estate not in name else name
        yield Found("PLACE", id_, label, code, estate_id, grid_id, grid or "", x, y)


def _rank(found: Found, words: Sequence[str]) -> int | None:
    """Return how well it matches, lower is better, or None."""
    ranks = [_rank_of(word, found.label, found.code) for word in words]
    known = [rank for rank in ranks if rank is not None]
    if len(known) < len(ranks):
        return None
    # Somebody who types an estate's name means the estate; with a number, the building.
    return max(known) * 10 + {"ESTATE": 0, "BUILDING": 1, "PLACE": 2}[found.kind]


def matches(*, word: str, label: str, code: str) -> bool:
    """Tell whether one word of a search (normalised, lower case) fits a name or a code."""
    return _rank_of(word, label, code) is not None


def _rank_of(word: str, label: str, code: str) -> int | None:
    label = normalise(text=label).lower()
    joined = label.replace(" ", "")
    if word in (joined, code.lower()):
        return 0
    if joined.startswith(word):
        return 1
    if word in joined or word in label:
        return 2
    if word.isascii() and matches_initials(query=word, text=joined):
        return 3
    return 4 if len(word) > 1 and is_scattered_in(word=word, text=joined) else None


def is_scattered_in(*, word: str, text: str) -> bool:
    """Tell whether the characters of `word` stand in `text` in this order: 翠园3 in 翠园小区3幢.

    Digits stay whole: 翠园1 is not in 翠园11幢.
    """
    parts = re.findall(r"\d+|.", word)
    known = iter(re.findall(r"\d+|.", text))
    return all(any(part == one for one in known) for part in parts)


def place_label(*, name: str, estate: Estate | None) -> str:
    """Return how people call a named place: with its estate, unless its name says it already."""
    return name if estate is None or estate.name in name else f"{estate.name} {name}"


def natural_key(*, text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that puts 9幢 before 10幢, and numbers before words."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.findall(r"[0-9]+|[^0-9]+", text)
    )
