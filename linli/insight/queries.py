"""Count the catalogue over a place and a period, and return the very cases behind each figure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, When

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.insight.indicators import (
    ASKING,
    CATALOGUE,
    USUAL_WEIGHTS,
    Basis,
    Indicator,
    Part,
    Source,
    Weights,
    Window,
    condition_of,
    condition_of_source,
    last_answers,
    part_of,
    per_cent,
    share,
    with_answers,
)
from linli.insight.periods import Period, before
from linli.matters import events
from linli.matters.models import Level as SettlementLevel
from linli.matters.models import Matter, Order, RateWeights, Rating
from linli.matters.queries import (
    IN_CHARGE_ROLES,
    PLACE_COLUMNS,
    ROW_RELATIONS,
    SUBJECT,
    sees_all_of,
    visible_to,
)
from linli.matters.reference import rate_weights_of
from linli.matters.registers import PUT_RIGHT
from linli.matters.workflow import WITH_HANDLER, Kind, State
from linli.people.models import Organisation
from linli.people.queries import local_day
from linli.territory.models import Area, Level
from linli.territory.queries import natural_key

ROLES = ("SECRETARY", "OVERSEER", "STAFF", "GRID_LEAD")
"""Who has an overview, each of the places where the role is held."""

LEVEL_RATE = "level_rate"
WORKLOAD = "workload"
_ABOVE = (Level.CITY, Level.DISTRICT, Level.SUBDISTRICT)
_OUT_OF_COUNT = (State.DECLINED, State.WITHDRAWN, State.MERGED)

LATE_SHOWN = 8

KEPT = timedelta(minutes=1)
"""How long the counts of an area above the communities are kept for all processes."""


class PartUnknown(NotFound):
    """No such figure, or not for this person."""


# --- Places ---------------------------------------------------------------------------------


def list_places(*, actor: Actor) -> list[Area]:
    """Return the areas whose figures this person may ask for, from the top, in order of code.

    Somebody above the communities has each community below; in a community all of it is one.
    """
    ids: set[int] = set()
    below = Q(pk__in=())
    for grant in actor.grants_of(roles=ROLES):
        if grant.place_id is None or grant.level not in PLACE_COLUMNS or grant.level == "BUILDING":
            continue
        ids.add(grant.place_id)
        if grant.level in _ABOVE:
            below |= Q(**{f"{grant.level.lower()}_id": grant.place_id, "level": Level.COMMUNITY})
    rows = Area.objects.filter(Q(pk__in=ids) | below, ended_at__isnull=True)
    depth = {name: index for index, name in enumerate(Level.values)}
    return sorted(rows, key=lambda area: (depth[area.level], natural_key(text=area.code)))


def get_place(*, actor: Actor, area_id: int | None) -> Area:
    """Return the area asked for, or the one this person begins with: a community before others.

    :raises NotFound: when there is none, or none for this person.
    """
    places = list_places(actor=actor)
    if area_id is not None:
        places = [area for area in places if area.pk == area_id]
    elif any(area.level == Level.COMMUNITY for area in places):
        upper = [area for area in places if area.level in _ABOVE]
        communities = [area for area in places if area.level == Level.COMMUNITY]
        # With several communities one begins with all of them together.
        places = upper if upper and len(communities) > 1 else communities
    if not places:
        raise NotFound
    return places[0]


def list_parts(*, place: Area) -> list[Area]:
    """Return the areas that a place's figures are shown by: communities above, grids within."""
    if place.level == Level.GRID:
        return [place]
    level = Level.COMMUNITY if place.level in _ABOVE else Level.GRID
    within = {f"{place.level.lower()}_id": place.pk}
    rows = Area.objects.filter(**within, level=level, ended_at__isnull=True)
    return sorted(rows, key=lambda area: natural_key(text=area.code))


def is_in_charge(*, actor: Actor, place: Area) -> bool:
    """Tell whether this person is in charge of the restricted matters of a whole place."""
    return any(
        grant.place_id == place.pk or grant.place_id == place.community_id
        for grant in actor.grants_of(roles=IN_CHARGE_ROLES)
        if grant.level in (Level.COMMUNITY, place.level)
    )


