"""The overview: a wall chart that can be asked why. Every figure opens its list of cases."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from linli.core.backups import last_backup
from linli.core.clocks import SHANGHAI
from linli.insight import queries as insight
from linli.insight.indicators import BASES, CATALOGUE, HOTLINE, PEACE, Indicator, Weights, per_cent
from linli.insight.periods import Period, PeriodKind, custom, period_of, shifted
from linli.insight.queries import AreaFigures, Figure, Overview
from linli.matters import services
from linli.people.queries import local_day
from linli.web.access import OVERVIEW_ROLES, Request, for_roles
from linli.web.desk.queue import write_workbook
from linli.web.workbooks import Sheet, download, workbook

FIRST_INDICATOR = "received"
PAGE_SIZE = 50
_HEADLINES = ("received", "closing_rate", "in_time_rate", "overdue", "satisfied_share")
_TABLE = ("received", "filed", "due", "closed", "closed_in_time", "finished", "rework_share")
_RATE_BANDS = (6_000, 8_000, 9_000, 9_500)
_TONES = 5
_PERIOD_NAMES = {
    PeriodKind.WEEK: gettext_lazy("Week"),
    PeriodKind.MONTH: gettext_lazy("Month"),
    PeriodKind.QUARTER: gettext_lazy("Quarter"),
    PeriodKind.YEAR: gettext_lazy("Year"),
}
_PARTS = ("numerator", "denominator", "rest")


# --- What is asked --------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What an address of the overview says: which place, which span of days."""

    place: Any
    places: Sequence[Any]
    period: Period

    @property
    def values(self) -> list[tuple[str, str]]:
        """Return place and span as an address says them."""
        values = [("place", str(self.place.pk)), ("period", self.period.kind.value)]
        first, last = self.period.from_date.isoformat(), self.period.until_date.isoformat()
        if self.period.kind == PeriodKind.CUSTOM:
            return [*values, ("from", first), ("until", last)]
        return [*values, ("day", first)]

    @property
    def is_above(self) -> bool:
        """Tell whether the place lies above the communities."""
        return self.place.level in ("CITY", "DISTRICT", "SUBDISTRICT")

    def query(self, **more: Any) -> str:
        """Return the query string of this place and span, with more."""
        given = [(name, value) for name, value in more.items() if value not in (None, "")]
        return "?" + urlencode([*self.values, *given])

    def for_period(self, period: Period, **more: Any) -> str:
        """Return the query string of the same place over another span."""
        return Asked(self.place, self.places, period).query(**more)


def _asked(request: Request, data: QueryDict) -> Asked:
    """Read place and span; a span that makes no sense becomes this month."""
    places = insight.list_places(actor=request.actor)
    place = insight.get_place(actor=request.actor, area_id=_key(data.get("place", "")))
    return Asked(place=place, places=places, period=_period(data, local_day(at=request.now)))


def _period(data: QueryDict, today: date) -> Period:
    kind = data.get("period", "")
    if kind == PeriodKind.CUSTOM:
        first, last = _day(data.get("from", "")), _day(data.get("until", ""))
        if first is not None or last is not None:
            return custom(from_date=first or last or today, until_date=last or today)
        kind = ""
    chosen = PeriodKind(kind) if kind in set(PeriodKind) else PeriodKind.MONTH
    return period_of(kind=chosen, day=_day(data.get("day", "")) or today)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Outside these years no community kept matters, and arithmetic on days may end.
    return day if 2000 <= day.year <= 2100 else None


