"""What the pages of the register share: tabs, the community in view, forms and refusals."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.core.errors import NotFound
from linli.people import queries
from linli.web.access import Request

OFFICE = ("SECRETARY", "STAFF", "SOCIAL_WORKER", "CASE_OFFICER", "GRID_LEAD", "OVERSEER")
"""Who reads the register of a community."""

READERS = (*OFFICE, "HANDLER_LEAD")
GIVERS = ("SECRETARY", "OVERSEER", "HANDLER_LEAD")
KEEPERS = ("SECRETARY", "STAFF")


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of the register."""

    label: str | Promise
    url: str
    is_here: bool
    count: int | None = None


_TABS: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    ("people", _("Accounts"), READERS),
    ("organisations", _("Organisations"), READERS),
    ("duty", _("Duty roster"), OFFICE),
    ("leave", _("Leave and stand-ins"), READERS),
    ("calendar", _("Working calendar"), OFFICE),
    ("community_profile", _("Community"), OFFICE),
    ("party", _("Party units"), ("OVERSEER", "CASE_OFFICER")),
    ("webhooks", _("Webhooks"), ("SECRETARY",)),
    ("undelivered", _("Given up"), ("SECRETARY", "OVERSEER")),
)


def show(
    request: Request, template: str, here: str, facts: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page of the register with its tabs."""
    roles = request.actor.roles
    tabs = [
        Tab(label=label, url=reverse(name), is_here=name == here)
        for name, label, allowed in _TABS
        if roles.intersection(allowed)
    ]
    return render(request, template, {"tabs": tabs, **facts}, status=status)


def community_in_view(request: Request) -> tuple[Any, tuple[Any, ...]]:
    """Return the community a page is about, and those one may choose from.

    :raises NotFound: when there is none in this person's scope.
    """
    communities = queries.scope_of(actor=request.actor).communities
    wanted = request.GET.get("community") or request.POST.get("community") or ""
    for community in communities:
        if not wanted or str(community.pk) == wanted:
            return community, communities
    raise NotFound


def date_input() -> forms.DateInput:
    """Return the browser's own date control."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PlaceSelect(forms.Select):
    """Places in groups; each says for which roles it can be chosen, for a script to narrow them."""

    def __init__(self) -> None:
        super().__init__(attrs={"data-places": ""})
        self.roles: dict[str, tuple[str, ...]] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the roles that can be held there."""
        option = super().create_option(name, value, *args, **kwargs)
        roles = self.roles.get(str(value))
        if roles is not None:
            option["attrs"]["data-roles"] = " ".join(roles)
        return option
