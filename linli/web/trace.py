"""One page tells a whole thread, oldest first: everything of it that this person may see."""

from dataclasses import replace
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from linli.core.errors import NotFound
from linli.deliberation import queries as deliberation
from linli.matters import queries
from linli.matters.dossier import dossier_of
from linli.visits import queries as visits
from linli.web.access import Request, signed_in
from linli.web.labels import category_name
from linli.web.steps import matter_path
from linli.web.telling import tell_events


@signed_in
@require_safe
def show(request: Request, trace: UUID) -> HttpResponse:
    """Tell the thread of a matter and of all that grew from it."""
    rows = queries.list_by_trace(actor=request.actor, trace=trace)
    found = list(rows.select_related(*queries.ROW_RELATIONS))
    calls = visits.visits_on_trace(actor=request.actor, trace=trace)
    topics = deliberation.topics_on_trace(actor=request.actor, trace=trace)
    if not (found or calls or topics):
        raise NotFound
    dossiers = {matter.pk: dossier_of(matter=matter) for matter in found}
    events = {event.pk: event for known in dossiers.values() for event in known.events}
    events |= {event.pk: event for event in visits.events_on(visits=calls)}
    if topics:
        talked_over = deliberation.events_of_topic(topic=topics[0], actor=request.actor)
        events |= {event.pk: event for event in talked_over}
    in_order = [events[key] for key in sorted(events)]
    entries = tell_events(events=in_order, actor=request.actor, dossiers=dossiers)
    of_matters = {one.subject_id for one in entries if one.name.startswith("matters.")}
    if len(of_matters) > 1:
        entries = [
            replace(
                entry,
                what=gettext("No. %(number)s: %(what)s")
                % {"number": entry.subject_id, "what": entry.what},
            )
            if entry.name.startswith("matters.")
            else entry
            for entry in entries
        ]
    facts = {
        "topics": topics,
        "threads": [
            {
                "matter": matter,
                "category": category_name(category=matter.category),
                "url": matter_path(request=request, matter_id=matter.pk),
                "merged": dossiers[matter.pk].merged,
            }
            for matter in found
        ],
        "entries": entries,
    }
    return render(request, "trace/show.html", facts)


urlpatterns = [
    path("trace/<uuid:trace>/", show, name="trace"),
]
