"""What was opened and taken out of the registers, for whoever answers for a community."""

from django.db.models import Q

from linli.core.actor import Actor
from linli.core.models import Event
from linli.people import events
from linli.territory.models import Area, Level

# The numbers in one export are told by that export, and on the thread of each person.
_OPENINGS = (
    events.ROSTER_EXPORTED,
    events.NUMBER_OPENED,
    events.NEED_OPENED,
    events.NEED_LOOK_REFUSED,
)
OPENINGS_PAGE = 50


def openings_communities(*, actor: Actor) -> list[Area]:
    """Return the communities whose secretary this person is, by code."""
    keys = {
        grant.place_id
        for grant in actor.grants_of(roles=frozenset({"SECRETARY"}))
        if grant.level == "COMMUNITY"
    }
    rows = Area.objects.filter(pk__in=keys, level=Level.COMMUNITY).defer("boundary")
    return list(rows.order_by("code"))


def list_openings(*, community_id: int, before: int | None = None) -> list[Event]:
    """Return a page of what was opened and exported in a community and one more, newest first."""
    older = Q() if before is None else Q(pk__lt=before)
    rows = Event.objects.filter(older, community_id=community_id, name__in=_OPENINGS)
    return list(rows.order_by("-pk")[: OPENINGS_PAGE + 1])
