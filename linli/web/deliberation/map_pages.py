"""For anybody: opinion maps — one statement at a time, and what has been drawn of the answers."""

import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.errors import NotFound, Refused
from linli.deliberation import queries
from linli.deliberation.drawing import SHOWN_LEAST
from linli.deliberation.queries import maps as found_maps
from linli.deliberation.services import maps as services
from linli.web import limits
from linli.web.access import Request
from linli.web.accounts import refuse, status_of
from linli.web.deliberation.map_drawing import HEIGHT, WIDTH, drawing_of
from linli.web.resident.community import choose, community_of, remember
from linli.web.roster.frame import number_of
from linli.web.workbooks import download

COOKIE = "linli_maps"
_SALT = "linli.opinion-maps"
_YEAR_SECONDS = 365 * 24 * 3600
ANSWERS_FIRST = 3
"""So many statements are answered before the map is shown: nobody is led by it."""
_VOTES = {"agree": 1, "disagree": -1, "pass": 0}

STATEMENTS_BY_ADDRESS = limits.Limit("map-statements", 20, limits.HOUR_SECONDS)

NEWCOMERS_BY_ADDRESS = limits.Limit("map-newcomers", 40, limits.HOUR_SECONDS)
"""Browsers that answer for the first time: a hall full of people shares an address."""


class TooManyNewcomers(Refused):
    """More browsers answer from here than people would."""

    sentence = _(
        "Many people began to answer from this network within an hour. Please use your telephone’s "
        "own network, or come back later."
    )
    status = 429


class TooManyStatements(Refused):
    """More came from here than people write by hand."""

    sentence = _("Many statements came from here within an hour. Please send yours later.")
    field = "text"


class StatementForm(forms.Form):
    """A statement of one's own."""

    text = forms.CharField(
        label=_("A statement of your own"),
        max_length=services.STATEMENT_MOST,
        help_text=_("One thought that others can agree with or not. Staff look at it first."),
        error_messages={"required": _("Please write your statement.")},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


# --- Who answers ------------------------------------------------------------------------------


def _key_of(request: Request) -> str:
    """Return the key by which this person answers; empty for somebody who never did."""
    if request.actor.account_id is not None:
        return f"account:{request.actor.account_id}"
    return str(request.get_signed_cookie(COOKIE, default="", salt=_SALT) or "")


def _keep_key(response: HttpResponse, key: str) -> None:
    response.set_signed_cookie(
        COOKIE,
        key,
        salt=_SALT,
        max_age=_YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


# --- Pages ------------------------------------------------------------------------------------


@require_safe
def list_page(request: Request) -> HttpResponse:
    """List the maps of a community."""
    community = community_of(request)
    if community is None:
        return choose(request)
    facts = {
        "community": community,
        "maps": found_maps.list_maps(actor=request.actor, community_id=community.pk),
    }
    page = render(request, "deliberation/maps.html", facts)
    return remember(request=request, response=page, community=community)


@require_safe
@never_cache
def show_map(request: Request, map_id: int) -> HttpResponse:
    """Ask the next statement, and show the map to whoever answered a few."""
    return _page(request, map_id, StatementForm())


def _page(request: Request, map_id: int, form: StatementForm) -> HttpResponse:
    found = queries.get_map(actor=request.actor, map_id=map_id)
    request.community = found.community
    key = _key_of(request)
    digest = services.participant_digest(map_id=map_id, key=key) if key else ""
    way = found_maps.way_of(map_id=map_id, key_digest=digest)
    is_shown = not found.is_open or way.answered >= min(ANSWERS_FIRST, way.total)
    drawing = None
    if is_shown:
        drawing = drawing_of(
            drawn=found.drawn,
            texts=found_maps.statement_texts(map_id=map_id),
            participant_id=way.participant_id,
        )
    facts = {
        "community": found.community,
        "map": found,
        "way": way,
        "form": form,
        "is_shown": is_shown,
        "drawing": drawing,
        "width": WIDTH,
        "height": HEIGHT,
        "first": min(ANSWERS_FIRST, way.total),
        "least": SHOWN_LEAST,
        "share": 100 * way.answered // way.total if way.total else 0,
    }
    return render(request, "deliberation/map.html", facts, status=status_of(form))


@require_POST
@never_cache
def vote(request: Request, map_id: int) -> HttpResponse:
    """Keep an answer and go on to the next statement."""
    queries.get_map(actor=request.actor, map_id=map_id)  # Says so if there is none for them.
    statement_id = number_of(request.POST.get("statement"))
    said = request.POST.get("vote", "")
    if statement_id is None or said not in _VOTES:
        raise NotFound
    response = redirect(reverse("map", args=[map_id]) + "#statement")
    known, address = _key_of(request), limits.address_of(request)
    key = known or secrets.token_urlsafe(24)
    try:
        if not known and NEWCOMERS_BY_ADDRESS.is_reached(key=address):
            raise TooManyNewcomers
        services.vote_statement(
            map_id=map_id,
            participant_key=key,
            statement_id=statement_id,
            vote=_VOTES[said],
            at=request.now,
        )
    except (services.MapClosed, TooManyNewcomers) as refused:
        messages.error(request, str(refused))
        return response
    if not known:
        NEWCOMERS_BY_ADDRESS.count(key=address)
    if request.actor.account_id is None:
        _keep_key(response, key)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def add_statement(request: Request, map_id: int) -> HttpResponse:
    """Send one's own statement in; staff look at it before others see it."""
    if request.method != "POST":
        return redirect("map", map_id=map_id)
    form = StatementForm(request.POST)
    if form.is_valid():
        address = limits.address_of(request)
        try:
            if STATEMENTS_BY_ADDRESS.is_reached(key=address):
                raise TooManyStatements
            services.add_statement(
                map_id=map_id,
                text=form.cleaned_data["text"],
                actor=request.actor,
                at=request.now,
            )
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
        else:
            STATEMENTS_BY_ADDRESS.count(key=address)
            messages.success(request, _("Thank you. Once staff have looked at it, others see it."))
            return redirect("map", map_id=map_id)
    return _page(request, map_id, form)


@require_safe
@never_cache
def votes_file(request: Request, map_id: int) -> HttpResponse:
    """Hand out the answers, so that anybody can redraw the map."""
    text = found_maps.votes_file(actor=request.actor, map_id=map_id)
    return _csv(text, "VOTES.csv")


@require_safe
@never_cache
def statements_file(request: Request, map_id: int) -> HttpResponse:
    """Hand out the statements, so that anybody can redraw the map."""
    text = found_maps.statements_file(actor=request.actor, map_id=map_id)
    return _csv(text, "STATEMENTS.csv")


def _csv(text: str, name: str) -> HttpResponse:
    # With the mark at its front WPS and Excel read the Chinese; the command reads over it.
    content = ("\ufeff" + text).encode()
    return download(content=content, name=name, media_type="text/csv; charset=utf-8")


urlpatterns: list[Any] = [
    path("deliberate/maps/", list_page, name="maps"),
    path("deliberate/maps/<int:map_id>/", show_map, name="map"),
    path("deliberate/maps/<int:map_id>/vote/", vote, name="vote_statement"),
    path("deliberate/maps/<int:map_id>/statements/", add_statement, name="add_statement"),
    path("deliberate/maps/<int:map_id>/VOTES.csv", votes_file, name="map_votes"),
    path("deliberate/maps/<int:map_id>/STATEMENTS.csv", statements_file, name="map_statements"),
]
