"""What every page knows besides its own subject: its face, the ways out of it, and the settings."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.core.actor import NOBODY, Actor, ActorKind
from linli.notify import queries as messages
from linli.territory import queries as territory
from linli.web.access import (
    DESK,
    DESK_ROLES,
    FACES,
    FIELD,
    HANDLER,
    OVERVIEW,
    OVERVIEW_ROLES,
    RESIDENT,
    Face,
    face_of,
)

LARGE_TYPE_COOKIE = "linli_large_type"
KEEP_HEADER = "X-Linli-Keep"
"""With it a phone's service worker fetches what it shows when there is no network."""


@dataclass(frozen=True, slots=True)
class Link:
    """One way out of the frame. `roles` empty means everybody who has the face.

    `under` is what the addresses of its pages begin with, where they do not begin with its own.
    """

    label: str | Promise
    path: str
    icon: str
    roles: tuple[str, ...] = ()
    under: str = ""

    @property
    def start(self) -> str:
        """Return what the addresses under it begin with."""
        return self.under or self.path


_OFFICE_ROLES = (*DESK_ROLES, "GRID_LEAD", "OVERSEER")
_VISIT_ROLES = ("SECRETARY", "STAFF", "SOCIAL_WORKER", "GRID_LEAD")
_ROSTER_ROLES = ("SECRETARY", "STAFF", "SOCIAL_WORKER", "GRID_LEAD")
BOARD = "/board/"
_FORUMS = "/forums/"
_OFFICE_LINKS = (
    Link(_("Matters"), "/desk/", "inbox", (*DESK_ROLES, "OVERSEER")),
    Link(_("Lists"), "/lists/", "clipboard-list", _OFFICE_ROLES),
    Link(_("Places"), "/places/", "map-2", _OFFICE_ROLES),
    Link(_("Roster"), "/residents/", "id", _ROSTER_ROLES),
    Link(_("Visits"), "/visits/", "door", _VISIT_ROLES),
    Link(_("Deliberation"), "/forums/topics/", "message", _OFFICE_ROLES, under=_FORUMS),
    Link(_("People"), "/people/", "users", _OFFICE_ROLES),
    Link(_("Overview"), "/overview/", "chart-bar", OVERVIEW_ROLES),
)
_LINKS: dict[str, tuple[Link, ...]] = {
    RESIDENT.code: (
        Link(_("Home"), "/", "home"),
        Link(_("Report"), "/report/", "camera"),
        Link(_("Deliberate"), "/deliberate/", "message"),
        Link(_("Public board"), BOARD, "list-details"),
    ),
    FIELD.code: (
        Link(_("Today"), "/field/", "home"),
        Link(_("Visits"), "/field/visits/", "door"),
        Link(_("Deliberation"), "/forums/topics/", "message", under=_FORUMS),
        Link(_("Roster"), "/residents/", "id"),
        Link(_("Messages"), "/messages/", "bell"),
    ),
    HANDLER.code: (
        Link(_("Orders"), "/orders/", "inbox"),
        Link(_("Deliberation"), "/forums/topics/", "message", under=_FORUMS),
        Link(_("Messages"), "/messages/", "bell"),
        Link(_("People"), "/people/", "users", ("HANDLER_LEAD",)),
    ),
    DESK.code: _OFFICE_LINKS,
    OVERVIEW.code: _OFFICE_LINKS,
}


class Shell:
    """The frame around a page. What costs a query is asked only when the frame shows it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.actor: Actor = getattr(request, "actor", NOBODY)
        self.is_signed_in = self.actor.kind == ActorKind.ACCOUNT
        self.account = request.user if self.is_signed_in else None

    @cached_property
    def community(self) -> Any:
        """Return the community this page is for: its own, the person's, or the only one here."""
        if (of_page := getattr(self._request, "community", None)) is not None:
            return of_page
        found = territory.communities()
        own = [area for area in found if area.pk in self.actor.community_ids]
        if len(own) == 1:
            return own[0]
        return found[0] if len(found) == 1 else None

    @property
    def community_name(self) -> str:
        """Return what stands in the corner of every page; nothing where there are several."""
        return "" if self.community is None else self.community.name

    @property
    def office_phone(self) -> str:
        """Return the number to call instead: the community's own, or the installation's."""
        profile = getattr(self.community, "profile", None)
        return (profile.office_phone if profile else "") or str(settings.OFFICE_PHONE)

    @property
    def has_board(self) -> bool:
        """Tell whether the community turned its public board on."""
        return bool(getattr(getattr(self.community, "profile", None), "public_board", False))

    @cached_property
    def unread_count(self) -> int:
        """Return how many messages wait to be read."""
        return messages.unread_count(actor=self.actor)

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """Return the faces this person may switch between."""
        return face_of(actor=self.actor)

    @cached_property
    def face(self) -> Face:
        """Return the face this page belongs to.

        Registers belong to no face alone: they are shown in the first one the person has.
        """
        path = self._request.path
        for face in FACES:
            if path.startswith(face.path) and face in self.faces:
                return face
        if path.startswith(_SHARED):
            return self.faces[0]
        return RESIDENT

    @property
    def base(self) -> str:
        """Return the template that a page shared by several faces extends."""
        return self.face.base

    @property
    def links(self) -> list[tuple[Link, bool]]:
        """Return the face's ways out, each with whether it is the one this page is under."""
        roles = self.actor.roles
        shown = [
            link
            for link in _LINKS[self.face.code]
            if (not link.roles or roles.intersection(link.roles))
            and (link.path != BOARD or self.has_board)
        ]
        path = self._request.path
        under = (link.start for link in shown if _is_under(path, link.start))
        here = max(under, key=len, default="")
        return [(link, link.start == here) for link in shown]

    @cached_property
    def is_large(self) -> bool:
        """Tell whether this browser, or this account, asked for large type."""
        chosen = self._request.COOKIES.get(LARGE_TYPE_COOKIE)
        if chosen in ("0", "1"):
            return chosen == "1"
        return bool(getattr(self.account, "large_type", False))

    @property
    def languages(self) -> list[tuple[str, str, bool]]:
        """Return code, own name and whether it is in use, for each language."""
        own_names = {"zh-hans": "中文", "en": "English"}
        used = getattr(self._request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
        return [(code, own_names[code], code == used) for code, _name in settings.LANGUAGES]

    @property
    def is_kept(self) -> bool:
        """Tell whether a phone fetches this page to show it when there is no network."""
        return self.is_signed_in and KEEP_HEADER in self._request.headers

    @property
    def now(self) -> Any:
        """Return the moment of this page."""
        return getattr(self._request, "now", None)

    @property
    def kept_hours(self) -> tuple[int, int]:
        """Return how long a phone keeps pages, and what was never sent."""
        return settings.OFFLINE_HOURS, settings.OFFLINE_UNSENT_HOURS

    @property
    def here(self) -> str:
        """Return where a switch in the frame comes back to."""
        return self._request.get_full_path() if self._request.method == "GET" else "/"


_SHARED = (
    "/places/",
    "/people/",
    "/residents/",
    "/visits/",
    "/forums/",
    "/lists/",
    "/messages/",
    "/trace/",
    "/matters/",
    "/desk/",
    "/account/",
)
"""Addresses that people of several faces open."""


def _is_under(path: str, start: str) -> bool:
    return path == start if start == "/" else path.startswith(start)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what the page frame needs."""
    return {
        "shell": Shell(request),
        "tile_url": settings.TILE_URL,
        "tile_attribution": settings.TILE_ATTRIBUTION,
    }
