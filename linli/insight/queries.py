"""Count the catalogue over a place and a period, and return the very cases behind each figure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.insight.indicators import (
    CATALOGUE,
    USUAL_WEIGHTS,
    Basis,
    Indicator,
    Weights,
    Window,
    condition_of,
    per_cent,
    share,
    with_answers,
)
from linli.insight.periods import Period, before
from linli.matters import events
from linli.matters.models import Level as SettlementLevel
from linli.matters.models import Matter
from linli.matters.queries import (
    IN_CHARGE_ROLES,
    PLACE_COLUMNS,
    ROW_RELATIONS,
    SUBJECT,
    visible_to,
)
from linli.matters.registers import PUT_RIGHT
from linli.matters.workflow import WITH_HANDLER, Kind, State
from linli.people.queries import local_day
from linli.territory.models import Area, Level
from linli.territory.queries import natural_key

ROLES = ("SECRETARY", "OVERSEER", "STAFF", "GRID_LEAD")
"""Who has an overview, each of the places where the role is held."""

LEVEL_RATE = "level_rate"
WORKLOAD = "workload"
_ABOVE = (Level.CITY, Level.DISTRICT, Level.SUBDISTRICT)
_OUT_OF_COUNT = (State.DECLINED, State.WITHDRAWN, State.MERGED)


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
    """Everything the wall chart shows."""

    place: Area
    period: Period
    compared: Period
    figures: Mapping[str, Figure]
    areas: Sequence[AreaFigures]
    levels: Sequence[LevelFigure] = field(default_factory=tuple)
    loads: Sequence[Load] = field(default_factory=tuple)


def overview(
    *,
    actor: Actor,
    place: Area,
    period: Period,
    at: datetime,
    weights: Weights = USUAL_WEIGHTS,
) -> Overview:
    """Return the figures of a place over a period, by grid, with those of the period before.

    Above the communities the parts are communities. Six queries, whatever the number of matters.
    """
    compared = before(period=period, today=local_day(at=at))
    indicators = _open_to(actor=actor, place=place)
    base = _base(actor=actor, place=place)
    column = _column_of_parts(place)
    counted = _count(base, indicators, Window(period, at), column)
    earlier = _count(base, indicators, Window(compared, at), None)
    total = _sum(counted.values())
    return Overview(
        place=place,
        period=period,
        compared=compared,
        figures=_figures(indicators, total, weights, earlier.get(None, {})),
        areas=_area_figures(place, indicators, counted, weights),
        levels=_level_figures(base, place, Window(period, at)),
        loads=_loads(base, at),
    )


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
    rows = _base(actor=actor, place=place)
    if area_id is not None:
        rows = rows.filter(**{_column_of_parts(place): area_id or None})
    rows = with_answers(rows, window=window)
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


def _base(*, actor: Actor, place: Area) -> QuerySet[Matter]:
    here = Q(**{PLACE_COLUMNS[place.level]: place.pk})
    counted = Q(is_restricted=False)
    if is_in_charge(actor=actor, place=place):
        counted |= Q(kind=Kind.REFERRAL)
    return visible_to(actor=actor).filter(here, counted)


def _column_of_parts(place: Area) -> str:
    return "community_id" if place.level in _ABOVE else "grid_id"


def _count(
    base: QuerySet[Matter],
    indicators: Iterable[Indicator],
    window: Window,
    column: str | None,
) -> dict[int | None, Counts]:
    """Return every part counted, by `column`, in one query."""
    needed = {part for one in indicators for part in (*one.numerator, one.denominator) if part}
    wanted: dict[str, Any] = {
        f"n_{part}": Count("pk", filter=condition_of(part=part, window=window))
        for part in sorted(needed)
    }
    rows = with_answers(base.order_by(), window=window)
    if column is None:
        found = rows.aggregate(**wanted)
        return {None: {name[2:]: value for name, value in found.items()}}
    return {
        row[column]: {name[2:]: row[name] for name in wanted}
        for row in rows.values(column).annotate(**wanted)
    }


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
    earlier: Counts | None = None,
) -> dict[str, Figure]:
    found = {}
    for one in indicators:
        past = None
        if earlier is not None and one.basis != Basis.NOW:
            past = _figure(one, earlier, weights)
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


def _reached(level_id: int, window: Window) -> Q:
    """Return the condition that a matter was at a level: it began there, or climbed to it."""
    arrived = Event.objects.filter(
        subject_kind=SUBJECT,
        subject_id=OuterRef("pk"),
        name__in=(events.REPORTED, events.CLIMBED),
        facts__level_id=level_id,
    )
    return (
        condition_of(part="received", window=window)
        & ~Q(state__in=_OUT_OF_COUNT)
        & Q(Exists(arrived))
    )


def _settled_at(level_id: int) -> Q:
    return Q(settled_level_id=level_id, state__in=PUT_RIGHT)


def _level_figures(base: QuerySet[Matter], place: Area, window: Window) -> list[LevelFigure]:
    if place.level in _ABOVE:
        return []
    community_id = place.pk if place.level == Level.COMMUNITY else place.community_id
    levels = list(
        SettlementLevel.objects.filter(community_id=community_id).order_by("position", "id")
    )
    wanted: dict[str, Any] = {}
    for level in levels:
        reached = _reached(level.pk, window)
        wanted[f"reached_{level.pk}"] = Count("pk", filter=reached)
        wanted[f"settled_{level.pk}"] = Count("pk", filter=reached & _settled_at(level.pk))
    counted = base.order_by().aggregate(**wanted) if wanted else {}
    return [
        LevelFigure(level, counted[f"settled_{level.pk}"], counted[f"reached_{level.pk}"])
        for level in levels
    ]


def _loads(base: QuerySet[Matter], at: datetime) -> list[Load]:
    rows = (
        base.filter(state__in=tuple(WITH_HANDLER), is_restricted=False)
        .order_by()
        .values("order__organisation_id", "order__organisation__name")
        .annotate(
            open_total=Count("pk"),
            overdue_total=Count("pk", filter=Q(due_at__lt=at) & ~Q(state=State.PAUSED)),
        )
    )
    found = [
        Load(
            organisation_id=row["order__organisation_id"],
            name=row["order__organisation__name"] or "",
            open_total=row["open_total"],
            overdue_total=row["overdue_total"],
        )
        for row in rows
    ]
    # By name: what is compared here is work in hand, never people.
    return sorted(found, key=lambda load: (load.organisation_id is None, load.name))
