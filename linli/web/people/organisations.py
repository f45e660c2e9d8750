"""The register of organisations."""

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
from linli.web.exporting import TITLES, back_to, begin, hand_out, offer
from linli.web.labels import TABLES, label_of
from linli.web.people.shared import KEEPERS, READERS, community_in_view, show
from linli.web.workbooks import Sheet


class OrganisationForm(forms.Form):
    """What the register says of an organisation."""

    name = forms.CharField(label=_("Organisation's name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind of organisation"))
    phone = forms.CharField(
        label=_("Office phone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    estates = forms.TypedMultipleChoiceField(
        label=_("Estates it serves"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("It is suggested first for matters there."),
    )

    def __init__(self, *args: Any, community_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["kind"]).choices = [
            ("", _("Please choose")),
            *TABLES["organisation"].items(),
        ]
        cast(forms.ChoiceField, self.fields["estates"]).choices = [
            (estate.pk, estate.name) for estate in queries.estates_of(community_id=community_id)
        ]

    def wanted(self) -> dict[str, Any]:
        """Return what was typed as services take it."""
        return {
            "name": self.cleaned_data["name"],
            "kind": self.cleaned_data["kind"],
            "phone": self.cleaned_data["phone"],
            "estate_ids": self.cleaned_data["estates"],
        }


@require_GET
@for_roles(*READERS)
def list_page(request: Request) -> HttpResponse:
    """Show the organisations, what they are and which estates they serve."""
    ended = request.GET.get("state") == "ended"
    facts = {
        "rows": queries.list_organisations(actor=request.actor, at=request.now, ended=ended),
        "ended": ended,
        "may_keep": bool(request.actor.roles.intersection(KEEPERS)),
        "export": offer(request, "export_organisations"),
    }
    return show(request, "people/organisations.html", "organisations", facts)


@require_POST
@for_roles(*READERS)
@back_to("organisations")
def export_list(request: Request) -> HttpResponse:
    """Hand out the register of organisations as the page shows it."""
    ended = request.GET.get("state") == "ended"
    leaving = begin(request, "organisations", wanted={"ended": ended})
    columns = [
        (_("Organisation's name"), 24),
        (_("Kind of organisation"), 14),
        (_("Estates it serves"), 28),
        (_("Office phone"), 16),
        (_("Accounts"), 8),
    ]
    cells = []
    for row in queries.list_organisations(actor=request.actor, at=request.now, ended=ended):
        leaving.count(row.community_id)
        kind = label_of(code=row.kind, table="organisation")
        cells.append((row.name, kind, "、".join(row.estates), row.phone, row.members_count))
    return hand_out(request, leaving, [Sheet(str(TITLES["organisations"]), columns, cells)])


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPERS)
def create(request: Request) -> HttpResponse:
    """Enter an organisation."""
    community, _communities = community_in_view(request)
    form = OrganisationForm(request.POST or None, community_id=community.pk)
    if request.method == "POST" and form.is_valid():
        try:
            people.create_organisation(
                community_id=community.pk, actor=request.actor, at=request.now, **form.wanted()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The organisation was entered."))
            return redirect("organisations")
    facts = {"form": form, "community": community}
    return show(request, "people/organisation.html", "organisations", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def edit(request: Request, organisation_id: int) -> HttpResponse:
    """Show an organisation with its people; whoever keeps the register corrects it here."""
    organisation = queries.get_organisation(actor=request.actor, organisation_id=organisation_id)
    members = queries.list_accounts(
        actor=request.actor,
        wanted=queries.AccountFilter(organisation_id=organisation_id),
        at=request.now,
    )
    may_keep = organisation.ended_at is None and queries.keeps(
        actor=request.actor, community_id=organisation.community_id
    )
    form = OrganisationForm(
        request.POST or None,
        community_id=organisation.community_id,
        initial={
            "name": organisation.name,
            "kind": organisation.kind,
            "phone": organisation.phone,
            "estates": queries.estate_ids_of(organisation_id=organisation_id),
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            people.edit_organisation(
                organisation_id=organisation_id,
                actor=request.actor,
                at=request.now,
                **form.wanted(),
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The organisation was changed."))
            return redirect("edit_organisation", organisation_id=organisation_id)
    facts = {
        "form": form,
        "organisation": organisation,
        "members": members,
        "may_keep": may_keep,
        "estates": [
            estate.name
            for estate in queries.estates_of(community_id=organisation.community_id)
            if estate.pk in form.initial["estates"]
        ],
    }
    return show(request, "people/organisation.html", "organisations", facts, status=status_of(form))


@require_POST
@for_roles(*KEEPERS)
def end(request: Request, organisation_id: int) -> HttpResponse:
    """Take an organisation out of use."""
    queries.get_organisation(actor=request.actor, organisation_id=organisation_id)
    people.end_organisation(organisation_id=organisation_id, actor=request.actor, at=request.now)
    messages.success(request, _("The organisation is out of use."))
    return redirect("organisations")
