"""Residents: find somebody, see who they are, correct, move, and open a number for a reason."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from linli.core.errors import NotFound, Refused
from linli.people import queries
from linli.people import services as people
from linli.people.personal import lacks_guardian
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.exporting import kept_communities, offer
from linli.web.narrowing import NOTHING, asked_of
from linli.web.roster.forms import DepartForm, MergeForm, MoveForm, PersonForm, PlacesForm
from linli.web.roster.frame import (
    KEEPERS,
    READERS,
    found_residents,
    grid_choices,
    number_of,
    show,
)
from linli.web.roster.needs import needs_shown
from linli.web.roster.papers import papers_shown
from linli.web.roster.story import story_of
from linli.web.roster.ties import links_of

_AGES = {
    "": _("Every age"),
    "child": _("Under 14"),
    "elder": _("60 and over"),
    "aged": _("80 and over"),
}
_OPENED = {"id-number": "id_number", "phone": "phone"}


class FilterForm(PlacesForm):
    """What the list is narrowed to."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        help_text=_("Name, initials, address, last four digits"),
    )
    registration = forms.ChoiceField(label=_("Household registration"), required=False)
    age = forms.ChoiceField(label=_("Age"), required=False, choices=list(_AGES.items()))
    gone = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("On the roster")), ("1", _("No longer here"))],
    )

    field_order = ("q", "grid", "registration", "age", "gone")
    offered: ClassVar[Mapping[str, str]] = {"registration": "registration"}

    def wanted(self) -> queries.ResidentFilter:
        """Return what was asked; what is no choice finds nothing."""
        said = asked_of(form=self)
        return queries.ResidentFilter(
            query=said["q"],
            grid_id=number_of(said.get("grid")),
            registration=said["registration"],
            age=NOTHING if said["gone"] == NOTHING else said["age"],
            gone=said["gone"] == "1",
        )


@require_GET
@for_roles(*READERS)
def list_page(request: Request) -> HttpResponse:
    """Show who is on the roster of one's places."""
    form = FilterForm(request.GET, grids=grid_choices(request))
    page = queries.page_of_residents(
        actor=request.actor,
        wanted=form.wanted(),
        on=queries.local_day(at=request.now),
        after=number_of(request.GET.get("after")),
    )
    older = request.GET.copy()
    older["after"] = str(page.next_after or "")
    facts = {
        "form": form,
        "rows": page.rows,
        "older": f"?{older.urlencode()}" if page.next_after else "",
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
        "export": offer(
            request,
            "export_residents",
            in_full=bool(kept_communities(request)),
            form="residents",
        ),
    }
    return show(request, "roster/residents.html", "residents", facts)


@require_GET
@for_roles(*READERS)
def page(request: Request, resident_id: int) -> HttpResponse:
    """Show one resident, where they live and lived."""
    return _page(request, resident_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPERS)
def add(request: Request, household_id: int) -> HttpResponse:
    """Put somebody on the roster of a household."""
    household = queries.get_household(actor=request.actor, household_id=household_id)
    if household.until_date is not None:
        raise NotFound
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            people.add_resident(
                household_id=household_id,
                person=form.person(),
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("They are on the roster."))
            return redirect("household", household_id=household_id)
    facts = {
        "form": form,
        "household": household,
        "address": queries.address_of(household=household),
    }
    return show(request, "roster/person.html", "residents", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPERS)