# --- Figures ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator, counted. `points` is a rate in hundredths of a per cent, None out of nothing.

    `before` is the same for the period before, where that can be known.
    """

    indicator: Indicator
    numerator: int
    denominator: int | None
    points: int | None
    before: "Figure | None" = None

    @property
    def is_rate(self) -> bool:
        """Tell whether it is a share of something."""
        return self.denominator is not None

    @property
    def text(self) -> str:
        """Return the figure as it is written: a count, or a rate with two decimals."""
        return per_cent(points=self.points) if self.is_rate else str(self.numerator)

    @property
    def value(self) -> int | None:
        """Return what two figures of one indicator are compared by."""
        return self.points if self.is_rate else self.numerator

    @property
    def rest(self) -> int:
        """Return how many of the denominator are not in the numerator."""
        return (self.denominator or 0) - self.numerator if self.is_rate else 0

    @property
    def change(self) -> int | None:
        """Return by how much it moved: cases, or hundredths of a per cent."""
        if self.before is None or self.value is None or self.before.value is None:
            return None
        return self.value - self.before.value

    @property
    def is_better(self) -> bool | None:
        """Tell whether the move is for the better; None when it is neither."""
        if not self.change or self.indicator.more_is_better is None:
            return None
        return (self.change > 0) == self.indicator.more_is_better


Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """The figures of one grid or community; `area` None is what no grid is known of."""

    area: Area | None
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class LevelFigure:
    """How many of the matters that reached a settlement level were settled there."""

    level: SettlementLevel
    settled: int
    reached: int

    @property
    def points(self) -> int | None:
        """Return the settlement rate in hundredths of a per cent."""
        return share(numerator=self.settled, denominator=self.reached)

    @property
    def text(self) -> str:
        """Return the rate as it is written."""
        return per_cent(points=self.points)


@dataclass(frozen=True, slots=True)
class Load:
    """What one organisation has in hand, to balance it; persons are never listed."""

    organisation_id: int | None
    name: str
    open_total: int
    overdue_total: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the wall chart shows, as it stood at `counted_at`."""

    place: Area
    period: Period
    compared: Period
    counted_at: datetime
    figures: Mapping[str, Figure]
    areas: Sequence[AreaFigures]
    levels: Sequence[LevelFigure] = field(default_factory=tuple)
    loads: Sequence[Load] = field(default_factory=tuple)
    late: Sequence[Matter] = field(default_factory=tuple)  # the longest overdue
    weights: Weights = USUAL_WEIGHTS


def overview(
    *,
    actor: Actor,
    place: Area,
    period: Period,
    at: datetime,
) -> Overview:
    """Return the figures of a place over a period, by grid, with those of the period before.

    Above the communities the parts are communities, and the counts are up to a minute old: they are
    kept for whoever asks next. All figures of one page are weighed alike: by what holds at the
    place on the last day of the period, those of the period before by what held then. As many
    queries as there are sources, whatever the number of matters.
    """
    known = rate_weights_of(area=place)
    weights = _weights_on(known, period)
    compared = before(period=period, today=local_day(at=at))
    scope = _Scope.of(actor=actor, place=place)
    tally = _tally(scope, period, compared, at)
    return Overview(
        place=place,
        period=period,
        compared=compared,
        counted_at=tally.at,
        figures=_figures(
            scope.indicators,
            _sum(tally.by_area.values()),
            weights,
            (tally.earlier, _weights_on(known, compared)),
        ),
        areas=_area_figures(place, scope.indicators, tally.by_area, weights),
        levels=_level_figures(scope, Window(period, at)),
        loads=_named(tally.loads),
        late=_still_late(scope, tally.late, Window(period, at)),
        weights=weights,
    )


def _weights_on(known: Sequence[RateWeights], period: Period) -> Weights:
    """Return what held on the last day of a period, of weights given newest first."""
    for row in known:
        if row.from_date <= period.until_date:
            return Weights(row.satisfied, row.basically_satisfied, row.from_date)
    return USUAL_WEIGHTS


def cases(
    *,
    actor: Actor,
    place: Area,
    period: Period,
    at: datetime,
    code: str,
    part: str = "numerator",
    key: int | None = None,
    area_id: int | None = None,
) -> QuerySet[Matter]:
    """Return the very matters that a figure counted, with what list rows show.

    `part` is numerator, denominator or rest (of the denominator, what is not in the numerator).
    `area_id` narrows it to one grid or community, 0 to those whose grid is not known. `key` names
    the level of a level rate, or the organisation of a workload (0 for orders to persons).

    :raises PartUnknown: when there is no such figure, or not for this person.
    """
    window = Window(period, at)
    rows = _Scope.of(actor=actor, place=place).matters(with_referrals=True)
    if area_id is not None:
        rows = rows.filter(**{_column_of_parts(place): area_id or None})
    rows = with_answers(rows)
    numerator, denominator = _conditions(actor, place, code, key, window)
    if part == "numerator":
        rows = rows.filter(numerator)
    elif part == "denominator" and denominator is not None:
        rows = rows.filter(denominator)
    elif part == "rest" and denominator is not None:
        # Not `exclude`: a condition on an answer that was never given is neither true nor false.
        rows = rows.filter(denominator).exclude(pk__in=rows.filter(numerator).values("pk"))
    else:
        raise PartUnknown
    return rows.select_related("community", *ROW_RELATIONS)


