"""Who may read and who may write a community's register.

Roles are named by their codes, for the room that defines them lies above this one.
"""

from django.db.models import Q

from linli.core.actor import Actor, Grant
from linli.core.errors import NotEntitled, NotFound
from linli.territory.models import Area, Level

READERS = frozenset(
    {
        "SECRETARY",
        "STAFF",
        "GRID_LEAD",
        "GRID_WORKER",
        "BUILDING_LEAD",
        "SOCIAL_WORKER",
        "CASE_OFFICER",
        "OVERSEER",
    }
)
WRITERS = frozenset({"SECRETARY", "STAFF"})

_ABOVE = {Level.CITY: "city", Level.DISTRICT: "district", Level.SUBDISTRICT: "subdistrict"}


def communities_open_to(*, actor: Actor) -> Q:
    """Return the condition on communities whose register this person may read."""
    if actor.is_system:
        return Q()
    grants = actor.grants_of(roles=READERS)
    open_to = Q(pk__in={grant.community_id for grant in grants if grant.community_id is not None})
    for level, column in _ABOVE.items():
        places = {grant.place_id for grant in grants if grant.level == level}
        if places:
            open_to |= Q(**{f"{column}_id__in": places})
    return open_to


def may_read(*, actor: Actor, community: Area) -> bool:
    """Tell whether this person works for the community and so may read its register."""
    return actor.is_system or any(
        grant.community_id == community.pk or _is_above(grant, community)
        for grant in actor.grants_of(roles=READERS)
    )


def may_write(*, actor: Actor, community: Area) -> bool:
    """Tell whether this person keeps the register: secretary or staff of the community."""
    return actor.is_system or any(
        (grant.level == Level.COMMUNITY and grant.place_id == community.pk)
        or _is_above(grant, community)
        for grant in actor.grants_of(roles=WRITERS)
    )


def require_writer(*, actor: Actor, community: Area) -> None:
    """Let only those pass who keep the register of this community.

    :raises NotFound: for somebody who may not even read it.
    :raises NotEntitled: for somebody who may read but not write.
    """
    if not may_read(actor=actor, community=community):
        raise NotFound
    if not may_write(actor=actor, community=community):
        raise NotEntitled


def _is_above(grant: Grant, community: Area) -> bool:
    column = _ABOVE.get(Level(grant.level)) if grant.level in Level.values else None
    return column is not None and grant.place_id == getattr(community, f"{column}_id")
