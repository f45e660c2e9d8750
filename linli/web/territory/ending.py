"""Taking estates, buildings and named places out of use: first what it means, then the press."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from linli.core.errors import NotEntitled, NotFound, Refused
from linli.flows import ending
from linli.matters.queries import open_at
from linli.territory import queries
from linli.territory.scope import require_writer
from linli.web.access import Request
from linli.web.territory.common import for_readers, frame, refuse, standing

_SHOWN = 20


class EndForm(forms.Form):
    """The one thing to confirm: that it ends although something is there."""

    anyway = forms.BooleanField(
        label=_("Take it out of use all the same; matters and households keep their place."),
        required=False,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
def end_estate(request: Request, estate_id: int) -> HttpResponse:
    """Take an estate out of use."""
    estate = queries.get_estate(actor=request.actor, id=estate_id)
    standing(request, estate)
    back = reverse("places_estate", args=[estate.pk])
    facts = {"community": estate.community, "name": estate.name, "back": back}
    return _page(request, facts, ending.end_estate, estate_id=estate.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
def end_building(request: Request, building_id: int) -> HttpResponse:
    """Take a building out of use."""
    building = queries.get_building(actor=request.actor, id=building_id)
    standing(request, building)
    facts = {
        "community": building.estate.community,
        "name": f"{building.estate.name} {building.name}",
        "back": reverse("places_building", args=[building.pk]),
    }
    return _page(request, facts, ending.end_building, building_id=building.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
def end_place(request: Request, place_id: int) -> HttpResponse:
    """Take a named place out of use."""
    place = queries.get_place(actor=request.actor, id=place_id)
    standing(request, place)
    back = f"{reverse('places')}?list=places&community={place.community_id}"
    facts = {"community": place.community, "name": place.name, "back": back}
    return _page(request, facts, ending.end_place, place_id=place.pk)


def _page(
    request: Request, facts: dict[str, Any], end: Callable[..., Any], **which: int
) -> HttpResponse:
    require_writer(actor=request.actor, community=facts["community"])
    is_sent = request.method == "POST"
    form = EndForm(request.POST) if is_sent else EndForm()
    if is_sent and form.is_valid():
        try:
            end(actor=request.actor, at=request.now, anyway=form.cleaned_data["anyway"], **which)
        except (NotFound, NotEntitled):
            raise
        except Refused as refused:
            refuse(form, refused)
        else:
            done = _("%(name)s is no longer in use.") % {"name": facts["name"]}
            messages.success(request, str(done))
            return redirect(facts["back"])
    matters = open_at(actor=request.actor, **which).order_by("id")
    building_id = which.get("building_id")
    facts |= {
        "households_total": 0
        if building_id is None
        else ending.households_in(actor=request.actor, building_id=building_id),
        **frame(request, facts["community"]),
        "form": form,
        "matters": list(matters[:_SHOWN]),
        "matters_total": matters.count(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "territory/end.html", facts, status=status)
