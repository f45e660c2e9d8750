"""Webhooks: which other programs are told what happens to a community's matters."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.errors import NotFound, Refused
from linli.flows.offering import OFFERED
from linli.notify import posting, queries, webhooks
from linli.people import queries as people
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.limits import WEBHOOK_TESTS
from linli.web.people.shared import show
from linli.web.telling import kind_of_event

ROLES = ("SECRETARY",)
EVERYTHING = "matters.*"

_PAGE_SIZE = 50
_HERE = "webhooks"


class WebhookForm(forms.Form):
    """Where to, for which program, and what of."""

    name = forms.CharField(
        label=_("Which program"),
        max_length=60,
        help_text=_("Such as: the city's matter platform."),
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("It begins with https://. Linli posts there what happens."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    names = forms.MultipleChoiceField(
        label=_("What it is told"),
        widget=forms.CheckboxSelectMultiple,
        initial=[EVERYTHING],
        error_messages={"required": _("Please choose what the program is told.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["names"]).choices = [
            (EVERYTHING, _("Everything that happens to a matter")),
            *((name, kind_of_event(name=name)) for name in OFFERED),
        ]


@require_safe
@for_roles(*ROLES)
def list_page(request: Request) -> HttpResponse:
    """Show a community's webhooks and how each fares."""
    community, communities = _community_of(request)
    facts = {
        "community": community,
        "communities": communities,
        "rows": queries.list_webhooks(actor=request.actor, community_id=community.pk),
    }
    return show(request, "people/webhooks.html", _HERE, facts)


@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*ROLES)
def add(request: Request) -> HttpResponse:
    """Add a webhook and show its secret this once."""
    community, _communities = _community_of(request)
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = webhooks.add_webhook(
                community_id=community.pk,
                actor=request.actor,
                at=request.now,
                **form.cleaned_data,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return _show_secret(request, made)
    facts = {"form": form, "community": community}
    return show(request, "people/webhook_add.html", _HERE, facts, status=status_of(form))


@require_safe
@for_roles(*ROLES)
def page(request: Request, webhook_id: int) -> HttpResponse:
    """Show a webhook and what left through it."""
    webhook = queries.get_webhook(actor=request.actor, webhook_id=webhook_id)
    after = request.GET.get("after", "")
    log = queries.log_of_webhook(webhook=webhook, after=after, limit=_PAGE_SIZE)
    facts = {
        "webhook": webhook,
        "told": [
            _("Everything that happens to a matter")
            if name == EVERYTHING
            else kind_of_event(name=name)
            for name in webhook.names
        ],
        "rows": [(row, kind_of_event(name=row.event.name)) for row in log.deliveries],
        "older": f"?after={log.next_after}" if log.next_after else "",
        "newer": request.path if after else "",
        "tries_max": posting.ATTEMPTS_MAX,
    }
    return show(request, "people/webhook.html", _HERE, facts)


@require_POST
@for_roles(*ROLES)
def test(request: Request, webhook_id: int) -> HttpResponse:
    """Post a test and say what came back."""
    key = request.actor.key
    if WEBHOOK_TESTS.is_reached(key=key):
        messages.error(request, _("Many tests were sent already. Please wait an hour."))
        return redirect("webhook", webhook_id=webhook_id)
    WEBHOOK_TESTS.count(key=key)
    try:
        status = posting.send_test(webhook_id=webhook_id, actor=request.actor, at=request.now)
    except posting.WebhookDidNotAnswer as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("The test was taken (answer %(status)s).") % {"status": status or "—"}
        messages.success(request, said)
    return redirect("webhook", webhook_id=webhook_id)


@require_POST
@for_roles(*ROLES)
def pause(request: Request, webhook_id: int) -> HttpResponse:
    """Keep back what happens from now on."""
    webhooks.pause_webhook(webhook_id=webhook_id, actor=request.actor, at=request.now)
    messages.success(request, _("Paused. What happens meanwhile is kept for it."))
    return redirect("webhook", webhook_id=webhook_id)


@require_POST
@for_roles(*ROLES)
def resume(request: Request, webhook_id: int) -> HttpResponse:
    """Let what was kept back leave."""
    webhooks.resume_webhook(webhook_id=webhook_id, actor=request.actor, at=request.now)
    messages.success(request, _("It goes on. What was kept for it is sent now."))
    return redirect("webhook", webhook_id=webhook_id)


@sensitive_variables()
@require_POST
@for_roles(*ROLES)
def renew(request: Request, webhook_id: int) -> HttpResponse:
    """Give it a new secret, shown this once; for a day the old one signs as well."""
    made = webhooks.renew_secret(webhook_id=webhook_id, actor=request.actor, at=request.now)
    return _show_secret(request, made)


@require_POST
@for_roles(*ROLES)
def end(request: Request, webhook_id: int) -> HttpResponse:
    """End it: its secret is forgotten."""
    webhooks.end_webhook(webhook_id=webhook_id, actor=request.actor, at=request.now)
    messages.success(request, _("Ended. Nothing leaves through it any more."))
    return redirect("webhooks")


def _show_secret(request: Request, made: webhooks.NewSecret) -> HttpResponse:
    facts = {"webhook": made.webhook, "secret": made.secret}
    return show(request, "people/webhook_secret.html", _HERE, facts)


def _community_of(request: Request) -> tuple[Any, tuple[Any, ...]]:
    """Return the community in view, and those whose webhooks this person sees to.

    :raises NotFound: when there is none.
    """
    ours = queries.communities_with_webhooks(actor=request.actor)
    communities = tuple(
        area for area in people.scope_of(actor=request.actor).communities if area.pk in ours
    )
    wanted = request.GET.get("community") or request.POST.get("community") or ""
    for community in communities:
        if not wanted or str(community.pk) == wanted:
            return community, communities
    raise NotFound
