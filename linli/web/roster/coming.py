"""Who becomes entitled soon, and the community's list of what there is."""

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from linli.core.errors import NotFound, Refused
from linli.people import queries
from linli.people import services as people
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.exporting import offer
from linli.web.narrowing import asked_of
from linli.web.roster.forms import PlacesForm
from linli.web.roster.frame import KEEPERS, grid_choices, number_of, show

_PAGE_SIZE = 50
_PAPERS_MOST = 200


class FilterForm(PlacesForm):
    """In which grid."""

    offered: ClassVar[Mapping[str, str]] = {}


class EntitlementForm(forms.Form):
    """What there is, and from which age on."""

    name = forms.CharField(
        label=pgettext_lazy("entitlement", "What it is"), max_length=people.ENTITLEMENT_LENGTH_MAX
    )
    age_years = forms.IntegerField(label=_("From the age of"), min_value=1, max_value=120)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPERS)
def list_page(request: Request) -> HttpResponse:
    """Show who becomes entitled within 90 days; the office says to what, at which age."""
    kept = [
        key
        for key in sorted(request.actor.community_ids)
        if queries.keeps_entitlements(actor=request.actor, community_id=key)
    ]
    if request.method == "POST" and not kept:
        raise NotFound
    form = EntitlementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            people.add_entitlement(
                community_id=kept[0], **form.cleaned_data, actor=request.actor, at=request.now
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Whoever reaches this age is listed 90 days before."))
            return redirect("coming")
    day = queries.local_day(at=request.now)
    narrowed = FilterForm(request.GET, grids=grid_choices(request))
    number = min(number_of(request.GET.get("page")) or 1, 10_000)
    rows = queries.list_coming(
        actor=request.actor,
        on=day,
        grid_id=grid_asked(request),
        start=(number - 1) * _PAGE_SIZE,
        most=_PAGE_SIZE + 1,
    )
    newer, older = request.GET.copy(), request.GET.copy()
    newer["page"], older["page"] = str(number - 1), str(number + 1)
    facts = {
        "papers": queries.list_expiring(
            actor=request.actor, on=day, grid_id=grid_asked(request), most=_PAPERS_MOST
        )
        if number == 1
        else [],
        "form": narrowed if narrowed.fields else None,
        "rows": rows[:_PAGE_SIZE],
        "entitlement_form": form,
        "export": offer(request, "export_coming"),
        "entitlements": queries.list_entitlements(
            community_ids=sorted(request.actor.community_ids), on=day
        ),
        "keeps": bool(kept),
        "newer": f"?{newer.urlencode()}" if number > 1 else "",
        "older": f"?{older.urlencode()}" if len(rows) > _PAGE_SIZE else "",
    }
    return show(request, "roster/coming.html", "coming", facts, status=status_of(form))


def grid_asked(request: Request) -> int | None:
    """Return the grid to which the list is narrowed; None for all."""
    form = FilterForm(request.GET, grids=grid_choices(request))
    return number_of(asked_of(form=form).get("grid"))


@require_POST
@for_roles("SECRETARY", "STAFF")
def end(request: Request, entitlement_id: int) -> HttpResponse:
    """End an entitlement with today."""
    people.end_entitlement(entitlement_id=entitlement_id, actor=request.actor, at=request.now)
    messages.success(request, _("It ends today; it stays on record."))
    return redirect("coming")
