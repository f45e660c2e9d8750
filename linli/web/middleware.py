"""Who asks, in which language, and what a refusal looks like."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone, translation

from linli.core.actor import ActorKind
from linli.core.errors import Refused
from linli.core.trouble import trouble_of
from linli.people import queries as people
from linli.web import errors
from linli.web.access import Request

GetResponse = Callable[[HttpRequest], HttpResponse]


class NullMiddleware:
    """Drop null characters from the query: no text has them, and PostgreSQL takes none."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hand the request on without them."""
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query:
            request.META["QUERY_STRING"] = query.replace("%00", "")
        return self.get_response(request)


class LanguageMiddleware:
    """Chinese, unless this person or this browser chose otherwise; never a guess.

    An account's choice is put into the cookie when it signs in, so this asks no database.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the language of this browser."""
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = {code for code, _ in settings.LANGUAGES}
        language = chosen if chosen in known else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class ActorMiddleware:
    """Give every request its time and its actor, so that nothing further in reads the clock."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Say who asks, and when."""
        known = cast(Request, request)
        known.now = timezone.now()
        known.actor = people.actor_of_user(user=request.user, at=known.now)
        response = self.get_response(request)
        if known.actor.kind == ActorKind.ACCOUNT:
            # Offices share machines: after signing out, “back” must not show what was open.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class ErrorMiddleware:
    """Turn a refusal, or a house in trouble, into a page that says what to do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; refusals come back through `process_exception`."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for what was anticipated; leave everything else to the page for faults."""
        if isinstance(error, Refused):
            return errors.refused(request, error)
        if isinstance(error, UnreadablePostError):  # The other side is gone, or was too slow.
            return errors.bad_request(request, error)
        trouble = trouble_of(error)
        return None if trouble is None else errors.in_trouble(request, error, trouble)
