"""What a community says of itself, and whether its board is public."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from linli.core.errors import NotEntitled, Refused
from linli.territory import queries as territory
from linli.territory import services as territory_services
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.people.shared import OFFICE, community_in_view, show

_TEXTS = ("office_phone", "office_address", "office_hours", "privacy_contact")


class ProfileForm(forms.Form):
    """How residents reach the office."""

    office_phone = forms.CharField(
        label=_("Office phone"),
        required=False,
        max_length=30,
        help_text=_("Stands on every page, and on posters where there is no public address."),
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    office_address = forms.CharField(label=_("Office address"), required=False, max_length=120)
    office_hours = forms.CharField(
        label=_("Office hours"), required=False, max_length=60, help_text="09:00-12:00,14:00-18:00"
    )
    privacy_contact = forms.CharField(
        label=_("Whom residents ask about their data"),
        required=False,
        max_length=60,
        help_text=_("A name or an office with a phone number; it stands in the privacy notice."),
    )
    public_board = forms.BooleanField(
        label=_("The public board is open"),
        required=False,
        help_text=_(
            "Everybody sees what staff put there: a summary, no finer than a building, no names."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*OFFICE)
def profile(request: Request) -> HttpResponse:
    """Show what the community says of itself; its secretary changes it."""
    community, communities = community_in_view(request)
    known = territory.profile_of(community_id=community.pk)
    may_change = any(
        grant.community_id == community.pk
        for grant in request.actor.grants_of(roles=("SECRETARY",))
    )
    if request.method == "POST" and not may_change:
        raise NotEntitled
    initial: dict[str, Any] = {name: getattr(known, name) for name in _TEXTS}
    initial["public_board"] = known.public_board
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            territory_services.set_profile(
                community_id=community.pk,
                actor=request.actor,
                at=request.now,
                public_board=form.cleaned_data["public_board"],
                **{name: form.cleaned_data[name] for name in _TEXTS},
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("What the community says of itself was kept."))
            return redirect(f"{request.path}?community={community.pk}")
    facts = {
        "form": form,
        "community": community,
        "communities": communities,
        "profile": known,
        "may_change": may_change,
    }
    return show(
        request, "people/community.html", "community_profile", facts, status=status_of(form)
    )
