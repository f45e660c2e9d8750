"""Teams of grids and the patches they take care of: what is there, what is missing or doubled.

Both are places at which somebody stands as one of the community's kinds, so their pages are one.
"""

from collections.abc import Callable
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
from linli.web.exporting import offer as offer_export
from linli.web.roster.frame import KEEPERS, PARTY_READERS, READERS, number_of, show
from linli.web.roster.somebody import Choices, SomebodyForm, offer


class WhoForm(SomebodyForm):
    """Who it is, and of what kind."""

    kind = forms.TypedChoiceField(label=_("As"), coerce=int)
    field_order = ("kind", "resident", "account")

    def __init__(self, *args: Any, kinds: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["kind"]).choices = kinds

    def who(self) -> dict[str, int | None]:
        """Return who was chosen and as what, as the services take it."""
        return {"kind_id": self.cleaned_data["kind"], **super().who()}


class PatchForm(forms.Form):
    """Which piece of which grid."""

    grid = forms.TypedChoiceField(label=_("Grid"), coerce=int)
    name = forms.CharField(
        label=_("Patch"), max_length=60, help_text=_("Such as: the lawn by the south gate.")
    )

    def __init__(self, *args: Any, grids: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["grid"]).choices = grids


class PatchNameForm(forms.Form):
    """What a patch is called."""

    name = forms.CharField(label=_("Patch"), max_length=60)


# --- Teams ------------------------------------------------------------------------------------


@require_GET
@for_roles(*PARTY_READERS)
def teams_page(request: Request) -> HttpResponse:
    """Show the team of every grid, and which kinds it lacks."""
    community = community_asked(request)
    rows = queries.list_teams(actor=request.actor, community=community, at=request.now)
    facts = {
        **_list_facts(request, community, "TEAM"),
        "rows": rows,
        "export": offer_export(request, "export_teams"),
        "lacking": sum(bool(row.missing) for row in rows),
        "names_kinds": queries.keeps(actor=request.actor, community_id=community.pk),
        "open_ids": _open_ids(request, {row.grid.pk: row.grid for row in rows}),
    }
    return show(request, "roster/teams.html", "teams", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def team_page(request: Request, grid_id: int) -> HttpResponse:
    """Show the team of one grid; whoever keeps the grid adds to it."""
    row = queries.get_team(actor=request.actor, grid_id=grid_id, at=request.now)
    return _place_page(
        request,
        row,
        "team",
        lambda who: people.join_team(
            grid_id=grid_id, actor=request.actor, at=request.now, **cast(Any, who)
        ),
        _("They belong to the team."),
    )


@require_POST
@for_roles(*KEEPERS)
def leave_team(request: Request, team_member_id: int) -> HttpResponse:
    """Take somebody out of a team."""
    people.leave_team(team_member_id=team_member_id, actor=request.actor, at=request.now)
    messages.success(request, _("They no longer belong to the team."))
    return redirect("teams")


# --- Patches ----------------------------------------------------------------------------------


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
        **_list_facts(request, community, "PATCH"),
        "rows": rows,
        "export": offer_export(request, "export_patches"),
        "unclaimed": sum(row.is_unclaimed for row in rows),
        "doubled": sum(bool(row.doubled) for row in rows),
        "form": form if grids else None,
        "open_ids": _open_ids(request, {row.patch.pk: row.patch.grid for row in rows}),
    }
    return show(request, "roster/patches.html", "patches", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def patch_page(request: Request, patch_id: int) -> HttpResponse:
    """Show who takes care of a patch; whoever keeps the grid lets somebody claim it."""
    row = queries.get_patch(actor=request.actor, patch_id=patch_id)
    return _place_page(
        request,
        row,
        "patch",
        lambda who: people.claim_patch(
            patch_id=patch_id, actor=request.actor, at=request.now, **cast(Any, who)
        ),
        _("They take care of it."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPERS)
def rename_patch(request: Request, patch_id: int) -> HttpResponse:
    """Call a patch otherwise."""
    row = queries.get_patch(actor=request.actor, patch_id=patch_id)
    form = PatchNameForm(request.POST or None, initial={"name": row.patch.name})
    if request.method == "POST" and form.is_valid():
        try:
            people.rename_patch(
                patch_id=patch_id,
                name=form.cleaned_data["name"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The patch has its new name."))
            return redirect("patch", patch_id=patch_id)
    facts = {"row": row, "form": form}
    return show(request, "roster/patch_name.html", "patches", facts, status=status_of(form))


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


# --- What both share --------------------------------------------------------------------------


def _place_page(
    request: Request,
    row: queries.TeamRow | queries.PatchRow,
    here: str,
    stand: Callable[[dict[str, int | None]], object],
    said: Any,
) -> HttpResponse:
    """Show who stands at one place by kind, and let somebody stand there."""
    offered = offer(request, row.community_id)
    kinds = [(cell.kind.pk, cell.kind.name) for cell in row.cells]
    form = WhoForm(request.POST or None, kinds=kinds, offered=offered)
    if request.method == "POST" and form.is_valid():
        try:
            stand(form.who())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, said)
            return redirect(request.path)
    facts = {"row": row, "form": form, "query": offered.query}
    return show(request, f"roster/{here}.html", _TAB_OF[here], facts, status=status_of(form))


_TAB_OF = {"team": "teams", "patch": "patches"}


def _list_facts(request: Request, community: Any, use: str) -> dict[str, Any]:
    return {
        "community": community,
        "communities": queries.open_communities(actor=request.actor),
        "kinds": queries.own_kinds(community_id=community.pk, use=use),
    }


def _open_ids(request: Request, grids: dict[int, Any]) -> set[int]:
    """Return which of the rows lead to a page: those of grids whose people one reads."""
    return {
        key for key, grid in grids.items() if queries.sees_people_of(actor=request.actor, grid=grid)
    }


def community_asked(request: Request) -> Any:
    """Return the community that was chosen, else the first one."""
    said = number_of(request.POST.get("community") or request.GET.get("community"))
    return queries.get_open_community(actor=request.actor, community_id=said)
