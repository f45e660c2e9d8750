"""The building somebody names in a form, by its name or its initials."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.core.errors import Invalid
from linli.language.normal import normalise
from linli.territory import queries as territory

_OFFERED_MOST = 400


class BuildingUnknown(Invalid):
    """The words name no building, or several."""

    sentence = _("“%(words)s” names no one building here. Please choose from the list: %(near)s")
    field = "place"


class BuildingNowhere(Invalid):
    """The words name nothing at all."""

    sentence = _("“%(words)s” is no building here. Please choose one from the list, or none.")
    field = "place"


def building_names(*, community_id: int) -> list[str]:
    """Return the names of a community's buildings, for the browser to complete."""
    rows = territory.list_buildings(community_id=community_id)[:_OFFERED_MOST]
    return [_name_of(one) for one in rows]


def building_named(*, community_id: int, words: str) -> int | None:
    """Return the building that these words name; None for no words.

    :raises BuildingUnknown: when they name several, BuildingNowhere when none.
    """
    asked = _plain(words)
    if not asked:
        return None
    for one in territory.list_buildings(community_id=community_id):
        if _plain(_name_of(one)) == asked:
            return int(one.pk)
    found = [
        one
        for one in territory.search_places(community_id=community_id, query=words, limit=6)
        if one.kind == "BUILDING"
    ]
    if len(found) == 1:
        return int(found[0].id)
    if not found:
        raise BuildingNowhere(words=words)
    raise BuildingUnknown(words=words, near="、".join(one.label for one in found))


def _name_of(building: Any) -> str:
    return f"{building.estate.name} {building.name}"


def _plain(words: str) -> str:
    return normalise(text=words).replace(" ", "").lower()
