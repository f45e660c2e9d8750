"""From what somebody said to what a report takes: place, category, and what was known before.

Every way in uses the same: the residents' form, and programs that report for others.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.language.danger import emergency_kind
from linli.language.normal import is_blank_text, normalise
from linli.matters import queries
from linli.matters.workflow import Kind
from linli.territory import queries as territory
from linli.territory.models import Area, Level

logger = logging.getLogger(__name__)

# Whom to call for what, the first first: 110 police, 119 fire, 120 ambulance, 12338 women's rights,
# 12355 young people, 12356 somebody to talk to. All are free and national.
CALLS: dict[str, tuple[str, ...]] = {
    "CHILD_HARM": ("110", "120", "12355"),
    "SUICIDE": ("110", "120", "12356"),
    "DOMESTIC_VIOLENCE": ("110", "120", "12338"),
    "VIOLENCE": ("110", "120"),
    "GAS_LEAK": ("119", "110"),
    "FIRE": ("119", "120"),
    "MEDICAL": ("120", "110"),
}


def location_walked(*, actor: Actor, community_id: int) -> territory.Location:
    """Return where somebody found what they named no place for: in the one grid they walk.

    Who walks several grids, or none, found it somewhere in the community.
    """
    grids = {
        grant.place_id
        for grant in actor.grants
        if grant.level == Level.GRID and grant.community_id == community_id
    }
    if len(grids) == 1:
        return territory.locate(community_id=community_id, area_id=grids.pop())
    name = Area.objects.get(pk=community_id).name  # Only a grid is named without words.
    return territory.locate(community_id=community_id, place_text=name)


def place_named(*, community_id: int, words: str) -> tuple[str, str]:
    """Return kind and key of the one place that words name exactly, or two empty strings."""
    plain = normalise(text=words).replace(" ", "").lower()
    for found in territory.search_places(community_id=community_id, query=words, limit=8):
        if normalise(text=found.label).replace(" ", "").lower() == plain:
            return found.kind, str(found.id)
    return "", ""


def suggest_categories(
    *,
    community_id: int,
    text: str,
    for_residents: bool = True,
    in_use: queries.MethodInUse | None = None,
) -> list[Any]:
    """Return the categories the words speak for, best first. It may fail and never disturbs."""
    try:
        in_use = in_use or queries.method_in_use(community_id=community_id)
        suggested = queries.suggest_categories(
            community_id=community_id, text=text, for_residents=for_residents, in_use=in_use
        )
        known = {str(one.pk): one for one in in_use.categories} if in_use is not None else {}
        return [known[one.key] for one in suggested]
    except Exception:
        # A report is worth more than its category, which the desk can set.
        logger.exception("no category could be suggested")
        return []


def category_for(
    *,
    community_id: int,
    text: str,
    chosen_id: int | None,
    for_residents: bool = True,
    in_use: queries.MethodInUse | None = None,
) -> int:
    """Return the category to file a report under: chosen, suggested, or the community's usual one.

    :raises NotFound: when the community has no category at all.
    """
    in_use = in_use or queries.method_in_use(community_id=community_id)
    if in_use is None or not in_use.categories:
        raise NotFound
    open_ones = in_use.open_to(residents=for_residents)
    if any(one.pk == chosen_id for one in open_ones):
        assert chosen_id is not None
        return chosen_id
    if danger_of(text=text):
        for one in in_use.categories:
            if one.kind == Kind.EMERGENCY:
                return int(one.pk)
    suggested = suggest_categories(
        community_id=community_id, text=text, for_residents=for_residents, in_use=in_use
    )
    if suggested:
        return int(suggested[0].pk)
    for one in [*open_ones, *in_use.categories]:
        if one.kind == Kind.REQUEST:
            return int(one.pk)
    return int((open_ones or in_use.categories)[0].pk)


def danger_of(*, text: str) -> str:
    """Return the code of the emergency a text tells of, or nothing."""
    return emergency_kind(text=text) or ""


def calls_for(*, danger: str) -> tuple[str, ...]:
    """Return the numbers to call, the first first."""
    return CALLS.get(danger, ("110", "119", "120")) if danger else ()


def duplicates_at(
    *, location: territory.Location, text: str, category_id: int | None, at: datetime
) -> Sequence[queries.Alike]:
    """Return what neighbours reported near there lately. It may fail and never disturbs."""
    if is_blank_text(text=text) or danger_of(text=text):
        return ()
    spot = queries.Spot(
        community_id=location.community_id,
        category_id=category_id,
        building_id=location.building_id,
        place_id=location.place_id,
        estate_id=location.estate_id,
        longitude=location.longitude,
        latitude=location.latitude,
    )
    try:
        found = queries.suggest_duplicates(spot=spot, text=text, at=at)
    except Exception:
        logger.exception("no duplicates could be suggested")
        return ()
    return [one.matter for one in found]
