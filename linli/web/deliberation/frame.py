"""What the pages of deliberation share: who opens them, their tabs, places to choose from."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.core.errors import NotFound, Refused
from linli.deliberation import queries
from linli.deliberation.workflow import TopicState
from linli.territory import queries as territory
from linli.web.access import HANDLER_ROLES, Request
from linli.web.accounts import refuse
from linli.web.labels import label_of
from linli.web.people.shared import Tab

Result = TypeVar("Result")

READERS = ("SECRETARY", "STAFF", "SOCIAL_WORKER", "GRID_LEAD", "GRID_WORKER", "BUILDING_LEAD")
RUNNERS = ("SECRETARY", "STAFF")
SEATED = (*READERS, "OVERSEER", "CASE_OFFICER", *HANDLER_ROLES)
"""Who may sit for a party; which forums they see is asked by the queries."""

_TABS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("topics", _("Topics"), SEATED),
    ("opinions", _("Opinions"), READERS),
    ("meetings", _("Meetings"), SEATED),
    ("office_maps", _("Opinion maps"), READERS),
    ("votes", _("Votes"), SEATED),
    ("forums", _("Forums"), SEATED),
)
"""The pages of the office, in the order in which work comes in."""

_AFTERWARDS = (TopicState.CARRYING_OUT, TopicState.JUDGING, TopicState.CLOSED)


def show(
    request: Request, template: str, here: str, facts: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page of the office with its tabs; `here` is the name of the tab's address."""
    roles = request.actor.roles
    tabs = [
        Tab(label=said, url=reverse(name), is_here=name == here)
        for name, said, allowed in _TABS
        if roles.intersection(allowed)
    ]
    frame = {
        "tabs": tabs,
        "runs_forums": bool(roles.intersection(RUNNERS)),
        "raises_topics": bool(roles.intersection(READERS)),
    }
    return render(request, template, {**frame, **facts}, status=status)


def community_here(request: Request) -> Any:
    """Return the community that a page is about: one for which this person works, in any role.

    :raises NotFound: when there is none, or another one is asked for.
    """
    own = {one.community_id for one in request.actor.grants_of(roles=READERS)}
    wanted = request.GET.get("community") or request.POST.get("community") or ""
    for community in territory.communities():
        if community.pk in own and (not wanted or str(community.pk) == wanted):
            return community
    raise NotFound


def done(form: forms.Form, act: Callable[[dict[str, Any]], Result]) -> Result | None:
    """Do what a valid form asks for and return what came of it; None when the form says why not.

    `act` takes the cleaned data. A refusal stands in the form; what is not there is no form's.

    :raises NotFound: when `act` does; also NotEntitled.
    """
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return None


def path_shown(topic: Any) -> list[queries.PathStep]:
    """Return a topic's steps, and what follows publication everywhere, with how far it is."""
    state = TopicState(topic.state)
    steps = queries.path_of(topic=topic)
    if state is TopicState.DROPPED:
        return steps
    reached = _AFTERWARDS.index(state) if state in _AFTERWARDS else -1
    if state is TopicState.RETURNED:
        reached = 0
    after = [
        queries.PathStep(
            name=label_of(code=one, table="topic"),
            is_done=place < reached or state is TopicState.CLOSED,
            is_here=state is one and state is not TopicState.CLOSED,
        )
        for place, one in enumerate(_AFTERWARDS)
    ]
    return [*steps, *after]


def forum_choices(request: Request, *, community_id: int | None = None) -> list[tuple[int, str]]:
    """Return the running forums that this person sees, as choices of a form."""
    rows = queries.forums_at_work(actor=request.actor).filter(ended_at=None)
    if community_id is not None:
        rows = rows.filter(community_id=community_id)
    return [(one.pk, one.name) for one in rows.order_by("pk")]


def grid_choices(*, community_id: int) -> list[tuple[int, str]]:
    """Return a community's grids, as choices of a form."""
    return [
        (one.pk, one.name) for one in territory.list_areas(community_id=community_id, level="GRID")
    ]


def building_choices(*, community_id: int) -> list[tuple[int, str]]:
    """Return a community's buildings with their estates, as choices of a form."""
    rows = territory.list_buildings(community_id=community_id)
    return [(one.pk, f"{one.estate.name} {one.name}") for one in rows]
