"""Which community a resident's page is for."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from linli.core.errors import NotFound
from linli.territory import queries as territory
from linli.web.access import Request

COOKIE = "linli_community"
_YEAR_SECONDS = 365 * 24 * 3600


def community_of(request: Request) -> Any | None:
    """Return the community that was asked for, chosen before, or is the only one; else None.

    :raises NotFound: when one is asked for that is not here.
    """
    request.community = _community_of(request)
    return request.community


def _community_of(request: Request) -> Any | None:
    found = {str(area.pk): area for area in territory.communities()}
    asked = request.POST.get("community") or request.GET.get("community")
    if asked:
        if asked not in found:
            raise NotFound
        return found[asked]
    if len(found) == 1:
        return next(iter(found.values()))
    return found.get(request.COOKIES.get(COOKIE, ""))


def remember(*, request: Request, response: HttpResponse, community: Any) -> HttpResponse:
    """Let this browser come back to a community that was picked from the list."""
    if "community" in request.GET:
        response.set_cookie(
            COOKIE,
            str(community.pk),
            max_age=_YEAR_SECONDS,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


def choose(request: Request) -> HttpResponse:
    """Ask which community it is about; also the page of an installation that has none yet."""
    found = territory.communities()
    return render(request, "resident/choose.html", {"communities": found})


def office_phone_of(community: Any, fallback: str) -> str:
    """Return the number of the community's office, or the installation's."""
    profile = getattr(community, "profile", None)
    return (profile.office_phone if profile is not None else "") or fallback
