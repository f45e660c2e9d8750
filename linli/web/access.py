"""Who may open which page, and which faces a person has.

Somebody without the role gets the same 404 as for an address that does not exist. Only addresses
that plainly belong to staff send a visitor who is not signed in to the sign-in page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from linli.core.actor import Actor, ActorKind
from linli.core.errors import NotFound

DESK_ROLES = ("SECRETARY", "STAFF", "SOCIAL_WORKER", "CASE_OFFICER")
FIELD_ROLES = ("GRID_LEAD", "GRID_WORKER", "BUILDING_LEAD")
HANDLER_ROLES = ("HANDLER", "HANDLER_LEAD")
OVERVIEW_ROLES = ("SECRETARY", "OVERSEER", "STAFF", "GRID_LEAD")

STAFF_ADDRESSES = (
    "/field/",
    "/orders/",
    "/matters/",
    "/desk/",
    "/overview/",
    "/places/",
    "/people/",
    "/residents/",
    "/visits/",
    "/forums/",
    "/lists/",
    "/messages/",
    "/account/",
)
"""Where nothing is for the public, so that asking to sign in gives nothing away."""

P = ParamSpec("P")


class Request(HttpRequest):
    """A request after the middleware: it knows who asks and when."""

    actor: Actor
    now: Any  # an aware datetime; HttpRequest has no room for a narrower promise
    htmx: HtmxDetails
    community: Any  # the community a resident's page turned out to be for


@dataclass(frozen=True, slots=True)
class Face:
    """One of the five ways in: where it opens and who has it."""

    code: str
    name: str | Promise
    path: str
    icon: str
    roles: tuple[str, ...]

    @property
    def base(self) -> str:
        """Return the template that its pages extend."""
        return f"base_{self.code}.html"


DESK = Face("desk", _("Desk"), "/desk/", "inbox", DESK_ROLES)
FIELD = Face("field", _("Field"), "/field/", "walk", FIELD_ROLES)
HANDLER = Face("handler", _("Orders"), "/orders/", "tool", HANDLER_ROLES)
OVERVIEW = Face("overview", _("Overview"), "/overview/", "chart-bar", OVERVIEW_ROLES)
RESIDENT = Face("resident", _("Residents"), "/", "home", ())
FACES = (DESK, FIELD, HANDLER, OVERVIEW)
"""The faces that need a role, in the order in which one of them opens after sign-in."""


def face_of(*, actor: Actor) -> tuple[Face, ...]:
    """Return the faces a person has, the one that opens first in front.

    Everybody has the residents' face; it comes last.
    """
    roles = actor.roles
    return (*(face for face in FACES if roles.intersection(face.roles)), RESIDENT)


def home_path(*, actor: Actor) -> str:
    """Return where somebody begins after signing in."""
    return face_of(actor=actor)[0].path


def signed_in(
    view: Callable[Concatenate[Request, P], HttpResponse],
) -> Callable[Concatenate[Request, P], HttpResponse]:
    """Let only people with an account in; ask others to sign in, or tell them nothing."""

    @wraps(view)
    def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.actor.kind != ActorKind.ACCOUNT:
            return _ask_to_sign_in(request)
        return view(request, *args, **kwargs)

    return guarded


def for_roles(
    *roles: str,
) -> Callable[
    [Callable[Concatenate[Request, P], HttpResponse]],
    Callable[Concatenate[Request, P], HttpResponse],
]:
    """Let only people in who hold one of these roles somewhere; for others there is nothing here.

    Whether it is held at the right place is asked by the query that loads the page's subject.
    """
    wanted = frozenset(roles)

    def decorate(
        view: Callable[Concatenate[Request, P], HttpResponse],
    ) -> Callable[Concatenate[Request, P], HttpResponse]:
        @wraps(view)
        def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.actor.kind != ActorKind.ACCOUNT:
                return _ask_to_sign_in(request)
            if not wanted & request.actor.roles:
                raise NotFound
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def _ask_to_sign_in(request: Request) -> HttpResponse:
    if not request.path.startswith(STAFF_ADDRESSES):
        raise NotFound
    if request.htmx:
        # The session ended while the page was open: the whole page goes, not a piece of it.
        here = _page_around(request) or request.path
        return HttpResponseClientRedirect(redirect_to_login(here, settings.LOGIN_URL).url)
    back = request.get_full_path() if request.method == "GET" else request.path
    return redirect_to_login(back, settings.LOGIN_URL)


def _page_around(request: Request) -> str | None:
    """Return the page of ours that a piece was asked from."""
    try:
        return request.htmx.current_url_abs_path
    except ValueError:  # The header holds no address.
        return None
