"""What was opened and taken out of the registers: read by whoever answers for the community."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from linli.core.errors import NotFound
from linli.people import events, queries
from linli.territory import queries as territory
from linli.web.access import Request, for_roles
from linli.web.labels import label_of
from linli.web.roster.frame import SECRETARIES, number_of, show
from linli.web.telling import tell_events


@require_GET
@for_roles(*SECRETARIES)
def list_page(request: Request) -> HttpResponse:
    """Show who opened or exported what of a community's registers, newest first."""
    communities = queries.openings_communities(actor=request.actor)
    wanted = number_of(request.GET.get("community"))
    community = next((one for one in communities if wanted in (None, one.pk)), None)
    if community is None:
        raise NotFound
    found = queries.list_openings(
        community_id=community.pk, before=number_of(request.GET.get("before"))
    )
    shown, more = found[: queries.OPENINGS_PAGE], found[queries.OPENINGS_PAGE :]
    older = request.GET.copy()
    older["before"] = str(shown[-1].pk) if shown else ""
    grids = {
        one.pk: one.name for one in territory.list_areas(community_id=community.pk, level="GRID")
    }
    entries = tell_events(events=shown, actor=request.actor)
    facts = {
        "community": community,
        "communities": communities,
        "rows": [
            {
                "entry": entry,
                "reason": event.facts.get("reason", ""),
                "details": list(_details(event.name, event.facts, grids)),
                "url": _address(event),
            }
            for event, entry in zip(shown, entries, strict=True)
        ],
        "older": f"?{older.urlencode()}" if more else "",
    }
    answer = show(request, "roster/openings.html", "openings", facts)
    answer["Cache-Control"] = "no-store"
    return answer


def _details(name: str, facts: Mapping[str, Any], grids: Mapping[int, str]) -> Iterator[str]:
    """Give in words what an export held."""
    if name != events.ROSTER_EXPORTED:
        return
    rows = int(facts.get("rows", 0))
    yield ngettext("%(n)s row", "%(n)s rows", rows) % {"n": rows}
    yield _("in full") if facts.get("open") else _("masked")
    asked = facts.get("filter", {})
    if (grid := grids.get(asked.get("grid_id"))) is not None:
        yield grid
    for key, table in (("registration", "registration"), ("status", "household")):
        if asked.get(key):
            yield label_of(code=asked[key], table=table)
    if asked.get("group") and facts.get("list") == "visits":
        yield label_of(code=asked["group"], table="visit_group")
    if asked.get("age"):
        yield {"child": _("Under 14"), "elder": _("60 and over")}.get(
            asked["age"], _("80 and over")
        )
    if asked.get("gone"):
        yield _("No longer here")
    if facts.get("searched"):
        yield _("after a search")


def _address(event: Any) -> str:
    """Return the page of whom it is about; an export is about many."""
    if event.subject_kind == queries.RESIDENT:
        return reverse("resident", kwargs={"resident_id": event.subject_id})
    if event.subject_kind == queries.NEED:
        return reverse("need", kwargs={"need_id": event.subject_id})
    return ""
