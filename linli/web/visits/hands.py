"""In whose hands visits are; those of somebody who leaves or has too many go to others."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from linli.core.errors import NotFound, Refused
from linli.visits import queries, services
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.people.shared import community_in_view

RUNNERS = ("SECRETARY", "STAFF")


class HandingForm(forms.Form):
    """Who takes over, and why."""

    to = forms.TypedMultipleChoiceField(
        label=_("Who takes them over"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Several share them by territory, whole buildings first."),
        error_messages={"required": _("Please choose who takes them over.")},
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        help_text=_("Such as: moved to another post. Whoever takes over reads it."),
        error_messages={"required": _("Please say why the calls are handed over.")},
    )

    def __init__(self, *args: Any, accounts: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["to"]).choices = accounts


@require_GET
@for_roles(*RUNNERS)
def list_page(request: Request) -> HttpResponse:
    """List who has visits to make: first those that nobody would make."""
    community = _community(request)
    facts = {
        "community": community,
        "loads": queries.loads_in(actor=request.actor, community_id=community.pk, at=request.now),
    }
    return render(request, "visits/hands.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def page(request: Request, account_id: int) -> HttpResponse:
    """Hand one person's visits to others."""
    community = _community(request)
    given = {"actor": request.actor, "community_id": community.pk}
    loads = queries.loads_in(**given, at=request.now)
    load = next((one for one in loads if one.account_id == account_id), None)
    if load is None:
        raise NotFound
    waiting = {one.account_id: one.calls for one in loads}
    accounts = [
        (one.pk, _named(one, waiting.get(one.pk, 0)))
        for one in queries.candidates_in(community_id=community.pk, at=request.now)
        if one.pk != account_id
    ]
    form = HandingForm(request.POST or None, accounts=accounts)
    if request.method == "POST" and form.is_valid():
        try:
            moved = services.hand_over_calls(
                **given,
                from_id=account_id,
                to_ids=form.cleaned_data["to"],
                reason=form.cleaned_data["reason"],
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            said = ngettext("%(n)s visit is handed over.", "%(n)s visits are handed over.", moved)
            messages.success(request, said % {"n": moved})
            return redirect("visit_hands")
    facts = {"form": form, "load": load, "community": community}
    return render(request, "visits/hand_over.html", facts, status=status_of(form))


def _named(account: Any, calls: int) -> str:
    """Return a name with what waits for this person already, to balance it."""
    said = ngettext("%(name)s (%(n)s visit waits)", "%(name)s (%(n)s visits wait)", calls)
    return said % {"name": account.name, "n": calls}


def _community(request: Request) -> Any:
    community, _others = community_in_view(request)
    if not queries.may_run(actor=request.actor, community_id=community.pk):
        raise NotFound
    return community