def edit(request: Request, resident_id: int) -> HttpResponse:
    """Correct what is known of somebody."""
    row = _row_here(request, resident_id)
    form = PersonForm(
        request.POST or None,
        known=row.person,
        initial={**asdict(row.person), "id_number": "", "phone": ""},
    )
    if request.method == "POST" and form.is_valid():
        try:
            people.edit_resident(
                resident_id=resident_id,
                person=form.person(),
                actor=request.actor,
                at=request.now,
                version=number_of(request.POST.get("version")) or 0,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The entry is corrected."))
            return redirect("resident", resident_id=resident_id)
    facts = {"form": form, "row": row}
    return show(request, "roster/person.html", "residents", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPERS)
def move(request: Request, resident_id: int) -> HttpResponse:
    """Move somebody to another household, or let somebody come back who had left or is not dead."""
    row = _row(request, resident_id)
    is_gone = row.resident.until_date is not None
    if is_gone and not _may_come_back(row):
        raise NotFound
    buildings = queries.roster_buildings(actor=request.actor)
    wanted = number_of(request.GET.get("building") or request.POST.get("building"))
    here = wanted or row.resident.building_id
    building = next((one for one in buildings if one.pk == here), None)
    left = None if is_gone else row.resident.household_id  # Whoever comes back may go home.
    homes = [] if building is None else queries.homes_in(building=building, besides=left)
    today = queries.local_day(at=request.now)
    form = MoveForm(
        request.POST or None,
        homes=homes,
        is_dead=row.resident.departure == "DIED",
        initial={"on": today},
    )
    if request.method == "POST" and form.is_valid():
        try:
            people.move(
                resident_ids=[resident_id],
                household_id=form.cleaned_data["household"],
                on=form.cleaned_data["on"],
                reason=form.cleaned_data.get("reason", ""),
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("They live there now; where they lived stays on record."))
            return redirect("resident", resident_id=resident_id)
    facts = {
        "form": form,
        "row": row,
        "building": building,
        "buildings": buildings,
        "is_gone": is_gone,
    }
    return show(request, "roster/move.html", "residents", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPERS)
def depart(request: Request, resident_id: int) -> HttpResponse:
    """Take somebody off the roster."""
    row = _row_here(request, resident_id)
    form = DepartForm(request.POST or None, initial={"on": queries.local_day(at=request.now)})
    if request.method == "POST" and form.is_valid():
        try:
            people.depart(
                resident_id=resident_id,
                departure=form.cleaned_data["departure"],
                on=form.cleaned_data["on"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("They are off the roster; what was known stays on record."))
            return redirect("resident", resident_id=resident_id)
    facts = {"form": form, "row": row}
    return show(request, "roster/depart.html", "residents", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPERS)
def merge(request: Request, resident_id: int) -> HttpResponse:
    """Make two entries of one person one: this one stays, the other leaves the roster."""
    row = _row_here(request, resident_id)
    query = request.POST.get("q", request.GET.get("q", row.person.name))[:60]
    found = [
        one
        for one in found_residents(request, row.resident.community_id, query)
        if one[0] != resident_id
    ]
    form = MergeForm(request.POST or None, found=found)
    if request.method == "POST" and form.is_valid():
        try:
            people.merge(
                keep_id=resident_id,
                double_id=form.cleaned_data["double"],
                version=number_of(request.POST.get("version")) or 0,
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The two entries are one; the other points here."))
            return redirect("resident", resident_id=resident_id)
    facts = {"form": form, "row": row, "query": query, "found": found}
    return show(request, "roster/merge.html", "residents", facts, status=status_of(form))


@require_http_methods(["POST"])
@for_roles(*KEEPERS)
def open_number(request: Request, resident_id: int, field: str) -> HttpResponse:
    """Show a number in full, once, for a reason that is written down."""
    if field not in _OPENED:
        raise NotFound
    try:
        number = people.open_number(
            resident_id=resident_id,
            field=_OPENED[field],
            reason=request.POST.get("reason", ""),
            actor=request.actor,
            at=request.now,
        )
    except people.ReasonMissing as refused:
        messages.error(request, str(refused))
        return redirect("resident", resident_id=resident_id)
    return _page(request, resident_id, opened={_OPENED[field]: number})


def _row(request: Request, resident_id: int) -> queries.ResidentRow:
    resident = queries.get_resident(actor=request.actor, resident_id=resident_id)
    return queries.row_of(resident=resident)


def _may_come_back(row: queries.ResidentRow) -> bool:
    """Tell whether somebody who left may live here again: no double, who goes on elsewhere."""
    return row.resident.departure in ("MOVED_OUT", "MISTAKE", "DIED")


def _row_here(request: Request, resident_id: int) -> queries.ResidentRow:
    """Return somebody who is on the roster now.

    :raises NotFound: when they have left.
    """
    row = _row(request, resident_id)
    if row.resident.until_date is not None:
        raise NotFound
    return row


def _page(
    request: Request, resident_id: int, *, opened: dict[str, str] | None = None
) -> HttpResponse:
    row = _row(request, resident_id)
    is_kept = queries.may_keep_roster(actor=request.actor, row=row.resident)
    today = queries.local_day(at=request.now)
    facts = {
        "row": row,
        "stays": queries.stays_of(resident=row.resident),
        "opened": opened or {},
        "is_kept": is_kept and row.resident.until_date is None,
        "may_open": is_kept,
        "may_come_back": is_kept and _may_come_back(row),
        "lacks_guardian": row.resident.until_date is None
        and lacks_guardian(person=row.person, on=today),
        "talent": queries.talent_of(resident=row.resident),
        "membership": queries.membership_of(actor=request.actor, resident=row.resident),
        "age": queries.age_of(resident=row.resident, on=today),
        **story_of(request, resident=row.resident, is_kept=is_kept),
        **links_of(request, resident=row.resident),
        **papers_shown(request, resident=row.resident),
        **needs_shown(request, resident=row.resident),
    }
    answer = show(request, "roster/resident.html", "residents", facts)
    answer["Cache-Control"] = "no-store"
    return answer