def _key(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 16 else None


# --- The wall chart -------------------------------------------------------------------------


@for_roles(*OVERVIEW_ROLES)
@require_safe
def show_overview(request: Request) -> HttpResponse:
    """Show the figures of a place over a period, and where they come from."""
    asked = _asked(request, request.GET)
    found = insight.overview(
        actor=request.actor, place=asked.place, period=asked.period, at=request.now
    )
    shown = _shown_indicator(request.GET.get("show", ""), found)
    context = {
        "asked": asked,
        "found": found,
        "asked_values": asked.values,
        "is_above": asked.is_above,
        "period_words": span_words(found.period),
        "compared_words": span_words(found.compared),
        "counted_at": found.counted_at.astimezone(SHANGHAI) if asked.is_above else None,
        "periods": _period_links(asked, request.GET.get("show", "")),
        "headlines": [_card(asked, found, code) for code in _HEADLINES],
        "rows": _rows(asked, found, shown),
        "shown": shown,
        "shown_figure": _card(asked, found, shown.code),
        "shown_basis": BASES[shown.basis],
        "choices": [one for one in CATALOGUE.values() if one.on_map],
        "map": _map(asked, found, shown),
        "legend": _legend(found, shown),
        "overdue": found.late,
        "overdue_url": _cases_url(asked, "overdue"),
        "peace": [_card(asked, found, code) for code in PEACE if code in found.figures],
        "hotline": [_card(asked, found, code) for code in HOTLINE],
        "weights_words": weights_words(found.weights),
        "table": [_card(asked, found, code) for code in _TABLE],
        "levels": [_level_row(asked, level) for level in found.levels],
        "loads": [_load_row(asked, load) for load in found.loads],
        "export_url": "/overview/export/" + asked.query(),
        "backup_words": _backup_words(request),
    }
    return render(request, "overview/overview.html", context)


def _backup_words(request: Request) -> str:
    """Tell the secretary, and nobody else, when the nightly backup failed or stayed away."""
    if "SECRETARY" not in request.actor.roles:
        return ""
    state = last_backup()
    if state.has_failed:
        failed = _moment(state.failed_at)
        return _("The backup of %(at)s failed: %(reason)s") % {"at": failed, "reason": state.reason}
    if state.is_stale(at=request.now):
        return _("The last backup is of %(at)s.") % {"at": _moment(state.made_at)}
    return ""


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _shown_indicator(code: str, found: Overview) -> Indicator:
    figure = found.figures.get(code)
    if figure is None or not figure.indicator.on_map:
        figure = found.figures[FIRST_INDICATOR]
    return figure.indicator


def _card(asked: Asked, found: Overview, code: str) -> dict[str, Any]:
    """Return a figure as it is shown: what, how much, out of how many, since when, its cases."""
    figure = found.figures[code]
    return {
        "figure": figure,
        "what": figure.indicator.name,
        "counts": figure.indicator.counts,
        "number": figure.text,
        "out_of": out_of_words(figure),
        "change": change_words(figure),
        "mood": "" if figure.is_better is None else ("good" if figure.is_better else "bad"),
        "url": _cases_url(asked, code),
        "whole_url": _cases_url(asked, code, part="denominator"),
        "rest_url": _cases_url(asked, code, part="rest"),
    }


def weights_words(weights: Weights) -> str:
    """Say what the answers count for in the 12345 satisfaction rate, and since when."""
    facts: dict[str, Any] = {
        "satisfied": f"{weights.satisfied / 1000:g}",
        "basically": f"{weights.basically / 1000:g}",
    }
    if weights.since is None:
        return (
            _(
                "Satisfied counts %(satisfied)s, basically satisfied %(basically)s; this is the "
                "usual formula, the community has set none."
            )
            % facts
        )
    facts["since"] = weights.since.isoformat()
    return (
        _("Satisfied counts %(satisfied)s, basically satisfied %(basically)s, since %(since)s.")
        % facts
    )


def out_of_words(figure: Figure) -> str:
    """Say how many out of how many, where it is a share."""
    if figure.denominator is None:
        return ""
    return _("%(part)s of %(whole)s") % {"part": figure.numerator, "whole": figure.denominator}


def change_words(figure: Figure) -> str:
    """Say how a figure moved against the period before."""
    change = figure.change
    if change is None:
        return ""
    if change == 0:
        return _("unchanged")
    if figure.is_rate:
        points = per_cent(points=abs(change)).removesuffix(" %")
        words = _("up %(n)s points") if change > 0 else _("down %(n)s points")
        return words % {"n": points}
    if change > 0:
        return ngettext("%(n)s more", "%(n)s more", change) % {"n": change}
    return ngettext("%(n)s fewer", "%(n)s fewer", -change) % {"n": -change}


def span_words(period: Period) -> str:
    """Write the days of a period."""
    first = formats.date_format(period.from_date, _("N j, Y"))
    if period.from_date == period.until_date:
        return first
    pattern = _("N j") if period.from_date.year == period.until_date.year else _("N j, Y")
    last = formats.date_format(period.until_date, pattern)
    return _("%(first)s – %(last)s") % {"first": first, "last": last}


def _period_links(asked: Asked, show: str) -> dict[str, Any]:
    here = asked.period
    # Going from a year to its months should stay near today, not jump to January.
    anchor = here.until_date if here.kind == PeriodKind.CUSTOM else here.from_date
    return {
        "kinds": [
            {
                "label": name,
                "url": asked.for_period(period_of(kind=kind, day=anchor), show=show),
                "is_here": kind == here.kind,
            }
            for kind, name in _PERIOD_NAMES.items()
        ],
        "earlier": asked.for_period(shifted(period=here, forward=False), show=show),
        "later": asked.for_period(shifted(period=here, forward=True), show=show),
        "is_custom": here.kind == PeriodKind.CUSTOM,
    }


# --- By grid --------------------------------------------------------------------------------


def _rows(asked: Asked, found: Overview, shown: Indicator) -> list[dict[str, Any]]:
    return [
        {
            "name": one.area.name if one.area is not None else _("Grid not known"),
            "figure": one.figures[shown.code],
            "out_of": out_of_words(one.figures[shown.code]),
            "url": _cases_url(asked, shown.code, area=one.area.pk if one.area else 0),
            "open": one.figures["open"].numerator,
            "open_url": _cases_url(asked, "open", area=one.area.pk if one.area else 0),
            "overdue": one.figures["overdue"].numerator,
            "overdue_url": _cases_url(asked, "overdue", area=one.area.pk if one.area else 0),
            "tone": _tone(one, found, shown),
        }
        for one in found.areas
    ]


def _map(asked: Asked, found: Overview, shown: Indicator) -> dict[str, Any] | None:
    features = []
    for one in found.areas:
        if one.area is None or one.area.boundary is None:
            continue
        properties: dict[str, Any] = {
            "layer": "grid",
            "id": one.area.pk,
            "name": one.area.name,
            "label": True,
            "text": one.figures[shown.code].text,
            "url": _cases_url(asked, shown.code, area=one.area.pk),
        }
        tone = _tone(one, found, shown)
        if tone is not None:
            properties["tone"] = tone
        geometry = one.area.boundary
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "features": features} if features else None


