"""What a phone needs to work without a network: a service worker, and which pages to keep.

The worker asks for the list when there is a network and fetches the pages on it whose version it
does not have, with the header ``X-Linli-Keep``. How long they may stay: docs/decisions/0032.
"""

import hashlib
from functools import cache
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from allauth.account.views import LogoutView
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.core.clocks import SHANGHAI
from linli.people import queries as people
from linli.visits import queries as visits
from linli.web.access import FIELD_ROLES, Request

HOUSEHOLDS_MOST = 50
"""How many of one's households are kept; more would keep an office's PC busy for a minute."""

_ROLES = frozenset((*FIELD_ROLES, "SOCIAL_WORKER", "STAFF", "SECRETARY"))
_SCRIPTS = Path(__file__).parent / "static" / "js"


@require_safe
def worker(_request: HttpRequest) -> HttpResponse:
    """Give the service worker, which may look after every address here."""
    response = HttpResponse(_worker_script(), content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    response["Cache-Control"] = "private, no-cache"
    return response


@never_cache
@require_safe
def state(request: Request) -> HttpResponse:
    """Say who is signed in, with a fresh token for forms, and which pages their day needs."""
    release = _release()
    return JsonResponse(
        {
            "account": str(request.actor.account_id or ""),
            "token": get_token(request),
            "release": release,
            "pages": [
                {"url": url, "version": _digest(release, version)}
                for url, version in _pages(request).items()
            ],
        }
    )


@require_safe
def no_page(request: HttpRequest) -> HttpResponse:
    """Say that there is no network and that this page is not kept here."""
    return render(request, "field/offline.html")


class SignOut(LogoutView):  # type: ignore[misc]  # allauth has no types here
    """Signing out leaves nothing in the browser; its own script has cleared up before."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session and tell the browser to throw away what this site stored."""
        response: HttpResponse = super().post(*args, **kwargs)
        response["Clear-Site-Data"] = '"storage"'
        return response


def _pages(request: Request) -> dict[str, str]:
    """Return the addresses to keep, each with what its content hangs on as far as is known.

    Lists change with everything and are asked for each time; so is each page once an hour.
    """
    actor = request.actor
    if not _ROLES & actor.roles:
        return {}
    day = people.local_day(at=request.now)
    now, hour = str(request.now.timestamp()), request.now.astimezone(SHANGHAI).isoformat()[:13]
    pages = {reverse("offline"): ""}
    pages |= {reverse(name): now for name in ("field", "field_visits", "my_ties")}
    pages[reverse("field_report")] = hour
    for row in visits.due_visits(actor=actor, on=day):
        seen = (hour, row.visit.state, row.visit.attempt, row.visit.household.version)
        pages[reverse("field_visit", args=[row.visit.pk])] = str(seen)
    ties = [row.tie for row in people.my_ties(actor=actor, on=day)[:HOUSEHOLDS_MOST]]
    pages |= {reverse("tie", args=[tie.pk]): hour for tie in ties}
    households = people.households_open_to(actor=actor)
    for household in households.filter(pk__in=[tie.household_id for tie in ties]):
        pages[reverse("household", args=[household.pk])] = f"{hour} {household.version}"
    return pages


@cache
def _worker_script() -> bytes:
    return b"\n".join((_SCRIPTS / name).read_bytes() for name in ("kept.js", "worker.js"))


@cache
def _static_digest() -> str:
    found = Path(settings.STATIC_ROOT) / "staticfiles.json"
    return hashlib.sha256(found.read_bytes()).hexdigest() if found.exists() else ""


def _release() -> str:
    """Return what every kept page and script hangs on: the program and the language."""
    return _digest(version_of("linli"), _static_digest(), get_language() or "")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


urlpatterns = [
    path("offline/", no_page, name="offline"),
    path("offline/state/", state, name="offline_state"),
    path("offline/worker.js", worker, name="offline_worker"),
]
