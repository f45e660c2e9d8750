"""Tokens: a person lets a program act in their name, or an app bring in reports of the public."""

from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from linli.core.clocks import SHANGHAI
from linli.core.errors import Refused
from linli.people import queries
from linli.people import services as people
from linli.territory import queries as territory
from linli.web.access import Request, signed_in
from linli.web.accounts import refuse, status_of

_USUAL_DAYS = 180
_DAY_ENDS = time(23, 59)
_OWN = {"READ": ("READ",), "READ_WRITE": ("READ", "WRITE")}


class TokenForm(forms.Form):
    """What the program is, what it may do, and until when."""

    name = forms.CharField(
        label=_("Which program is it for?"),
        max_length=60,
        help_text=_("Such as: the property company's work system."),
        error_messages={"required": people.TokenNameMissing.sentence},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.ChoiceField(
        label=_("What may it do?"),
        widget=forms.RadioSelect,
        error_messages={"required": people.TokenScopesInvalid.sentence},
    )
    expires_at = forms.DateField(
        label=_("Valid until, this day included"),
        help_text=_("One year at most."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, communities: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        public = gettext("Bring in reports of residents of %(community)s, and see nothing")
        cast(forms.ChoiceField, self.fields["scopes"]).choices = [
            ("READ", _("Read what I see")),
            ("READ_WRITE", _("Read what I see, report, and take the steps that I may take")),
            *((f"c{one.pk}", public % {"community": one.name}) for one in communities),
        ]

    def wanted(self) -> dict[str, Any]:
        """Return what was chosen as the service takes it."""
        chosen = self.cleaned_data["scopes"]
        day: date = self.cleaned_data["expires_at"]
        return {
            "name": self.cleaned_data["name"],
            "scopes": _OWN.get(chosen, ("REPORT",)),
            "community_id": None if chosen in _OWN else int(chosen[1:]),
            "expires_at": datetime.combine(day, _DAY_ENDS, tzinfo=SHANGHAI),
        }


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def my_tokens(request: Request) -> HttpResponse:
    """Show the tokens of this person and of the communities they keep; make a new one."""
    kept = [
        one
        for one in territory.list_communities(actor=request.actor)
        if queries.keeps(actor=request.actor, community_id=one.pk)
    ]
    last_day = queries.local_day(at=request.now) + timedelta(days=_USUAL_DAYS)
    form = TokenForm(
        request.POST or None,
        communities=kept,
        initial={"scopes": "READ", "expires_at": last_day},
    )
    if request.method == "POST" and form.is_valid():
        try:
            issued = people.issue_token(actor=request.actor, at=request.now, **form.wanted())
        except Refused as refused:
            refuse(form, refused)
        else:
            response = render(request, "account/token.html", {"issued": issued})
            response.headers["Cache-Control"] = "no-store"
            return response
    tokens = list(queries.list_tokens(actor=request.actor))
    facts = {
        "form": form,
        "running": [one for one in tokens if _runs(one, request.now)],
        "ended": [one for one in tokens if not _runs(one, request.now)][:10],
    }
    return render(request, "account/tokens.html", facts, status=status_of(form))


@require_POST
@signed_in
def end_token(request: Request, token_id: int) -> HttpResponse:
    """End a token at once."""
    people.revoke_token(token_id=token_id, actor=request.actor, at=request.now)
    messages.success(request, gettext("The token was ended. The program can do nothing any more."))
    return redirect("my_tokens")


def _runs(token: Any, at: datetime) -> bool:
    return token.revoked_at is None and token.expires_at > at


urlpatterns = [
    path("account/tokens/", my_tokens, name="my_tokens"),
    path("account/tokens/<int:token_id>/end/", end_token, name="end_token"),
]
