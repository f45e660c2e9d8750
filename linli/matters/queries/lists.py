"""The lists people work from: filtered, paged by key, counted; and what time makes due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from linli.core import codes, crypto
from linli.core.actor import Actor
from linli.matters.models import (
    Matter,
    Order,
    Reporter,
    SavedView,
    TimeRequest,
)
from linli.matters.queries.access import visible_to
from linli.matters.workflow import (
    OPEN,
    ORDER_LIVE,
    UNRESOLVED,
    OrderState,
    State,
)

NEEDS_DESK = frozenset(
    {State.REPORTED, State.ACCEPTED, State.OBJECTED, State.RETURNED, State.RESOLVED}
)
"""Where the next step is the desk's, not a handler's."""


@dataclass(frozen=True, slots=True)
class MatterFilter:
    """What a list shows. Empty means everything.

    `query` looks in number, title, text and place; a whole telephone number or tracking code finds
    what that person asked for.
    """

    community_id: int | None = None
    grid_id: int | None = None
    estate_id: int | None = None
    building_id: int | None = None
    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    category_id: int | None = None
    channel: str = ""
    organisation_id: int | None = None
    level_id: int | None = None
    overdue_at: datetime | None = None
    needs_desk: bool = False  # the next step is the desk's
    time_asked_only: bool = False
    rework_only: bool = False
    restricted_only: bool = False
    reported_from: datetime | None = None
    reported_until: datetime | None = None
    query: str = ""
    oldest_deadline_first: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `next_after` is the key to ask for the next one with, or None."""

    matters: list[Matter]
    next_after: str | None = None


ROW_RELATIONS = (
    "category",
    "condition",
    "grid",
    "estate",
    "building",
    "entrance",
    "place",
    "level",
    "order__organisation",
    "order__account",
)


def list_matters(*, actor: Actor, wanted: MatterFilter) -> QuerySet[Matter]:
    """Return the matters of a filter that this person sees, newest first, with what rows show."""
    return _filtered(visible_to(actor=actor), wanted).select_related(*ROW_RELATIONS)


def page_of_matters(*, actor: Actor, wanted: MatterFilter, after: str = "", size: int = 50) -> Page:
    """Return one page by keyset; `after` is the `next_after` of the page before, or empty."""
    rows = list_matters(actor=actor, wanted=wanted)
    if wanted.oldest_deadline_first:
        due, _, last = after.partition("~")
        if last.isdigit():
            moment = datetime.fromisoformat(due)
            rows = rows.filter(Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=int(last)))
        found = list(rows.order_by("due_at", "pk")[: size + 1])
        tail = found[size - 1] if len(found) > size else None
        key = f"{tail.due_at.isoformat()}~{tail.pk}" if tail is not None else None
        return Page(matters=found[:size], next_after=key)
    if after.isdigit():
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-pk")[: size + 1])
    return Page(
        matters=found[:size], next_after=str(found[size - 1].pk) if len(found) > size else None
    )


