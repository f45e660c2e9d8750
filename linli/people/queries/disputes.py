"""What two people said differently about a household, for whoever chooses."""

from dataclasses import dataclass

from django.db.models import QuerySet

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.people.models import HouseholdDispute
from linli.people.models.edits import DisputeState

CHOOSERS = frozenset({"SECRETARY", "STAFF"})
SHOWN_MOST = 100
_DOOR = "household__dwelling__entrance__building__estate"


@dataclass(frozen=True, slots=True)
class Values:
    """A dispute's three values, and whether they are codes of a household's status."""

    base: str
    now: str
    offered: str
    is_status: bool


def list_disputes(*, actor: Actor) -> list[HouseholdDispute]:
    """Return what waits for a choice in one's communities, oldest first."""
    rows = _open_to(actor).filter(state=DisputeState.WAITING)
    found = rows.select_related(_DOOR, "edit__account").order_by("found_at", "id")
    return list(found[:SHOWN_MOST])


def count_disputes(*, actor: Actor) -> int:
    """Return how many wait for a choice."""
    return _open_to(actor).filter(state=DisputeState.WAITING).count()


def get_dispute(*, actor: Actor, dispute_id: int) -> HouseholdDispute:
    """Return one with its household.

    :raises NotFound: when there is none, or not for this person.
    """
    found = _open_to(actor).select_related("household").filter(pk=dispute_id).first()
    if found is None:
        raise NotFound
    return found


def values_of(*, dispute: HouseholdDispute) -> Values:
    """Return what was seen, what stands today and what was brought."""
    household, is_status = dispute.household, dispute.field == "STATUS"
    now = household.status if is_status else household.employer
    return Values(base=dispute.base, now=now, offered=dispute.offered, is_status=is_status)


def _open_to(actor: Actor) -> QuerySet[HouseholdDispute]:
    communities = {grant.community_id for grant in actor.grants_of(roles=CHOOSERS)}
    return HouseholdDispute.objects.filter(household__community_id__in=communities - {None})
