"""The orders that somebody has in hand, or had: the keys of a page first, then its rows.

A unit of a big community has thousands of orders, and a row names a dozen others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, F, IntegerField, QuerySet, Value

from linli.core.actor import Actor
from linli.matters.models import Order
from linli.matters.queries.paging import together, with_order_columns
from linli.matters.workflow import ORDER_LIVE, OrderState
from linli.people.models import Organisation

HELD = ORDER_LIVE | {OrderState.RETURNED}
"""What a handler answers for: what was given back stays theirs until another takes it."""

_ENDED = frozenset(OrderState) - HELD


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of orders; `next_after` is the key to ask for the next one with, or None."""

    orders: list[Order]
    next_after: int | None = None


def list_orders(*, actor: Actor, most: int, only_taken: bool = False) -> list[Order]:
    """Return what this person or a unit of theirs answers for, by deadline, in two queries.

    No more than `most`; with `only_taken`, what they took themselves. Rows carry the matter with
    its places.
    """
    parts = []
    for rows in _of_each_holder(actor):
        held = rows.filter(state__in=sorted(HELD))
        if only_taken:
            held = held.filter(taken_by_id__in=actor.account_ids)
        parts.append(held.values("pk", due_at=F("matter__due_at")))
    ids = _first(parts, order="due_at, pk", size=most)
    return list(_rows_of(ids).order_by("matter__due_at", "pk"))


def page_of_ended_orders(*, actor: Actor, after: int | None = None, size: int = 30) -> OrderPage:
    """Return what this person or a unit of theirs did or lost, newest first.

    `after` is the `next_after` of the page before.
    """
    behind = {} if after is None else {"pk__lt": after}
    parts = [
        rows.filter(state=state, **behind).order_by("-pk").values("pk")[: size + 1]
        for rows in _of_each_holder(actor)
        for state in sorted(_ENDED)
    ]
    ids = _first(parts, order="pk DESC", size=size + 1)
    orders = list(_rows_of(ids[:size]).order_by("-pk"))
    return OrderPage(orders=orders, next_after=ids[size - 1] if len(ids) > size else None)


def _of_each_holder(actor: Actor) -> Iterator[QuerySet[Order]]:
    """Yield the orders of each organisation and account that somebody acts for; none is in two."""
    for organisation_id in sorted(actor.organisation_ids):
        yield Order.objects.filter(organisation_id=organisation_id)
    for account_id in sorted(actor.account_ids):
        yield Order.objects.filter(account_id=account_id)


def _first(parts: Sequence[QuerySet[Any, Any]], *, order: str, size: int) -> list[int]:
    statement, params = together(parts, by="UNION ALL")
    if not statement:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pk FROM ({statement}) AS held ORDER BY {order} LIMIT {size}", params
        )
        return [row[0] for row in cursor]


def _rows_of(ids: Iterable[int]) -> QuerySet[Order]:
    return with_order_columns(rows=Order.objects.filter(pk__in=list(ids)))


@dataclass(frozen=True, slots=True)
class Workload:
    """How many orders are in hand, by organisation and by account; to balance, not to rank."""

    organisations: Mapping[int, int]
    accounts: Mapping[int, int]


def count_workload(*, community_id: int, account_ids: Iterable[int]) -> Workload:
    """Return how many orders each unit of a community has in hand now, and each of these people.

    A unit is of one community and so are its orders; a person may have some elsewhere, too.
    """
    live = Order.objects.filter(state__in=sorted(ORDER_LIVE)).order_by()
    units = Organisation.objects.filter(community_id=community_id).values("pk")
    of_units = live.filter(organisation_id__in=units).values_list(
        "organisation_id", Value(0, output_field=IntegerField())
    )
    of_people = live.filter(
        account_id__in=list(account_ids), matter__community_id=community_id
    ).values_list(Value(0, output_field=IntegerField()), "account_id")
    rows = list(of_units.annotate(n=Count("pk")).union(of_people.annotate(n=Count("pk")), all=True))
    return Workload(
        organisations={key: total for key, _account, total in rows if key},
        accounts={key: total for _unit, key, total in rows if key},
    )
