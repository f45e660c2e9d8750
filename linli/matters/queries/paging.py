"""One page of a list, and how much waits: each part of what somebody sees is asked by its own key.

What a person sees is several conditions joined by OR, and a list by deadline wants several states
at once. Neither goes by an index as one condition. So each part and state is a query of its own
that reads one page from its index, and the parts are put together in one statement.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from linli.core.actor import Actor
from linli.matters.models import Matter, Order, Reporter
from linli.matters.queries.access import Branch, branches_of, visible_to
from linli.matters.queries.filtering import (
    NEEDS_DESK,
    RUNNING,
    MatterFilter,
    filtered,
    in_states,
    with_time_asked,
)
from linli.matters.workflow import OPEN, State

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

_PLACE_NAMES = (
    "category__code",
    "category__name",
    "category__name_en",
    "condition__code",
    "condition__name",
    "condition__clock",
    "grid__name",
    "estate__name",
    "building__name",
    "entrance__name",
    "place__name",
)
_ROW_NAMES = (
    *_PLACE_NAMES,
    "level__name",
    "level__position",
    "order__organisation__name",
    "order__account__name",
)
"""What rows show of them; boundaries and words need not be read, and a list reads fifty of each."""

COUNT_MOST = 1_000
"""Nobody works through more; counting further would read the table."""

_WIDE = frozenset({"city_id", "district_id", "subdistrict_id", "community_id"})
"""Places with so many matters that each state is asked for by itself."""

_NEWEST = 16_000
"""How many of the newest matters a search looks through before it asks the index of all."""

ANY_ORDER = ExpressionWrapper(F("pk") + 0, output_field=models.BigIntegerField()).desc()
"""Newest first, but not by the index of the key: few rows are sorted sooner than all are walked."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `next_after` is the key to ask for the next one with, or None."""

    matters: list[Matter]
    next_after: str | None = None


def list_matters(*, actor: Actor, wanted: MatterFilter) -> QuerySet[Matter]:
    """Return the matters of a filter that this person sees, with what rows show; not for pages."""
    rows = in_states(rows=visible_to(actor=actor), wanted=wanted)
    return filtered(rows=rows, wanted=wanted).select_related(*ROW_RELATIONS)


