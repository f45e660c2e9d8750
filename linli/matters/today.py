"""What needs somebody on the grid now: their orders, what their grid asks, what to check."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from linli.core.actor import Actor
from linli.matters import queries
from linli.matters.models import Matter, Order
from linli.matters.workflow import OPEN, State

SHOWN_MOST = 50


@dataclass(frozen=True, slots=True)
class Today:
    """Four short lists, each in the order in which one would work through it."""

    orders: Sequence[Order]
    to_answer: Sequence[Matter]
    to_check: Sequence[Matter]
    brought_in: Sequence[Matter]

    @property
    def count(self) -> int:
        """Return how much waits for this person."""
        return len(self.orders) + len(self.to_answer) + len(self.to_check)


def today_of(*, actor: Actor) -> Today:
    """Return what waits for somebody on the grid, in a fixed number of queries.

    What they are asked to answer stands at the settlement level of a role of theirs, at its place.
    """
    seen = queries.with_row_columns(rows=queries.visible_to(actor=actor))
    at_my_level, at_my_places = Q(pk__in=()), Q(pk__in=())
    for grant in actor.grants_of(roles=queries.FIELD_ROLES):
        column = queries.PLACE_COLUMNS.get(grant.level)
        if column is not None:
            here = Q(**{column: grant.place_id})
            at_my_places |= here
            at_my_level |= here & Q(level__role=grant.role)
    mine = Q(order__account_id__in=actor.account_ids) | Q(
        order__resolved_by_id__in=actor.account_ids
    )
    to_check = seen.filter(at_my_places, state=State.RESOLVED).exclude(mine)
    if actor.organisation_ids:
        to_check = to_check.exclude(order__organisation_id__in=actor.organisation_ids)
    unanswered = seen.filter(at_my_level, state__in=(State.REPORTED, State.ACCEPTED))
    asked = OPEN | {State.VERIFIED}
    brought_in = queries.page_of_reported(actor=actor, states=asked, size=10).matters
    return Today(
        orders=queries.list_orders(actor=actor, most=SHOWN_MOST),
        to_answer=list(unanswered.order_by("due_at", "pk")[:SHOWN_MOST]),
        to_check=list(to_check.order_by("resolved_at", "pk")[:SHOWN_MOST]),
        brought_in=brought_in,
    )