def first_of(*, rows: QuerySet[Matter], by: Sequence[str], most: int) -> list[Matter]:
    """Return the first cases in an order: their keys by an index first, then these rows alone."""
    keys = list(rows.order_by(*by).values_list("pk", flat=True)[:most])
    found = rows.model.objects.select_related("community", *ROW_RELATIONS).in_bulk(keys)
    return [found[key] for key in keys if key in found]


def _conditions(
    actor: Actor, place: Area, code: str, key: int | None, window: Window
) -> tuple[Q, Q | None]:
    if code == LEVEL_RATE and key is not None:
        reached = _reached(key, window)
        return reached & _settled_at(key), reached
    if code == WORKLOAD and key is not None:
        with_them = Q(state__in=tuple(WITH_HANDLER), order__organisation_id=key or None)
        return with_them & Q(is_restricted=False), None
    indicator = {one.code: one for one in _open_to(actor=actor, place=place)}.get(code)
    if indicator is None:
        raise PartUnknown
    numerator = Q(pk__in=())
    for part in indicator.numerator:
        numerator |= condition_of(part=part, window=window)
    if not indicator.denominator:
        return numerator, None
    return numerator, condition_of(part=indicator.denominator, window=window)


# --- Counting -----------------------------------------------------------------------------------


def _open_to(*, actor: Actor, place: Area) -> tuple[Indicator, ...]:
    in_charge = is_in_charge(actor=actor, place=place)
    return tuple(one for one in CATALOGUE.values() if in_charge or not one.in_charge_only)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is counted for somebody at a place."""

    actor: Actor
    place: Area
    is_in_charge: bool
    is_whole: bool  # nothing of the place is hidden, so who sees it is not asked of each matter
    indicators: tuple[Indicator, ...]

    @classmethod
    def of(cls, *, actor: Actor, place: Area) -> "_Scope":
        """Return what this person may have counted there."""
        in_charge = is_in_charge(actor=actor, place=place)
        kinds = (False, True) if in_charge else (False,)
        whole = all(sees_all_of(actor=actor, place=place, is_restricted=one) for one in kinds)
        return cls(actor, place, in_charge, whole, _open_to(actor=actor, place=place))

    def matters(self, *, with_referrals: bool = False) -> QuerySet[Matter]:
        """Return the matters that figures are of, with referrals for those in charge if asked."""
        counted = Q(is_restricted=False)
        if with_referrals and self.is_in_charge:
            counted |= Q(kind=Kind.REFERRAL)
        seen = Matter.objects.all() if self.is_whole else visible_to(actor=self.actor)
        return seen.filter(counted, **self._here())

    def answers(self, *, window: Window) -> QuerySet[Rating]:
        """Return the answers that figures are of: of each matter the last of the period."""
        rows = last_answers(window=window).filter(
            matter__is_restricted=False, **self._here(prefix="matter__")
        )
        return rows if self.is_whole else rows.filter(matter__in=visible_to(actor=self.actor))

    def _here(self, *, prefix: str = "") -> dict[str, Any]:
        # Always by community: that is what the indexes of moments begin with.
        place = self.place
        if place.level in _ABOVE:
            inside = {"level": Level.COMMUNITY, PLACE_COLUMNS[place.level]: place.pk}
            return {"community__in": Area.objects.filter(**inside).values("pk")}
        if place.level == Level.COMMUNITY:
            return {"community_id": place.pk}
        return {
            "community_id": place.community_id,
            prefix + PLACE_COLUMNS[place.level]: place.pk,
        }


def _column_of_parts(place: Area) -> str:
    return "community_id" if place.level in _ABOVE else "grid_id"


@dataclass(frozen=True, slots=True)
class _Tally:
    """Everything counted for one page, as it stood at a moment."""

    at: datetime
    by_area: Mapping[int | None, Counts]
    earlier: Counts
    loads: Sequence[tuple[int | None, int, int]]
    late: Sequence[int]


def _tally(scope: _Scope, period: Period, compared: Period, at: datetime) -> _Tally:
    """Return the counts; above the communities those of the last minute, if there are any."""
    if scope.place.level not in _ABOVE or not scope.is_whole:
        return _counted_now(scope, period, compared, at)
    days = (period.from_date, period.until_date, compared.from_date, compared.until_date)
    key = f"insight:{scope.place.pk}:{scope.is_in_charge}:" + ":".join(map(str, days))
    kept = cache.get(key)
    if isinstance(kept, _Tally) and timedelta(0) <= at - kept.at < KEPT:
        return kept
    counted = _counted_now(scope, period, compared, at)
    cache.set(key, counted, int(KEPT.total_seconds()))
    return counted


def _counted_now(scope: _Scope, period: Period, compared: Period, at: datetime) -> _Tally:
    return _Tally(
        at=at,
        by_area=_count(scope, Window(period, at), _column_of_parts(scope.place)),
        earlier=_count(scope, Window(compared, at), None).get(None, {}),
        loads=_loads(scope, at),
        late=tuple(
            scope.matters()
            .filter(condition_of(part="overdue", window=Window(period, at)))
            .order_by("due_at", "pk")
            .values_list("pk", flat=True)[:LATE_SHOWN]
        ),
    )


def _count(scope: _Scope, window: Window, column: str | None) -> dict[int | None, dict[str, int]]:
    """Return every part counted, by `column`; without one, as a whole and not as things stand now.

    One query for each source: each goes by the index of its own moment.
    """
    codes = {part for one in scope.indicators for part in (*one.numerator, one.denominator) if part}
    counted: dict[int | None, dict[str, int]] = {}
    for source in Source:
        if source == Source.NOW and column is None:
            continue
        parts = {code: part_of(code=code) for code in sorted(codes)}
        parts = {code: part for code, part in parts.items() if source in part.sources}
        for row in _rows_of(scope, source, parts, window, column):
            counts = counted.setdefault(row.pop("area", None), {})
            for code, number in row.items():
                counts[code] = counts.get(code, 0) + number
    return counted


def _rows_of(
    scope: _Scope, source: Source, parts: Mapping[str, Part], window: Window, column: str | None
) -> Iterable[dict[str, Any]]:
    """Return what one source counts for each area."""
    rows: QuerySet[Any]
    if source == Source.RATED:
        rows = scope.answers(window=window)
        column = "matter__grid_id" if column == "grid_id" else column
        mixed = False
    else:
        mixed = any(part.with_restricted for part in parts.values())
        rows = scope.matters(with_referrals=mixed)
        rows = with_answers(rows) if source in ASKING else rows
        rows = rows.filter(condition_of_source(source=source, window=window))
    wanted = {}
    for code, part in parts.items():
        also = part.also(window) if part.also is not None else Q()
        if mixed and not part.with_restricted:
            also &= Q(is_restricted=False)
        # The community is never empty, and in every index; the key would have the row read.
        wanted[code] = Count("community_id", filter=also or None)
    if column is None:
        return [rows.order_by().aggregate(**wanted)]
    return rows.order_by().values(area=F(column)).annotate(**wanted)


def _sum(counted: Iterable[Counts]) -> Counts:
    total: dict[str, int] = {}
    for counts in counted:
        for part, number in counts.items():
            total[part] = total.get(part, 0) + number
    return total


def _figures(
    indicators: Iterable[Indicator],
    counts: Counts,
    weights: Weights,
    earlier: tuple[Counts, Weights] | None = None,
) -> dict[str, Figure]:
    found = {}
    for one in indicators:
        past = None
        if earlier is not None and one.basis != Basis.NOW:
            past = _figure(one, *earlier)
        found[one.code] = _figure(one, counts, weights, past)
    return found


def _figure(
    indicator: Indicator, counts: Counts, weights: Weights, past: Figure | None = None
) -> Figure:
    numerator = sum(counts.get(part, 0) for part in indicator.numerator)
    if not indicator.denominator:
        return Figure(indicator, numerator, None, None, past)
    denominator = counts.get(indicator.denominator, 0)
    if indicator.weighted:
        each = {"satisfied": weights.satisfied, "basically": weights.basically}
        weighed = sum(counts.get(part, 0) * each[part] for part in indicator.numerator)
        points = share(numerator=weighed, denominator=denominator * 1_000)
    else:
        points = share(numerator=numerator, denominator=denominator)
    return Figure(indicator, numerator, denominator, points, past)


def _area_figures(
    place: Area,
    indicators: Sequence[Indicator],
    counted: Mapping[int | None, Counts],
    weights: Weights,
) -> list[AreaFigures]:
    parts = {area.pk: area for area in list_parts(place=place)}
    # A grid that has ended since still has its cases.
    ended = [key for key in counted if key is not None and key not in parts]
    parts |= Area.objects.in_bulk(ended) if ended else {}
    found = [
        AreaFigures(area, _figures(indicators, counted.get(area.pk, {}), weights))
        for area in sorted(parts.values(), key=lambda area: natural_key(text=area.code))
    ]
    if None in counted:
        found.append(AreaFigures(None, _figures(indicators, counted[None], weights)))
    return found


# --- Levels and loads ---------------------------------------------------------------------------


def _arrivals() -> QuerySet[Event]:
    """Return the events by which a matter was at a level: it began there, or climbed to it."""
    return Event.objects.filter(
        subject_kind=SUBJECT,
        subject_id=OuterRef("pk"),
        name__in=(events.REPORTED, events.CLIMBED),
    )


def _stands(window: Window) -> Q:
    return condition_of(part="received", window=window) & ~Q(state__in=_OUT_OF_COUNT)


def _reached(level_id: int, window: Window) -> Q:
    return _stands(window) & Q(Exists(_arrivals().filter(facts__level_id=level_id)))


def _settled_at(level_id: int) -> Q:
    return Q(settled_level_id=level_id, state__in=PUT_RIGHT)


def _level_figures(scope: _Scope, window: Window) -> list[LevelFigure]:
    place = scope.place
    if place.level in _ABOVE:
        return []
    community_id = place.pk if place.level == Level.COMMUNITY else place.community_id
    levels = list(
        SettlementLevel.objects.filter(community_id=community_id).order_by("position", "id")
    )
    if not levels:
        return []
    rows = (
        scope.matters()
        .filter(_stands(window))
        .order_by()
        .values("settled_level_id", "state", reached=_marks_of(levels))
        .annotate(total=Count("community_id"))
    )
    found = {level.pk: [0, 0] for level in levels}
    for row in rows:
        for place_in, level in enumerate(levels):
            if (row["reached"] or 0) & 1 << place_in:
                found[level.pk][1] += row["total"]
                if row["settled_level_id"] == level.pk and row["state"] in PUT_RIGHT:
                    found[level.pk][0] += row["total"]
    return [LevelFigure(level, *found[level.pk]) for level in levels]


def _marks_of(levels: Sequence[SettlementLevel]) -> Subquery:
    """Return what a matter reached as a number, with a bit for each level.

    So the events of a matter are looked at once for all levels, and by its own key: for a condition
    that there is such an event PostgreSQL would rather read the events of everybody.
    """
    marks = Case(
        *(When(facts__level_id=level.pk, then=1 << bit) for bit, level in enumerate(levels)),
        default=0,
    )
    arrived = _arrivals().order_by().values("subject_id")
    return Subquery(arrived.annotate(marks=Sum(marks, distinct=True)).values("marks"))


def _loads(scope: _Scope, at: datetime) -> list[tuple[int | None, int, int]]:
    """Return each organisation's orders in hand, and how many are overdue."""
    # By the key of each order: joined, PostgreSQL would read the orders of everybody.
    unit = Order.objects.filter(pk=OuterRef("order_id"))
    rows = (
        scope.matters()
        .filter(state__in=tuple(sorted(WITH_HANDLER)))
        .order_by()
        .values(organisation=Subquery(unit.values("organisation_id")))
        .annotate(
            open_total=Count("community_id"),
            overdue_total=Count("community_id", filter=Q(due_at__lt=at) & ~Q(state=State.PAUSED)),
        )
    )
    return [(row["organisation"], row["open_total"], row["overdue_total"]) for row in rows]


def _still_late(scope: _Scope, keys: Sequence[int], window: Window) -> list[Matter]:
    """Return what was overdue when it was counted, but for what no longer is or may be seen."""
    if not keys:
        return []
    rows = scope.matters().filter(condition_of(part="overdue", window=window), pk__in=keys)
    return list(rows.select_related("community", *ROW_RELATIONS).order_by("due_at", "pk"))


def _named(loads: Sequence[tuple[int | None, int, int]]) -> list[Load]:
    names = dict(
        Organisation.objects.filter(pk__in=[key for key, *_totals in loads if key]).values_list(
            "pk", "name"
        )
    )
    found = [Load(key, names.get(key or 0, ""), *totals) for key, *totals in loads]
    # By name: what is compared here is work in hand, never people.
    return sorted(found, key=lambda load: (load.organisation_id is None, load.name))
