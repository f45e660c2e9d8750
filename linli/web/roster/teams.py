"""Teams of grids and the patches they take care of: what is there, what is missing or doubled."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.core.errors import Refused
from linli.people import queries
from linli.people import services as people
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.exporting import offer
from linli.web.roster.frame import KEEPERS, PARTY_READERS, READERS, found_residents, show
from linli.web.roster.frame import number_of as number

Choices = list[tuple[Any, Any]]


class WhoForm(forms.Form):
    """Who it is, an account or a resident that was found, and of what kind."""

    kind = forms.TypedChoiceField(label=_("As"), coerce=int)
    account = forms.TypedChoiceField(
        label=_("Somebody with an account"), required=False, coerce=int, empty_value=None
    )
    resident = forms.TypedChoiceField(
        label=_("Resident"), required=False, coerce=int, empty_value=None, widget=forms.RadioSelect
    )
    field_order = ("kind", "resident", "account")

    def __init__(
        self, *args: Any, kinds: Choices, accounts: Choices, found: Choices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = {
            "kind": kinds,
            "account": [("", _("Nobody with an account")), *accounts],
            "resident": [*found, ("", _("None of these"))],
        }
        for field, choices in offered.items():
            cast(forms.ChoiceField, self.fields[field]).choices = choices
        if not found:
            del self.fields["resident"]

    def who(self) -> dict[str, Any]:
        """Return what was chosen, as the services take it."""
        said = self.cleaned_data
        return {
            "kind_id": said["kind"],
            "account_id": said["account"],
            "resident_id": said.get("resident"),
        }


class PatchForm(forms.Form):
    """Which piece of which grid."""

    grid = forms.TypedChoiceField(label=_("Grid"), coerce=int)
    name = forms.CharField(
        label=_("Patch"), max_length=60, help_text=_("Such as: the lawn by the south gate.")
    )

    def __init__(self, *args: Any, grids: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["grid"]).choices = grids


@require_GET
@for_roles(*PARTY_READERS)
def teams_page(request: Request) -> HttpResponse:
    """Show the team of every grid, and which kinds it lacks."""
    community = community_asked(request)
    rows = queries.list_teams(actor=request.actor, community=community, at=request.now)
    facts = {
        "community": community,
        "communities": queries.open_communities(actor=request.actor),
        "rows": rows,
        "kinds": queries.own_kinds(community_id=community.pk, use="TEAM"),
        "export": offer(request, "export_teams"),
        "lacking": sum(bool(row.missing) for row in rows),
        "names_kinds": queries.keeps(actor=request.actor, community_id=community.pk),
        "open_ids": {
            row.grid.pk
            for row in rows
            if queries.sees_people_of(actor=request.actor, grid=row.grid)
        },
    }
    return show(request, "roster/teams.html", "teams", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def team_page(request: Request, grid_id: int) -> HttpResponse:
    """Show the team of one grid; whoever keeps the grid adds to it."""
    row = queries.get_team(actor=request.actor, grid_id=grid_id, at=request.now)
    form, query = _who_form(request, row.grid.community_id or 0, row.cells)
    if request.method == "POST" and form.is_valid():
        try:
            people.join_team(grid_id=grid_id, actor=request.actor, at=request.now, **form.who())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("They belong to the team."))
            return redirect("team", grid_id=grid_id)
    facts = {"row": row, "form": form, "query": query}
    return show(request, "roster/team.html", "teams", facts, status=status_of(form))


@require_POST
@for_roles(*KEEPERS)
def leave_team(request: Request, team_member_id: int) -> HttpResponse:
    """Take somebody out of a team."""
    people.leave_team(team_member_id=team_member_id, actor=request.actor, at=request.now)
    messages.success(request, _("They no longer belong to the team."))
    return redirect("teams")


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*PARTY_READERS)
def patches_page(request: Request) -> HttpResponse:
    """Show every patch with who takes care of it, and add one."""
    community = community_asked(request)
    grids = [
        one
        for one in queries.roster_grids(actor=request.actor)
        if queries.sees_people_of(actor=request.actor, grid=one, keeping=True)
    ]
    form = PatchForm(request.POST or None, grids=[(one.pk, one.name) for one in grids])
    if request.method == "POST" and form.is_valid():
        try:
            patch = people.add_patch(
                grid_id=form.cleaned_data["grid"],
                name=form.cleaned_data["name"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The patch can be claimed."))
            return redirect("patch", patch_id=patch.pk)
    rows = queries.list_patches(actor=request.actor, community=community)
    facts = {
        "community": community,
        "communities": queries.open_communities(actor=request.actor),
        "rows": rows,
        "export": offer(request, "export_patches"),
        "unclaimed": sum(row.is_unclaimed for row in rows),
        "doubled": sum(bool(row.doubled) for row in rows),
        "form": form if grids else None,
        "kinds": queries.own_kinds(community_id=community.pk, use="PATCH"),
        "open_ids": {
            row.patch.pk
            for row in rows
            if queries.sees_people_of(actor=request.actor, grid=row.patch.grid)
        },
    }
    return show(request, "roster/patches.html", "patches", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def patch_page(request: Request, patch_id: int) -> HttpResponse:
    """Show who takes care of a patch; whoever keeps the grid lets somebody claim it."""
    row = queries.get_patch(actor=request.actor, patch_id=patch_id)
    form, query = _who_form(request, row.patch.community_id, row.cells)
    if request.method == "POST" and form.is_valid():
        try:
            people.claim_patch(patch_id=patch_id, actor=request.actor, at=request.now, **form.who())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("They take care of it."))
            return redirect("patch", patch_id=patch_id)
    facts = {"row": row, "form": form, "query": query}
    return show(request, "roster/patch.html", "patches", facts, status=status_of(form))


@require_POST
@for_roles(*KEEPERS)
def end_patch(request: Request, patch_id: int) -> HttpResponse:
    """Take a patch out of use."""
    people.end_patch(patch_id=patch_id, actor=request.actor, at=request.now)
    messages.success(request, _("The patch is out of use; its history stays."))
    return redirect("patches")


@require_POST
@for_roles(*KEEPERS)
def release(request: Request, claim_id: int) -> HttpResponse:
    """Take somebody off a patch."""
    people.release_patch(claim_id=claim_id, actor=request.actor, at=request.now)
    messages.success(request, _("They no longer take care of it."))
    return redirect("patches")


def community_asked(request: Request) -> Any:
    """Return the community that was chosen, else the first one."""
    said = number(request.POST.get("community") or request.GET.get("community"))
    return queries.get_open_community(actor=request.actor, community_id=said)


def _who_form(
    request: Request, community_id: int, cells: tuple[queries.Cell, ...]
) -> tuple[WhoForm, str]:
    query = request.POST.get("q", request.GET.get("q", ""))[:60]
    accounts = queries.accounts_in(community_id=community_id, at=request.now)
    form = WhoForm(
        request.POST or None,
        kinds=[(cell.kind.pk, cell.kind.name) for cell in cells],
        accounts=[(one.pk, one.name) for one in accounts],
        found=found_residents(request, community_id, query),
    )
    return form, query
