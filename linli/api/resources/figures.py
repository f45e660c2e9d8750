"""The figures of the overview: each with what it counts, out of how many, and on which basis."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema

from linli.api.caller import caller_of
from linli.api.operations import reads
from linli.api.schemas.common import Day, Key, Named, Sent, name_of, named
from linli.insight import queries as insight
from linli.insight.indicators import BASES
from linli.insight.periods import PeriodKind, custom, period_of
from linli.insight.queries import Figure
from linli.people.queries import local_day

router = Router(tags=["figures"])


class FigureQuery(Sent):
    """Of which place, and over which days: a period around a day, or from one day to another."""

    area_id: Key | None = None
    period: PeriodKind = PeriodKind.MONTH
    day: Day | None = None
    from_date: Day | None = None
    until_date: Day | None = None


class Span(Schema):
    """Days, both ends included."""

    kind: PeriodKind
    from_date: date
    until_date: date


class FigureRow(Schema):
    """One figure. A rate is `hundredths` of a per cent, null out of nothing; a count has none.

    A weighted rate counts its answers by their weight, so it is not numerator / denominator.
    """

    code: str
    name: str
    counts: str
    out_of: str
    basis: str
    basis_text: str
    numerator: int
    denominator: int | None
    hundredths: int | None
    is_weighted: bool
    text: str
    before: int | None
    more_is_better: bool | None


class PartFigures(Schema):
    """The same figures of one grid or community; `area` null is what no grid is known of."""

    area: Named | None
    figures: list[FigureRow]


class LevelRow(Schema):
    """How many of the matters that reached a settlement level were settled there."""

    level: Named
    settled: int
    reached: int
    hundredths: int | None


class Figures(Schema):
    """Everything the wall chart shows."""

    place: Named
    period: Span
    compared: Span
    figures: list[FigureRow]
    parts: list[PartFigures]
    levels: list[LevelRow]


@reads(
    router,
    "",
    answers=Figures,
    summary=_("Figures with numerator, denominator and basis"),
)
def get_figures(request: HttpRequest, wanted: Query[FigureQuery]) -> Figures:
    """Return the figures of a place over a period, and those of its parts."""
    caller = caller_of(request)
    place = insight.get_place(actor=caller.actor, area_id=wanted.area_id)
    today = local_day(at=caller.at)
    if wanted.from_date is not None or wanted.until_date is not None:
        period = custom(
            from_date=wanted.from_date or wanted.until_date or today,
            until_date=wanted.until_date or today,
        )
    else:
        period = period_of(kind=wanted.period, day=wanted.day or today)
    found = insight.overview(actor=caller.actor, place=place, period=period, at=caller.at)
    return Figures(
        place=name_of(found.place),
        period=_span(found.period),
        compared=_span(found.compared),
        figures=[_figure(one) for one in found.figures.values()],
        parts=[
            PartFigures(
                area=named(part.area), figures=[_figure(one) for one in part.figures.values()]
            )
            for part in found.areas
        ],
        levels=[
            LevelRow(
                level=name_of(one.level),
                settled=one.settled,
                reached=one.reached,
                hundredths=one.points,
            )
            for one in found.levels
        ],
    )


def _span(period: Any) -> Span:
    return Span(kind=period.kind, from_date=period.from_date, until_date=period.until_date)


def _figure(figure: Figure) -> FigureRow:
    told = figure.indicator
    return FigureRow(
        code=told.code,
        name=str(told.name),
        counts=str(told.counts),
        out_of=str(told.out_of),
        basis=told.basis,
        basis_text=str(BASES[told.basis]),
        numerator=figure.numerator,
        denominator=figure.denominator,
        hundredths=figure.points,
        is_weighted=told.weighted,
        text=figure.text,
        before=None if figure.before is None else figure.before.value,
        more_is_better=told.more_is_better,
    )
