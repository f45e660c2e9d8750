"""Kinds of people: what a community itself calls those who make up a team or claim a patch."""

from typing import Any, cast

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
from linli.web.labels import FILLED_BY, KIND_USES
from linli.web.roster.frame import show

KEEPERS = ("SECRETARY", "STAFF")


class KindForm(forms.Form):
    """What a kind is called, what for, and who belongs to it without being entered."""

    use = forms.ChoiceField(label=_("Used for"))
    name = forms.CharField(label=pgettext_lazy("unit", "Name"), max_length=30)
    filled_by = forms.ChoiceField(
        label=_("Filled by"),
        required=False,
        help_text=_("For grid teams: whoever is known anyway needs not be entered again."),
    )

    def __init__(self, *args: Any, is_new: bool = True, use: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["use"]).choices = list(KIND_USES.items())
        filled = [("", _("Entered by hand")), *FILLED_BY.items()]
        cast(forms.ChoiceField, self.fields["filled_by"]).choices = filled
        if not is_new:
            del self.fields["use"]
            if use != "TEAM":
                del self.fields["filled_by"]


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPERS)
def list_page(request: Request) -> HttpResponse:
    """Show a community's kinds by what they are used for, and add one."""
    community = _community(request)
    form = KindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            people.add_kind(
                community_id=community.pk, actor=request.actor, at=request.now, **form.cleaned_data
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The kind can be chosen from now on."))
            return redirect("own_kinds")
    uses = [
        {"label": label, "kinds": queries.own_kinds(community_id=community.pk, use=use)}
        for use, label in KIND_USES.items()
    ]
    facts = {"form": form, "uses": uses, "community": community}
    return show(request, "roster/kinds.html", "own_kinds", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPERS)
def page(request: Request, kind_id: int) -> HttpResponse:
    """Call a kind otherwise."""
    kind = queries.get_own_kind(actor=request.actor, kind_id=kind_id)
    form = KindForm(
        request.POST or None,
        is_new=False,
        use=kind.use,
        initial={"name": kind.name, "filled_by": kind.filled_by},
    )
    if request.method == "POST" and form.is_valid():
        try:
            people.edit_kind(
                kind_id=kind_id, actor=request.actor, at=request.now, **form.cleaned_data
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The kind is corrected."))
            return redirect("own_kinds")
    facts = {"form": form, "kind": kind}
    return show(request, "roster/kind.html", "own_kinds", facts, status=status_of(form))


@require_POST
@for_roles(*KEEPERS)
def end(request: Request, kind_id: int) -> HttpResponse:
    """Take a kind out of use."""
    people.end_kind(kind_id=kind_id, actor=request.actor, at=request.now)
    messages.success(request, _("The kind is out of use; what stood under it stays on record."))
    return redirect("own_kinds")


def _community(request: Request) -> Any:
    """Return the community whose registers this person keeps.

    :raises NotFound: when there is none.
    """
    for community in queries.open_communities(actor=request.actor):
        if queries.keeps(actor=request.actor, community_id=community.pk):
            return community
    raise NotFound
