"""The register: the tree on the left, what stands in it on the right."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from linli.core.errors import NotFound
from linli.territory import imports, queries
from linli.territory.imports import Table
from linli.territory.queries import Listing
from linli.territory.wording import KINDS, LEVELS
from linli.web.access import Request
from linli.web.narrowing import asked_of
from linli.web.territory.common import community_of, for_readers, frame, number
from linli.web.territory.forms import SearchForm

_ROWS = 50
_TABS = {
    Listing.AREAS: _("Grids"),
    Listing.ESTATES: _("Estates"),
    Listing.BUILDINGS: _("Buildings"),
    Listing.PLACES: _("Named places"),
}
_TABLES = {
    Listing.AREAS: Table.AREA,
    Listing.ESTATES: Table.ESTATE,
    Listing.BUILDINGS: Table.BUILDING,
    Listing.PLACES: Table.PLACE,
}
CHECKS = {
    "NO_BUILDINGS": _("No building stands in %(name)s."),
    "TOO_FEW": _("%(name)s has %(figure)s households; a city grid usually holds 300–500."),
    "TOO_MANY": _("%(name)s has %(figure)s households; a city grid usually holds 300–500."),
    "NO_BOUNDARY": _("%(name)s has no boundary, so no point can be found in it."),
    "NO_POINT": _("%(figure)s buildings have no point, so the map does not show them."),
    "OVERLAP": _("%(name)s and %(other)s overlap by %(figure)s m²."),
    "UNCOVERED": _("%(figure)s m² of the community lie in no grid."),
}


@require_safe
@for_readers
def show_register(request: Request) -> HttpResponse:
    """Show the tree of a community and one list of what stands in the chosen part of it."""
    community = community_of(request)
    listing = _listing(request)
    area_id = number(request, "area")
    form = SearchForm(request.GET)
    query = asked_of(form=form)["q"]
    ended = request.GET.get("state") == "ended"
    actor = request.actor
    found = queries.list_register(
        actor=actor,
        community_id=community.pk,
        listing=listing,
        area_id=area_id,
        query=query,
        ended=ended,
    )
    page = Paginator(found, _ROWS).get_page(request.GET.get("page"))
    facts = {
        **frame(request, community),
        "tree": _tree(community, area_id),
        "area": None if area_id is None else queries.get_area(actor=actor, id=area_id),
        "listing": listing.value,
        "tabs": _tabs(request, listing, len(found)),
        "page": page,
        "found_total": len(found),
        "ended": ended,
        "query_text": query,
        "form": form,
        "checks_total": len(queries.list_checks(actor=actor, community_id=community.pk)),
        "grids": [
            (KINDS.get(code) or LEVELS[code], total)
            for code, total in queries.count_grids(community_id=community.pk).items()
        ],
        "profile": queries.profile_of(community_id=community.pk),
        "upper": [
            area
            for area in (community.city, community.district, community.subdistrict)
            if area is not None
        ],
    }
    return render(request, "territory/register.html", facts)


@require_safe
@for_readers
def export_register(request: Request) -> HttpResponse:
    """Hand out exactly what the list shows, in the columns that an import takes."""
    community = community_of(request)
    listing = _listing(request)
    form = SearchForm(request.GET)
    rows = queries.list_register(
        actor=request.actor,
        community_id=community.pk,
        listing=listing,
        area_id=number(request, "area"),
        query=asked_of(form=form)["q"],
    )
    body = imports.write_register(tables={_TABLES[listing]: rows})
    return workbook(body, f"{community.name}-{_TABS[listing]}.xlsx")


@require_safe
@for_readers
def show_checks(request: Request) -> HttpResponse:
    """List what to look at; nothing of it stops anybody."""
    community = community_of(request)
    found = queries.list_checks(actor=request.actor, community_id=community.pk)
    checks = [
        {
            "text": CHECKS[check.code]
            % {"name": check.name, "other": check.other, "figure": f"{check.figure:,}"},
            "area_id": check.area_id if check.area_id != community.pk else None,
        }
        for check in found
    ]
    return render(request, "territory/checks.html", {**frame(request, community), "checks": checks})


@require_safe
@for_readers
def show_estate(request: Request, estate_id: int) -> HttpResponse:
    """Show an estate with its buildings."""
    estate = queries.get_estate(actor=request.actor, id=estate_id)
    buildings = queries.list_buildings(estate_id=estate.pk)
    facts = {
        **frame(request, estate.community),
        "estate": estate,
        "buildings": buildings,
        "grids": sorted({building.grid.name for building in buildings}),
    }
    return render(request, "territory/estate.html", facts)


@require_safe
@for_readers
def show_building(request: Request, building_id: int) -> HttpResponse:
    """Show a building with its entrances and dwellings."""
    building = queries.get_building(actor=request.actor, id=building_id)
    entrances = queries.list_entrances(building_id=building.pk)
    facts = {
        **frame(request, building.estate.community),
        "building": building,
        "entrances": [
            (entrance, queries.list_dwellings(entrance_id=entrance.pk)) for entrance in entrances
        ],
        "map": _around(building),
    }
    return render(request, "territory/building.html", facts)


def workbook(body: bytes, name: str) -> HttpResponse:
    """Return a workbook to be saved under this name."""
    response = HttpResponse(body, content_type=imports.MEDIA_TYPE)
    attached = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = attached or "attachment"
    return response


def _listing(request: Request) -> Listing:
    try:
        return Listing(request.GET.get("list", Listing.AREAS.value))
    except ValueError as error:
        raise NotFound from error


def _tabs(request: Request, here: Listing, found_total: int) -> list[dict[str, Any]]:
    kept = request.GET.copy()
    kept.pop("page", None)
    tabs = []
    for listing, name in _TABS.items():
        kept["list"] = listing.value
        tabs.append(
            {
                "label": name,
                "url": "?" + kept.urlencode(),
                "is_here": listing == here,
                "count": found_total if listing == here else None,
            }
        )
    return tabs


def _tree(community: Any, area_id: int | None) -> list[dict[str, Any]]:
    """Return the areas of a community in the order of the tree, each with its depth."""
    areas = queries.list_areas(community_id=community.pk)
    children: dict[int | None, list[Any]] = {}
    for area in areas:
        children.setdefault(area.parent_id, []).append(area)
    lines: list[dict[str, Any]] = []

    def walk(parent_id: int, depth: int) -> None:
        for area in children.get(parent_id, ()):
            lines.append({"area": area, "depth": depth, "is_here": area.pk == area_id})
            walk(area.pk, depth + 1)

    walk(community.pk, 1)
    return lines


def _around(building: Any) -> dict[str, Any] | None:
    """Return the building in its grid, as a map; None without a point."""
    if building.longitude is None:
        return None
    drawing = queries.map_of(community_id=building.estate.community_id)
    wanted = [
        feature
        for feature in drawing["features"]
        if feature["properties"].get("grid") == building.grid_id
        or (feature["properties"]["layer"], feature["properties"]["id"])
        == ("grid", building.grid_id)
    ]
    for feature in wanted:
        facts = feature["properties"]
        if (facts["layer"], facts["id"]) == ("building", building.pk):
            facts["tone"] = 4
    return {"type": "FeatureCollection", "features": wanted}