def with_row_columns(*, rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """Read matters whole, and of what they name only what rows show."""
    return rows.select_related(*ROW_RELATIONS).only(*_columns_of(Matter), *_ROW_NAMES)


def with_order_columns(*, rows: QuerySet[Order]) -> QuerySet[Order]:
    """Read orders and their matters whole, and of what they name only what rows show."""
    names = (
        *(f"matter__{name}" for name in (*_columns_of(Matter), *_PLACE_NAMES)),
        "organisation__name",
        "account__name",
        "taken_by__name",
    )
    named = {name.rpartition("__")[0] for name in names}
    return rows.select_related(*sorted(named)).only(*_columns_of(Order), *names)


def _columns_of(model: type[models.Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields]


def page_of_matters(*, actor: Actor, wanted: MatterFilter, after: str = "", size: int = 50) -> Page:
    """Return one page by keyset; `after` is the `next_after` of the page before, or empty.

    A search goes newest first, whatever the list does otherwise.
    """
    found = _found(actor, wanted, after, size + 1)
    tail = found[size - 1] if len(found) > size else None
    if tail is None:
        return Page(matters=found)
    key = f"{tail.due_at.isoformat()}~{tail.pk}" if wanted.by_deadline else str(tail.pk)
    return Page(matters=found[:size], next_after=key)


def _found(actor: Actor, wanted: MatterFilter, after: str, size: int) -> list[Matter]:
    keys = ("due_at", "pk") if wanted.by_deadline else ("-pk",)
    branches = branches_of(actor=actor)
    if wanted.is_searched and connection.vendor == "postgresql":
        # GIN knows no order: what half the city writes about is found sooner among the newest
        # matters, and what is rare there is rare enough to be read whole.
        newest = [
            _among_newest(branch, wanted, after).order_by("-search__pk") for branch in branches
        ]
        ids = _first(newest, by_deadline=False, size=size)
        if len(ids) == size:
            return _shown(ids, keys)
    parts = [
        _behind(rows, wanted, after).order_by(*_order_of(branch, wanted, keys))
        for branch in branches
        for rows in _parts_of(branch, wanted)
    ]
    return _shown(_first(parts, by_deadline=wanted.by_deadline, size=size), keys)


def page_of_reported(
    *, actor: Actor, states: Collection[str] = (), after: str = "", size: int = 30
) -> Page:
    """Return one page of what somebody with an account reported and still sees, newest first.

    Their own reports are read by their keys for each part of what they see.
    """
    own = Reporter.objects.filter(account_id__in=actor.account_ids).values("matter_id")
    parts = []
    for branch in branches_of(actor=actor):
        rows = Matter.objects.filter(branch.where, pk__in=own)
        rows = rows.filter(state__in=sorted(states)) if states else rows
        parts.append(_behind(rows, MatterFilter(), after).order_by(ANY_ORDER))
    ids = _first(parts, by_deadline=False, size=size + 1)
    next_after = str(ids[size - 1]) if len(ids) > size else None
    return Page(matters=_shown(ids[:size], ("-pk",)), next_after=next_after)


def _among_newest(branch: Branch, wanted: MatterFilter, after: str) -> QuerySet[Matter]:
    """Return what a search finds of a branch among the newest matters, each looked at by itself."""
    rows = filtered(
        rows=Matter.objects.filter(branch.where), wanted=wanted, branch=branch, is_few=True
    )
    start: Any = RawSQL("SELECT MAX(id) FROM matters_matter", ())
    if after.isdecimal() and len(after) <= 18:
        start = Value(int(after))
    floor = ExpressionWrapper(start - _NEWEST, output_field=models.BigIntegerField())
    rows = in_states(rows=_behind(rows, wanted, after), wanted=wanted)
    # Said of both tables, for an inequality is not carried over from one to the other.
    return rows.filter(pk__gt=floor, search__pk__gt=floor)


def _order_of(branch: Branch, wanted: MatterFilter, keys: tuple[str, ...]) -> tuple[Any, ...]:
    is_found_first = branch.is_few or (wanted.is_searched and connection.vendor == "postgresql")
    if is_found_first and not wanted.by_deadline:
        return (ANY_ORDER,)
    return ("-search__pk",) if wanted.is_searched else keys


def _parts_of(branch: Branch, wanted: MatterFilter) -> Iterator[QuerySet[Matter]]:
    """Yield a branch in parts that each go by one index."""
    base = Matter.objects.filter(branch.where)
    rows = filtered(rows=base, wanted=wanted, branch=branch, is_few=branch.is_few)
    states = wanted.states_wanted
    is_narrow = wanted.is_searched or wanted.grid_id or wanted.estate_id or wanted.building_id
    if states is None or is_narrow or branch.level not in _WIDE:
        yield in_states(rows=rows, wanted=wanted)
        return
    for state in sorted(states & NEEDS_DESK if wanted.needs_desk else states):
        yield rows.filter(state=state)
    if wanted.needs_desk:
        yield rows.filter(pk__in=with_time_asked(), state__in=sorted(states))


def _behind(rows: QuerySet[Matter], wanted: MatterFilter, after: str) -> QuerySet[Matter]:
    """Leave out what earlier pages have shown."""
    due, _, last = after.rpartition("~")
    if not last.isdecimal() or len(last) > 18:
        return rows
    if not wanted.by_deadline:
        return rows.filter(pk__lt=int(last))
    try:
        moment = datetime.fromisoformat(due)
    except ValueError:
        return rows
    # The first condition is where the index begins; the second drops those of the same moment.
    return rows.filter(Q(due_at__gt=moment) | Q(pk__gt=int(last)), due_at__gte=moment)


def _first(parts: Sequence[QuerySet[Matter]], *, by_deadline: bool, size: int) -> list[int]:
    """Return the keys of the first rows of all parts together."""
    statement, params = together([part.values("pk", "due_at")[:size] for part in parts])
    if not statement:
        return []
    order = "due_at, pk" if by_deadline else "pk DESC"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pk FROM ({statement}) AS seen ORDER BY {order} LIMIT {size}", params
        )
        return [row[0] for row in cursor]


def _shown(ids: Sequence[int], keys: tuple[str, ...]) -> list[Matter]:
    """Return these matters with what rows show.

    By keys, not by a subquery: before one a planner may walk the table in the order asked for.
    """
    if not ids:
        return []
    return list(with_row_columns(rows=Matter.objects.filter(pk__in=ids)).order_by(*keys))


def together(
    parts: Sequence[QuerySet[Any, Any]], *, by: str = "UNION"
) -> tuple[str, tuple[Any, ...]]:
    """Return one statement for several; by UNION, what is in more than one of them comes once."""
    compiled = []
    for part in parts:
        with suppress(EmptyResultSet):  # Django knows it to be empty and gives it no statement.
            compiled.append(part.query.sql_with_params())
    statement = f" {by} ".join(
        f"SELECT * FROM ({sql}) AS part{place}" for place, (sql, _params) in enumerate(compiled)
    )
    return statement, tuple(param for _sql, params in compiled for param in params)


# --- How much waits ---------------------------------------------------------------------------


def how_many(*, rows: QuerySet[Any]) -> int:
    """Return how many there are; a figure above `COUNT_MOST` says only that there are more."""
    return rows.order_by()[: COUNT_MOST + 1].count()


def count_queues(*, actor: Actor, at: datetime) -> dict[str, int]:
    """Return how many open matters wait in each of the desk's queues, in one query.

    A figure above `COUNT_MOST` says only that there are more. Of each state so many are looked at,
    the nearest deadline first, so that a longer queue costs no more than that.
    """
    opened = MatterFilter(states=tuple(sorted(OPEN)))
    branches = branches_of(actor=actor)
    parts = [_counted(rows, asked=0) for one in branches for rows in _parts_of(one, opened)]
    # Those for which time is asked are few: they are all looked at, however late their deadline.
    asked = visible_to(actor=actor).filter(pk__in=with_time_asked(), state__in=OPEN)
    statement, params = together([*parts, _counted(asked, asked=1)], by="UNION ALL")
    if not statement:
        return _queues_of({})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, COUNT(*), COUNT(*) FILTER (WHERE due_at < %s), "
            "COUNT(*) FILTER (WHERE round > 1), COUNT(*) FILTER (WHERE is_restricted), SUM(asked) "
            "FROM (SELECT pk, state, due_at, round, is_restricted, MAX(asked) AS asked "
            f"FROM ({statement}) AS seen GROUP BY pk, state, due_at, round, is_restricted) AS once "
            "GROUP BY state",
            (connection.ops.adapt_datetimefield_value(at), *params),
        )
        return _queues_of({row[0]: _Standing(*map(int, row[1:])) for row in cursor})


