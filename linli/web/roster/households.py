"""Households: who is to be met behind which door."""

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.core.errors import Refused
from linli.people import queries
from linli.people import services as people
from linli.web import outbox
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.exporting import offer
from linli.web.narrowing import asked_of
from linli.web.outbox import key_of, lead_on, phone_at
from linli.web.roster.forms import DoorForm, HouseholdForm, PlacesForm
from linli.web.roster.frame import KEEPERS, READERS, grid_choices, number_of, show
from linli.web.roster.ties import links_of

_PAGE_SIZE = 50
_PAGES_MOST = 100_000  # A database counts no further than 64 bits.


class FilterForm(PlacesForm):
    """What the list is narrowed to."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        help_text=_("Address, or name or initials of a resident"),
    )
    status = forms.ChoiceField(label=_("Who lives there"), required=False)

    field_order = ("q", "grid", "status")
    offered: ClassVar[Mapping[str, str]] = {"status": "household"}

    def wanted(self) -> queries.HouseholdFilter:
        """Return what was asked; what is no choice finds nothing."""
        said = asked_of(form=self)
        return queries.HouseholdFilter(
            grid_id=number_of(said.get("grid")), status=said["status"], query=said["q"]
        )


@require_GET
@for_roles(*READERS)
def list_page(request: Request) -> HttpResponse:
    """Show the households of one's places, by address."""
    form = FilterForm(request.GET, grids=grid_choices(request))
    page = min(number_of(request.GET.get("page")) or 1, _PAGES_MOST)
    found = queries.list_households(actor=request.actor, wanted=form.wanted())
    start = (page - 1) * _PAGE_SIZE
    rows = list(found[start : start + _PAGE_SIZE + 1])
    newer, older = request.GET.copy(), request.GET.copy()
    newer["page"], older["page"] = str(page - 1), str(page + 1)
    facts = {
        "form": form,
        "rows": [
            {"household": one, "address": queries.address_of(household=one)}
            for one in rows[:_PAGE_SIZE]
        ],
        "newer": f"?{newer.urlencode()}" if page > 1 else "",
        "older": f"?{older.urlencode()}" if len(rows) > _PAGE_SIZE else "",
        "counts": queries.count_households(actor=request.actor, grid_id=form.wanted().grid_id),
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
        "export": offer(request, "export_households", form="households"),
    }
    return show(request, "roster/households.html", "households", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def page(request: Request, household_id: int) -> HttpResponse:
    """Show a household with its people; whoever keeps the roster says who lives there."""
    household = queries.get_household(actor=request.actor, household_id=household_id)
    is_kept = household.until_date is None and queries.may_keep_roster(
        actor=request.actor, row=household
    )
    form = HouseholdForm(
        request.POST or None,
        initial={"status": household.status, "employer": household.employer},
    )
    if request.method == "POST" and form.is_valid():
        try:
            if outbox.is_from_outbox(request):
                return _merged(request, household_id, form)
            people.set_household(
                household_id=household_id,
                status=form.cleaned_data["status"],
                employer=form.cleaned_data["employer"],
                actor=request.actor,
                at=request.now,
                version=number_of(request.POST.get("version")) or 0,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The household is corrected."))
            return lead_on(request, reverse("household", args=[household_id]))
    if request.method == "POST" and outbox.is_from_outbox(request):
        return outbox.refused(sentences=[str(said) for one in form.errors.values() for said in one])
    facts = {
        "form": form,
        "household": household,
        "submission_key": uuid4(),
        "address": queries.address_of(household=household),
        "rows": queries.residents_of(household=household),
        "is_kept": is_kept,
        **links_of(request, household=household),
    }
    template = "roster/_household_form.html" if request.htmx else "roster/household.html"
    return show(request, template, "households", facts, status=status_of(form))


def _merged(request: Request, household_id: int, form: HouseholdForm) -> HttpResponse:
    """Take in what a phone kept; what it saw when it was entered comes along."""
    people.merge_household(
        household_id=household_id,
        edit=people.LateEdit(
            submission_key=key_of(request.POST.get("submission_key", "")),
            base=people.HouseholdValues(
                status=request.POST.get("base_status", "")[:60],
                employer=request.POST.get("base_employer", "")[:200],
            ),
            wanted=people.HouseholdValues(
                status=form.cleaned_data["status"], employer=form.cleaned_data["employer"]
            ),
            phone_at=phone_at(request.POST.get("phone_at", "")),
        ),
        actor=request.actor,
        at=request.now,
    )
    return outbox.accepted(url=reverse("household", args=[household_id]))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPERS)
def create(request: Request) -> HttpResponse:
    """Put a household behind a door that has none."""
    building_id = number_of(request.GET.get("building") or request.POST.get("building"))
    buildings = queries.roster_buildings(actor=request.actor)
    building = next((one for one in buildings if one.pk == building_id), None)
    doors = [] if building is None else queries.doors_without_household(building=building)
    form = DoorForm(request.POST or None, doors=doors, initial={"status": "LIVES_HERE"})
    if request.method == "POST" and building is not None and form.is_valid():
        try:
            household = people.open_household(
                dwelling_id=form.cleaned_data["door"],
                status=form.cleaned_data["status"],
                employer=form.cleaned_data["employer"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The household is entered. Who lives there?"))
            return redirect("household", household_id=household.pk)
    facts = {"form": form, "building": building, "buildings": buildings, "doors": doors}
    return show(request, "roster/door.html", "households", facts, status=status_of(form))


@require_POST
@for_roles(*KEEPERS)
def end(request: Request, household_id: int) -> HttpResponse:
    """End a household that is no longer behind its door."""
    try:
        people.end_household(
            household_id=household_id,
            on=queries.local_day(at=request.now),
            actor=request.actor,
            at=request.now,
        )
    except people.SomebodyLivesThere as refused:
        messages.error(request, str(refused))
        return redirect("household", household_id=household_id)
    messages.success(request, _("The household has ended; it stays on record."))
    return redirect("households")