def _bands(found: Overview, shown: Indicator) -> tuple[int, ...]:
    """Return where each darker tone begins: fixed for rates, equal steps for counts."""
    if shown.denominator:
        return _RATE_BANDS
    most = max((one.figures[shown.code].numerator for one in found.areas), default=0)
    steps = {1 + most * step // (_TONES - 1) for step in range(_TONES - 1)}
    return tuple(sorted(step for step in steps if step <= max(most, 1)))


def _tone(one: AreaFigures, found: Overview, shown: Indicator) -> int | None:
    value = one.figures[shown.code].value
    if value is None:
        return None
    return sum(value >= edge for edge in _bands(found, shown))


def _legend(found: Overview, shown: Indicator) -> list[tuple[int, str]]:
    edges = _bands(found, shown)
    if shown.denominator:
        words = [edge // 100 for edge in edges]
        texts = [f"< {words[0]} %"]
        texts += [f"{low}–{high} %" for low, high in pairwise(words)]
        texts.append(f"≥ {words[-1]} %")
    else:
        texts = ["0"]
        ends = [edge - 1 for edge in edges[1:]]
        texts += [
            str(low) if low == high else f"{low}–{high}"
            for low, high in zip(edges, ends, strict=False)
        ]
        texts.append(f"≥ {edges[-1]}")
    return list(enumerate(texts))


def _level_row(asked: Asked, figure: insight.LevelFigure) -> dict[str, Any]:
    code, key = insight.LEVEL_RATE, figure.level.pk
    return {
        "figure": figure,
        "url": _cases_url(asked, code, key=key),
        "whole_url": _cases_url(asked, code, key=key, part="denominator"),
        "rest_url": _cases_url(asked, code, key=key, part="rest"),
    }


def _load_row(asked: Asked, load: insight.Load) -> dict[str, Any]:
    return {
        "name": load.name or _("Persons, directly"),
        "open": load.open_total,
        "overdue": load.overdue_total,
        "url": _cases_url(asked, insight.WORKLOAD, key=load.organisation_id or 0),
    }


# --- The cases behind a figure ----------------------------------------------------------------


def _cases_url(asked: Asked, code: str, **more: Any) -> str:
    return "/overview/cases/" + asked.query(of=code, **more)


def _cases(request: Request, asked: Asked, *, code: str, data: QueryDict) -> Any:
    part = data.get("part", "")
    return insight.cases(
        actor=request.actor,
        place=asked.place,
        period=asked.period,
        at=request.now,
        code=code,
        part=part if part in _PARTS else _PARTS[0],
        key=_key(data.get("key", "")),
        area_id=_key(data.get("area", "")),
    )


@for_roles(*OVERVIEW_ROLES)
@require_safe
def show_cases(request: Request) -> HttpResponse:
    """List exactly the cases that a figure counted, newest first."""
    asked = _asked(request, request.GET)
    code = request.GET.get("of", "")
    rows = _cases(request, asked, code=code, data=request.GET)
    total = rows.count()
    after = _key(request.GET.get("after", ""))
    if after is not None:
        rows = rows.filter(pk__lt=after)
    page = insight.first_of(rows=rows, by=("-pk",), most=PAGE_SIZE + 1)
    about = _about(asked, code, request.GET)
    areas = {area.pk: area.name for area in insight.list_parts(place=asked.place)}
    context = about | {
        "area": areas.get(_key(request.GET.get("area", "")) or 0, ""),
        "asked": asked,
        "period_words": span_words(asked.period),
        "matters": page[:PAGE_SIZE],
        "total": total,
        "older": page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else None,
        "after": after,
        "back": "/overview/" + asked.query(show=code if code in CATALOGUE else ""),
        "values": [(name, value) for name, value in request.GET.items() if name != "after"],
    }
    return render(request, "overview/cases.html", context)


def _about(asked: Asked, code: str, data: QueryDict) -> dict[str, Any]:
    """Say in words what a list of cases is the answer to."""
    part = data.get("part", "") if data.get("part", "") in _PARTS else _PARTS[0]
    here = {"key": data.get("key", ""), "area": data.get("area", "")}
    indicator = CATALOGUE.get(code)
    if indicator is not None:
        words = {
            "numerator": indicator.counts,
            "denominator": indicator.out_of,
            "rest": _("the others of: %(whole)s") % {"whole": indicator.out_of},
        }
        title, basis, has_parts = (
            indicator.name,
            BASES[indicator.basis],
            bool(indicator.denominator),
        )
    elif code == insight.LEVEL_RATE:
        words = {
            "numerator": _("matters that reached this level and were settled there"),
            "denominator": _("matters reported in the period that reached this level"),
            "rest": _("matters that reached this level and are not settled there"),
        }
        title, basis, has_parts = _("Settlement level"), BASES[CATALOGUE["received"].basis], True
    else:
        words = {"numerator": _("orders in hand now")}
        title, basis, has_parts = _("Work in hand"), BASES[CATALOGUE["open"].basis], False
    names = {
        "numerator": _("Counted"),
        "denominator": _("Out of"),
        "rest": _("The others"),
    }
    tabs = [
        {
            "label": names[one],
            "url": _cases_url(asked, code, part=one, **here),
            "is_here": one == part,
            "count": None,
        }
        for one in _PARTS
    ]
    return {
        "title": title,
        "counts": words.get(part, ""),
        "basis": basis,
        "tabs": tabs if has_parts else [],
    }


@for_roles(*OVERVIEW_ROLES)
@require_POST
def export_cases(request: Request) -> HttpResponse:
    """Give exactly the listed cases as a workbook, and write down that they were taken out."""
    asked = _asked(request, request.POST)
    code = request.POST.get("of", "")
    rows = _cases(request, asked, code=code, data=request.POST).order_by("-pk")
    content = io.BytesIO()
    total = write_workbook(to=content, rows=rows, at=request.now)
    services.record_export(
        actor=request.actor,
        at=request.now,
        community_id=asked.place.community_id or asked.place.pk,
        wanted={"of": code, "place": asked.place.pk, "part": request.POST.get("part", "")},
        matters_total=total,
    )
    day = request.now.astimezone(SHANGHAI).strftime("%Y%m%d-%H%M")
    return download(content=content.getvalue(), name=_("Cases %(day)s.xlsx") % {"day": day})


@for_roles(*OVERVIEW_ROLES)
@require_safe
def export_overview(request: Request) -> HttpResponse:
    """Give the figures as a workbook: the whole, by grid, by level. It names no person."""
    asked = _asked(request, request.GET)
    found = insight.overview(
        actor=request.actor, place=asked.place, period=asked.period, at=request.now
    )
    when = f"{asked.place.name} {span_words(found.period)}"
    name = _("Overview %(what)s.xlsx") % {"what": when.replace(" ", "_")}
    return download(content=workbook(sheets=_sheets(found, when)), name=name)


def _sheets(found: Overview, when: str) -> list[Sheet]:
    figures = [
        (
            str(figure.indicator.name),
            figure.text,
            figure.numerator,
            "" if figure.denominator is None else figure.denominator,
            figure.before.text if figure.before is not None else "",
            str(figure.indicator.counts),
            str(figure.indicator.out_of),
            str(BASES[figure.indicator.basis]),
        )
        for figure in found.figures.values()
    ]
    columns = [
        (_("Figure"), 18),
        (_("Value"), 12),
        (_("Counted"), 10),
        (_("Out of"), 10),
        (_("The period before"), 16),
        (_("What it counts"), 44),
        (_("Out of which"), 44),
        (_("Counted by"), 22),
    ]
    notes = (
        when,
        weights_words(found.weights),
        _("Compared with %(span)s") % {"span": span_words(found.compared)},
        _("As of %(time)s") % {"time": _moment(found.counted_at.isoformat())},
    )
    sheets = [Sheet(_("Figures"), columns, figures, notes)]
    codes = list(found.figures)
    sheets.append(
        Sheet(
            _("By area"),
            [(_("Area"), 18), *((str(found.figures[code].indicator.name), 12) for code in codes)],
            [
                (
                    one.area.name if one.area else _("Grid not known"),
                    *(_cell(one.figures[code]) for code in codes),
                )
                for one in found.areas
            ],
            (when,),
        )
    )
    if found.levels:
        sheets.append(
            Sheet(
                _("Settlement levels"),
                [(_("Level"), 18), (_("Settled here"), 12), (_("Reached"), 12), (_("Share"), 12)],
                [(one.level.name, one.settled, one.reached, one.text) for one in found.levels],
                (when,),
            )
        )
    return sheets


def _cell(figure: Figure) -> str | int:
    return figure.text if figure.is_rate else figure.numerator


urlpatterns = [
    path("overview/", show_overview, name="overview"),
    path("overview/cases/", show_cases, name="overview_cases"),
    path("overview/cases/export/", export_cases, name="overview_cases_export"),
    path("overview/export/", export_overview, name="overview_export"),
]
