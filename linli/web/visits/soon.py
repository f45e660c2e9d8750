"""Storm, heat or cold: everybody of some groups is called on within 24 hours."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from linli.core.errors import NotFound, Refused
from linli.people import queries as people
from linli.visits import services
from linli.visits.workflow import OF_EVERYBODY
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.labels import TABLES

ENTITLED = ("SECRETARY", "SOCIAL_WORKER")


class SoonForm(forms.Form):
    """What happened, and who is called on."""

    cause = forms.ChoiceField(
        label=_("What happened?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose what happened.")},
    )
    groups = forms.TypedMultipleChoiceField(
        label=_("Who is called on"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Please choose at least one group.")},
    )

    def __init__(self, *args: Any, groups: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        causes = [(str(one), TABLES["cause"][one]) for one in OF_EVERYBODY]
        cast(forms.ChoiceField, self.fields["cause"]).choices = causes
        cast(forms.ChoiceField, self.fields["groups"]).choices = groups


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*ENTITLED)
def page(request: Request) -> HttpResponse:
    """Choose what happened and who is called on; everybody who answers is told at once."""
    entitled = people.entitled_in(actor=request.actor)
    if not entitled:
        raise NotFound
    groups = [(one.pk, one.name) for one in people.list_need_groups(community_ids=entitled[:1])]
    initial = {"groups": [key for key, _name in groups]}
    form = SoonForm(request.POST or None, groups=groups, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            called = services.call_on_groups(
                community_id=entitled[0],
                group_ids=form.cleaned_data["groups"],
                cause=form.cleaned_data["cause"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            said = ngettext(
                "%(n)s household is called on within 24 hours.",
                "%(n)s households are called on within 24 hours.",
                called,
            )
            messages.success(request, said % {"n": called})
            return redirect("needs")
    facts = {"form": form, "has_groups": bool(groups)}
    answer = render(request, "visits/soon.html", facts, status=status_of(form))
    answer["Cache-Control"] = "no-store"
    return answer