@dataclass(frozen=True, slots=True)
class _Standing:
    """How many matters stand in one state, and how many of them are what."""

    total: int = 0
    late: int = 0
    again: int = 0
    restricted: int = 0
    asked: int = 0


def _counted(rows: QuerySet[Matter], *, asked: int) -> QuerySet[Matter, Any]:
    said = Value(asked, output_field=models.IntegerField())
    facts = rows.annotate(asked=said).order_by("due_at", "pk")[: COUNT_MOST + 1]
    return facts.values("pk", "state", "due_at", "round", "is_restricted", "asked")


def _queues_of(by_state: Mapping[str, _Standing]) -> dict[str, int]:
    every = by_state.values()
    nothing = _Standing()

    def standing(state: State) -> int:
        return by_state.get(state, nothing).total

    asked = sum(one.asked for one in every)
    return {
        "todo": sum(
            one.total if state in NEEDS_DESK else one.asked for state, one in by_state.items()
        ),
        "accept": standing(State.REPORTED),
        "dispatch": standing(State.ACCEPTED),
        "judge": standing(State.OBJECTED),
        "returned": standing(State.RETURNED),
        "time": asked,
        "verify": standing(State.RESOLVED),
        "overdue": sum(one.late for state, one in by_state.items() if state in RUNNING),
        "rework": sum(one.again for one in every),
        "restricted": sum(one.restricted for one in every),
        "open": sum(one.total for one in every),
    }
