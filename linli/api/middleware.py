"""What surrounds every request of a program: no cookies, its language, and one shape for errors."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from linli.api import problems
from linli.api.problems import MEDIA_TYPE, BodyTooLarge, LengthMissing, TextNotUsable

PREFIX = "/api/v"
_SPARE_BYTES = 1024 * 1024  # what a form adds around its file
_OURS = ("content-type", "content-length", "content-language")


class ApiMiddleware:
    """Take cookies away and see that even what Django itself refuses is said as a program reads it.

    A browser that follows a link of somebody else's page brings its cookies along: here they count
    for nothing, so there is nothing to forge.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a program; other requests pass as they are."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        language = language_of(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
        # The language stands where the pages' middleware looks for it.
        request.COOKIES = {settings.LANGUAGE_COOKIE_NAME: language}
        # HEAD is GET without the body, which the server leaves out (RFC 9110, 9.3.2).
        is_head = request.method == "HEAD"
        request.method = "GET" if is_head else request.method
        with translation.override(language):
            response = self._refused(request) or self.get_response(request)
            if response.status_code >= 400 and not _is_ours(response):
                response = _reworded(response)
        response.headers["Vary"] = "Accept-Language, Authorization"
        response.headers.setdefault("Content-Language", language)
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response.cookies.clear()
        request.method = "HEAD" if is_head else request.method
        return response

    def _refused(self, request: HttpRequest) -> HttpResponse | None:
        """Return the answer for what need not be looked at."""
        if "%00" in request.META.get("QUERY_STRING", ""):
            return problems.refused(TextNotUsable())
        if not request.META.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" in request.META:
            return problems.refused(LengthMissing())
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.PHOTO_BYTES_MAX + _SPARE_BYTES:
            return problems.refused(BodyTooLarge())
        return None


def language_of(header: str) -> str:
    """Return the first of our languages that a caller asks for; Chinese when there is none."""
    for wanted, _weight in parse_accept_lang_header(header[:200].lower()):
        for code in ("zh", "en"):
            if wanted.partition("-")[0] == code:
                return "en" if code == "en" else settings.LANGUAGE_CODE
    return str(settings.LANGUAGE_CODE)


def _is_ours(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith(MEDIA_TYPE)


def _reworded(response: HttpResponse) -> HttpResponse:
    """Say a page for people as programs read it; what the headers say stays."""
    kept = {name: value for name, value in response.headers.items() if name.lower() not in _OURS}
    return problems.of_status(response.status_code, headers=kept)
