"""What a list of matters is narrowed by, and how a search finds them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from linli.core import codes, crypto
from linli.core.search import Asked
from linli.language.terms import search_terms
from linli.matters.indexing import PLACES, scope_of
from linli.matters.models import Matter, Order, Reporter, TimeRequest
from linli.matters.queries.access import Branch
from linli.matters.workflow import OPEN, UNRESOLVED, State

NEEDS_DESK = frozenset(
    {State.REPORTED, State.ACCEPTED, State.OBJECTED, State.RETURNED, State.RESOLVED}
)
"""Where the next step is the desk's, not a handler's."""

RUNNING = UNRESOLVED - {State.PAUSED}
"""Where a time limit can be missed."""

HAS_HOTLINE_NUMBER = ~Q(hotline_number=RawSQL("''", ()))
"""As the indexes of 12345 orders say it: to the letter, for by a bound value SQLite takes none."""


@dataclass(frozen=True, slots=True)
class MatterFilter:
    """What a list shows. Empty means everything.

    `query` looks in title, text, numbers and places, for all its words; a whole telephone number
    or tracking code finds what that person asked for. What is searched comes newest first.
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

    @property
    def is_searched(self) -> bool:
        """Tell whether words were searched for."""
        return bool(self.query.strip())

    @property
    def is_too_short(self) -> bool:
        """Tell whether the words ask for nothing: a single Chinese character, or signs alone."""
        people, words = _told_apart(self.query)
        return self.is_searched and not people and not search_terms(text=words)

    @property
    def by_deadline(self) -> bool:
        """Tell whether the list goes by deadline rather than newest first."""
        return self.oldest_deadline_first and not self.is_searched

    @property
    def states_wanted(self) -> frozenset[str] | None:
        """Return the states that are left by all that is asked, or None for every state."""
        wanted = frozenset(self.states) if self.states else None
        if self.overdue_at is not None:
            wanted = RUNNING if wanted is None else wanted & RUNNING
        if self.needs_desk and wanted is None:
            wanted = OPEN
        return None if wanted is None else frozenset(str(state) for state in wanted)


def filtered(
    *,
    rows: QuerySet[Matter],
    wanted: MatterFilter,
    branch: Branch | None = None,
    is_few: bool = False,
) -> QuerySet[Matter]:
    """Narrow rows by everything that is asked but the states.

    With `branch`, rows are its; with `is_few` a search reads them one by one.
    """
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
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.overdue_at is not None:
        rows = rows.filter(due_at__lt=wanted.overdue_at)
    if wanted.time_asked_only:
        rows = rows.filter(pk__in=with_time_asked())
    if wanted.rework_only:
        rows = rows.filter(round__gt=1)
    if wanted.restricted_only:
        rows = rows.filter(is_restricted=True)
    if wanted.reported_from is not None:
        rows = rows.filter(reported_at__gte=wanted.reported_from)
    if wanted.reported_until is not None:
        rows = rows.filter(reported_at__lt=wanted.reported_until)
    return _searched(rows, wanted, branch, is_few) if wanted.is_searched else rows


def in_states(*, rows: QuerySet[Matter], wanted: MatterFilter) -> QuerySet[Matter]:
    """Narrow rows by the states that are asked for."""
    states = wanted.states_wanted
    if states is not None:
        rows = rows.filter(state__in=sorted(states))
    if wanted.needs_desk:
        rows = rows.filter(Q(state__in=NEEDS_DESK) | Q(pk__in=with_time_asked()))
    return rows


def with_time_asked() -> QuerySet[Order, int]:
    """Return the keys of the matters for which more time is asked."""
    # Begun at the requests, of which few are open; joined, a database may begin at all orders.
    asked = TimeRequest.objects.filter(state=TimeRequest.State.ASKED)
    return Order.objects.filter(pk__in=asked.values("order_id")).values_list("matter_id", flat=True)


def _searched(
    rows: QuerySet[Matter], wanted: MatterFilter, branch: Branch | None, is_few: bool
) -> QuerySet[Matter]:
    people, words = _told_apart(wanted.query)
    for person in people:
        rows = rows.filter(pk__in=person.values("matter_id"))
    terms = search_terms(text=words)
    if terms:
        scopes = [_scopes_of(wanted)] if branch is None else [_scopes_of(wanted), branch.scopes]
        asked = Asked(
            terms=terms,
            scopes=tuple(group for group in scopes if group),
            is_few=is_few,
        )
        return rows.filter(search__terms__asked=asked)
    return rows if people else rows.none()


def _scopes_of(wanted: MatterFilter) -> tuple[str, ...]:
    """Return the terms of the narrowest place that is asked for; restricted matters have others."""
    for column in ("building_id", "estate_id", "grid_id", "community_id"):
        key = getattr(wanted, column)
        if key is not None:
            assert column in PLACES
            return tuple(scope_of(column=column, key=key, is_restricted=r) for r in (False, True))
    return ()


def _told_apart(query: str) -> tuple[list[QuerySet[Reporter]], str]:
    """Return whose reports are asked for, by telephone number or code, and the other words."""
    people, words = [], []
    for word in query.split():
        person = _asked_by(word)
        if person is None:
            words.append(word)
        else:
            people.append(person)
    return people, " ".join(words)


def _asked_by(word: str) -> QuerySet[Reporter] | None:
    """Return who has this whole telephone number or tracking code; None for any other word."""
    if codes.is_phone(text=word):
        phone = codes.normalise_phone(text=word)
        digest = crypto.digest(value=phone, field="reporter.phone")
        return Reporter.objects.filter(phone_digest=digest)
    try:
        code = codes.normalise_tracking_code(text=word)
    except codes.InvalidCode:
        return None
    digest = crypto.digest(value=code, field="reporter.code")
    return Reporter.objects.filter(code_digest=digest)