def count_by_state(*, actor: Actor, wanted: MatterFilter) -> dict[str, int]:
    """Return how many matters of a filter stand in each state."""
    rows = _filtered(visible_to(actor=actor), wanted).order_by().values("state")
    return {row["state"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def count_queues(*, actor: Actor, at: datetime) -> dict[str, int]:
    """Return how many open matters wait in each of the desk's queues, in one query."""
    running = Q(state__in=UNRESOLVED - {State.PAUSED})
    asked = Q(pk__in=_with_time_asked())
    queues = {
        "todo": Q(state__in=NEEDS_DESK) | asked,
        "accept": Q(state=State.REPORTED),
        "dispatch": Q(state=State.ACCEPTED),
        "judge": Q(state=State.OBJECTED),
        "returned": Q(state=State.RETURNED),
        "time": asked,
        "verify": Q(state=State.RESOLVED),
        "overdue": running & Q(due_at__lt=at),
        "rework": Q(round__gt=1),
        "restricted": Q(is_restricted=True),
        "open": Q(),
    }
    rows = visible_to(actor=actor).filter(state__in=OPEN)
    counts: dict[str, int] = rows.aggregate(
        **{name: Count("pk", filter=which) for name, which in queues.items()}
    )
    return counts


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


def _filtered(rows: QuerySet[Matter], wanted: MatterFilter) -> QuerySet[Matter]:
    exact = {
        "community_id": wanted.community_id,
        "grid_id": wanted.grid_id,
        "estate_id": wanted.estate_id,
        "building_id": wanted.building_id,
        "category_id": wanted.category_id,
        "level_id": wanted.level_id,
        "order__organisation_id": wanted.organisation_id,
        "channel": wanted.channel or None,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.overdue_at is not None:
        rows = rows.filter(due_at__lt=wanted.overdue_at, state__in=UNRESOLVED - {State.PAUSED})
    if wanted.needs_desk:
        rows = rows.filter(Q(state__in=NEEDS_DESK) | Q(pk__in=_with_time_asked()))
    if wanted.time_asked_only:
        rows = rows.filter(pk__in=_with_time_asked())
    if wanted.rework_only:
        rows = rows.filter(round__gt=1)
    if wanted.restricted_only:
        rows = rows.filter(is_restricted=True)
    if wanted.reported_from is not None:
        rows = rows.filter(reported_at__gte=wanted.reported_from)
    if wanted.reported_until is not None:
        rows = rows.filter(reported_at__lt=wanted.reported_until)
    words = wanted.query.split()
    for word in words:
        match = Q(title__icontains=word) | Q(text__icontains=word) | Q(hotline_number=word)
        match |= Q(place_text__icontains=word)
        number = word.rpartition("-")[2]
        if number.isdigit() and len(number) < 18:
            match |= Q(pk=int(number))
        rows = rows.filter(match | _asked_by(word))
    return rows


def _with_time_asked() -> QuerySet[Order, int]:
    asked = Order.objects.filter(time_requests__state=TimeRequest.State.ASKED)
    return asked.values_list("matter_id", flat=True)


def _asked_by(word: str) -> Q:
    """Match what somebody asked for, by their whole telephone number or tracking code."""
    digests: dict[str, str] = {}
    if codes.is_phone(text=word):
        phone = codes.normalise_phone(text=word)
        digests["phone_digest"] = crypto.digest(value=phone, field="reporter.phone")
    else:
        try:
            code = codes.normalise_tracking_code(text=word)
        except codes.InvalidCode:
            return Q()
        digests["code_digest"] = crypto.digest(value=code, field="reporter.code")
    return Q(pk__in=Reporter.objects.filter(**digests).values("matter_id"))


def list_orders(*, actor: Actor, live: bool = True) -> QuerySet[Order]:
    """Return the orders that are this person's or of an organisation of theirs.

    Live ones by deadline (what was given back stays until another takes it), ended ones newest
    first; rows carry the matter with its places.
    """
    mine = Q(account_id__in=actor.account_ids) | Q(organisation_id__in=actor.organisation_ids)
    orders = Order.objects.filter(mine).select_related(
        "matter__category",
        "matter__condition",
        "matter__grid",
        "matter__estate",
        "matter__building",
        "matter__entrance",
        "matter__place",
        "organisation",
        "account",
        "taken_by",
    )
    held = ORDER_LIVE | {OrderState.RETURNED}
    if live:
        return orders.filter(state__in=held).order_by("matter__due_at", "id")
    return orders.exclude(state__in=held).order_by("-id")


def list_reported_by(*, actor: Actor) -> QuerySet[Matter]:
    """Return what somebody with an account reported, newest first."""
    own = Reporter.objects.filter(account_id__in=actor.account_ids).values("matter_id")
    rows = visible_to(actor=actor).filter(pk__in=own)
    return rows.select_related(*ROW_RELATIONS).order_by("-pk")


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
    return Matter.objects.filter(level_due_at__lte=at, state__in=UNRESOLVED - {State.PAUSED})


def newly_overdue(*, at: datetime) -> QuerySet[Matter]:
    """Return the matters that became overdue and of which nobody was told yet."""
    return Matter.objects.filter(
        due_at__lt=at, overdue_told_at=None, state__in=UNRESOLVED - {State.PAUSED}
    )
