"""What somebody has in hand or keeps, and what time makes due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from linli.core.actor import Actor
from linli.matters.models import (
    Matter,
    Order,
    Reporter,
    SavedView,
)
from linli.matters.queries.access import visible_to
from linli.matters.queries.filtering import RUNNING
from linli.matters.queries.paging import with_order_columns, with_row_columns
from linli.matters.workflow import OPEN, ORDER_LIVE, OrderState


def open_at(
    *,
    actor: Actor,
    estate_id: int | None = None,
    building_id: int | None = None,
    place_id: int | None = None,
) -> QuerySet[Matter]:
    """Return the open matters at an estate, a building or a named place that this person sees."""
    where = {"estate_id": estate_id, "building_id": building_id, "place_id": place_id}
    named = {column: key for column, key in where.items() if key is not None}
    assert named, "say where"
    rows = visible_to(actor=actor).filter(state__in=OPEN, **named)
    return with_row_columns(rows=rows)


@dataclass(frozen=True, slots=True)
class Workload:
    """How many orders are in hand, by organisation and by account; to balance, not to rank."""

    organisations: Mapping[int, int]
    accounts: Mapping[int, int]


def count_workload(*, community_id: int) -> Workload:
    """Return how many orders each handler of a community has in hand now."""
    live = Order.objects.filter(matter__community_id=community_id, state__in=ORDER_LIVE).order_by()
    organisations: dict[int, int] = {}
    accounts: dict[int, int] = {}
    rows = live.values_list("organisation_id", "account_id").annotate(n=Count("pk"))
    for organisation_id, account_id, total in rows:
        if organisation_id is not None:
            organisations[organisation_id] = total
        elif account_id is not None:
            accounts[account_id] = total
    return Workload(organisations=organisations, accounts=accounts)


def list_orders(*, actor: Actor, live: bool = True) -> QuerySet[Order]:
    """Return the orders that are this person's or of an organisation of theirs.

    Live ones by deadline (what was given back stays until another takes it), ended ones newest
    first; rows carry the matter with its places.
    """
    mine = Q(account_id__in=actor.account_ids) | Q(organisation_id__in=actor.organisation_ids)
    orders = with_order_columns(rows=Order.objects.filter(mine))
    held = ORDER_LIVE | {OrderState.RETURNED}
    if live:
        return orders.filter(state__in=held).order_by("matter__due_at", "id")
    return orders.exclude(state__in=held).order_by("-id")


def list_reported_by(*, actor: Actor) -> QuerySet[Matter]:
    """Return what somebody with an account reported, newest first."""
    own = Reporter.objects.filter(account_id__in=actor.account_ids).values("matter_id")
    rows = visible_to(actor=actor).filter(pk__in=own)
    return with_row_columns(rows=rows).order_by("-pk")


def published_matters(*, community_id: int) -> QuerySet[Matter]:
    """Return what stands on a community's public board, newest first."""
    return (
        Matter.objects.filter(
            community_id=community_id, published_at__isnull=False, is_restricted=False
        )
        .select_related("category", "estate", "building", "place")
        .order_by("-published_at", "-pk")
    )


def list_saved_views(*, actor: Actor) -> QuerySet[SavedView]:
    """Return the filters that this person keeps."""
    return SavedView.objects.filter(account_id__in=[actor.account_id]).order_by("name", "id")


def due_to_climb(*, at: datetime) -> QuerySet[Matter]:
    """Return the open matters whose level's time is over."""
    return Matter.objects.filter(level_due_at__lte=at, state__in=RUNNING)


def newly_overdue(*, at: datetime) -> QuerySet[Matter]:
    """Return the matters that became overdue and of which nobody was told yet."""
    return Matter.objects.filter(due_at__lt=at, overdue_told_at=None, state__in=RUNNING)
