"""The community's own map, and finding a place by what people call it."""

from collections import Counter
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from linli.core.errors import NotFound
from linli.territory import queries
from linli.territory.wording import KINDS, LEVELS
from linli.web.access import Request
from linli.web.territory.common import community_of, for_readers, frame, number

_FOUND_MAX = 12


@require_safe
@for_readers
def show_map(request: Request) -> HttpResponse:
    """Draw grids by kind, estates, buildings and places; every one of them leads to its page."""
    community = community_of(request)
    drawing = queries.map_of(community_id=community.pk)
    for feature in drawing["features"]:
        _lead_on(feature["properties"], community)
    facts = {
        **frame(request, community),
        "map": drawing,
        "entries": [f["properties"] for f in drawing["features"] if "what" in f["properties"]],
        "drawn": Counter(
            f["properties"]["kind"]
            for f in drawing["features"]
            if f["properties"]["layer"] == "grid"
        ),
    }
    return render(request, "territory/map.html", facts)


@require_safe
def map_json(request: Request) -> HttpResponse:
    """Return a community's map as GeoJSON: boundaries, buildings and places, no dwelling."""
    drawing = queries.map_of(community_id=_public_community(request).pk)
    return JsonResponse(drawing, json_dumps_params={"ensure_ascii": False})


@require_safe
def find(request: Request) -> HttpResponse:
    """Find estates, buildings and places; names only, so anybody may ask.

    A page's script gets JSON; HTMX gets a list of buttons that carry kind and id.
    """
    community = _public_community(request)
    found = queries.search_places(
        community_id=community.pk, query=request.GET.get("q", "")[:80], limit=_FOUND_MAX
    )
    if request.htmx:
        return render(request, "territory/_found.html", {"found": found})
    return JsonResponse(
        {
            "found": [
                {"kind": one.kind, "id": one.id, "label": one.label, "grid": one.grid_name}
                for one in found
            ]
        },
        json_dumps_params={"ensure_ascii": False},
    )


def _public_community(request: Request) -> Any:
    """Return the community asked for, or the only one there is."""
    known = queries.communities()
    asked = number(request, "community")
    if asked is not None:
        known = [community for community in known if community.pk == asked]
    if len(known) != 1:
        raise NotFound
    return known[0]


def _lead_on(facts: dict[str, Any], community: Any) -> None:
    """Add to a feature where a press leads, what its label says, and what it is."""
    layer, key = facts["layer"], facts["id"]
    if layer in ("grid", "large_grid", "micro_grid"):
        facts["url"] = f"{reverse('places')}?community={community.pk}&area={key}&list=buildings"
        facts["label"] = layer == "grid"
        facts["what"] = KINDS.get(facts.get("kind", ""), LEVELS[layer.upper()])
        if facts.get("kind") == "COMPREHENSIVE":
            facts["tone"] = 0
    elif layer == "estate":
        facts["url"] = reverse("places_estate", args=[key])
        facts["what"] = gettext("Estate")
    elif layer == "building":
        facts["url"] = reverse("places_building", args=[key])
        facts["what"] = gettext("Building")
    elif layer == "place":
        facts["what"] = gettext("Named place")
