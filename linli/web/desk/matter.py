"""One matter at the desk: everything about it, the next step, and the thread."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from linli.core.actor import Actor
from linli.matters import dossier, queries, services
from linli.matters.dossier import Dossier
from linli.matters.events import REPORTED
from linli.matters.workflow import Kind, State, Step
from linli.people import queries as people
from linli.territory import queries as territory
from linli.web.access import Request, for_roles
from linli.web.desk.filters import asked
from linli.web.desk.queue import READING_ROLES, feature, point, queue_context
from linli.web.photos import shown
from linli.web.steps import About, step_context
from linli.web.telling import Entry, tell_events

_LOOKS_FOR_DUPLICATES = frozenset({State.REPORTED, State.ACCEPTED})
_PLACE_COLUMNS = ("large_grid_id", "grid_id", "micro_grid_id", "building_id")


@for_roles(*READING_ROLES)
@require_safe
def show_matter(request: Request, matter_id: int) -> HttpResponse:
    """Show a matter between its queue and its place; HTMX gets the two panes that change."""
    matter = queries.get_matter(actor=request.actor, matter_id=matter_id)
    wanted = asked(data=request.GET, actor=request.actor, at=request.now, with_choices=False)
    back = f"/desk/{matter_id}/?{wanted.query}"
    context = matter_context(request=request, matter=matter, back=back)
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "desk/_panes.html", context)
    else:
        context |= queue_context(request=request, wanted=wanted)
        response = render(request, "desk/matter.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def matter_context(*, request: Request, matter: Any, back: str) -> dict[str, Any]:
    """Return what the panes of one matter show."""
    actor, at = request.actor, request.now
    known = dossier.dossier_of(matter=matter)
    about = About(matter=matter, actor=actor, at=at, known=known)
    steps = step_context(about=about, back=back)
    may_merge = Step.MERGE in steps["offers"].codes
    places = {name: getattr(matter, name) for name in _PLACE_COLUMNS}
    return steps | {
        "dossier": known,
        "is_emergency": matter.kind == Kind.EMERGENCY,
        "report_photos": shown(known.report_photos),
        "result_photos": shown(known.result_photos),
        "result": next((one for one in reversed(known.orders) if one.resolution), None),
        "waits_for_check": matter.state == State.RESOLVED,
        "waits_for_judge": matter.state == State.OBJECTED,
        "is_given_back": matter.state == State.RETURNED,
        "is_merged": matter.state == State.MERGED,
        "reporters": reporters_of(known),
        "duplicates": _duplicates(matter, request) if may_merge else [],
        "people": people.people_at(places=places, on=people.local_day(at=at)),
        "entries": thread_of(known, request.actor),
        "map": {} if matter.is_restricted else map_near(matter),
        "may_erase": services.may_erase(matter=matter, actor=actor),
        "trace_url": f"/trace/{matter.trace}/",
    }


def thread_of(known: Dossier, actor: Actor) -> list[Entry]:
    """Return the thread; what was reported stands above it and is not said twice."""
    entries = tell_events(events=known.events, actor=actor, dossiers={known.matter.pk: known})
    return [replace(one, text="", photos=()) if one.name == REPORTED else one for one in entries]


def reporters_of(known: Dossier) -> list[dict[str, Any]]:
    """Return those who asked, masked, with what they were told and what they said of the result."""
    return [
        {
            "id": one.pk,
            "contact": services.masked_contact(reporter=one),
            "reporter": one,
            "told": known.told[one.pk],
            "ratings": known.ratings[one.pk],
        }
        for one in known.reporters
    ]


def _duplicates(matter: Any, request: Request) -> list[queries.Duplicate]:
    if matter.state not in _LOOKS_FOR_DUPLICATES:
        return []
    return queries.duplicates_of(matter=matter, actor=request.actor, at=request.now)


def map_near(matter: Any) -> Mapping[str, Any]:
    """Return the matter's grid with its buildings, and the spot itself."""
    area = matter.grid or matter.community
    features = []
    if area.boundary is not None:
        features.append(feature("grid", area.name, area.boundary))
    if matter.grid is not None:
        for house in territory.list_buildings(grid_id=matter.grid.pk):
            shape = house.footprint or point(house.longitude, house.latitude)
            if shape is not None:
                features.append(feature("building", f"{house.estate.name} {house.name}", shape))
    spot = point(matter.longitude, matter.latitude)
    if spot is not None:
        features.append(feature("matter", matter.title, spot))
    return {"type": "FeatureCollection", "features": features}
