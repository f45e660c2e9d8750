"""Error pages: what happened, what to do, and a way back. Nobody is left with a bare number."""

import logging
import sys
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.core.errors import NotFound, Refused

logger = logging.getLogger(__name__)

BUSY_RETRY_SECONDS = 5

# PostgreSQL's codes for "try again": serialization failure, deadlock, lock not available, too
# many connections, starting up or shutting down, connection lost.
_BUSY_CODES = frozenset(
    {"40001", "40P01", "55P03", "53300", "57P01", "57P03", "08000", "08001", "08003", "08006"}
)


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """Return the page, or the piece of a page, for a rule that says no."""
    if isinstance(error, NotFound):
        return _answer(request, status=404, title=_TITLES[404], sentence=str(error))
    return _answer(
        request,
        status=error.status,
        title=_TITLES.get(error.status, _("This cannot be done now")),
        sentence=str(error),
    )


def busy(request: HttpRequest, error: OperationalError) -> HttpResponse:
    """Say that too many people write at once, and that nothing was lost on our side."""
    logger.warning("database busy at %s: %s", request.path, error)
    response = _answer(request, status=503, title=_TITLES[503], sentence=_BUSY)
    response.headers["Retry-After"] = str(BUSY_RETRY_SECONDS)
    return response


def is_busy(error: OperationalError) -> bool:
    """Tell whether the same request may well succeed in a moment."""
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None)
    if code is not None:
        return code in _BUSY_CODES
    text = str(error).lower()
    return any(word in text for word in ("locked", "busy", "timeout", "connection"))


def not_found(
    request: HttpRequest,
    exception: Exception,  # noqa: ARG001  # Django gives it by this name
) -> HttpResponse:
    """Django's handler404: no such address."""
    return _answer(request, status=404, title=_TITLES[404], sentence=NotFound.sentence)


def bad_request(
    request: HttpRequest,
    exception: Exception,  # noqa: ARG001  # Django gives it by this name
) -> HttpResponse:
    """Django's handler400: too large, or not what a browser sends."""
    sentence = _("Please go back and try again.")
    return _answer(request, status=400, title=_TITLES[400], sentence=sentence)


def forbidden(
    request: HttpRequest,
    exception: Exception,  # noqa: ARG001  # Django gives it by this name
) -> HttpResponse:
    """Django's handler403."""
    return _answer(request, status=403, title=_TITLES[403], sentence=NotFound.sentence)


def fault(request: HttpRequest) -> HttpResponse:
    """Django's handler500: our fault. It asks no database, which may be what is broken."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError) and is_busy(error):
        return busy(request, error)
    return _answer(request, status=500, title=_TITLES[500], sentence=_FAULT)


def csrf_failure(
    request: HttpRequest,
    reason: str = "",  # noqa: ARG001  # Django gives it by this name
) -> HttpResponse:
    """Say that the page was open too long, or that cookies are off."""
    return _answer(request, status=403, title=_("This page was open too long"), sentence=_STALE)


def _answer(
    request: HttpRequest, *, status: int, title: str | Promise, sentence: str | Promise
) -> HttpResponse:
    facts: dict[str, Any] = {
        "status": status,
        "title": title,
        "sentence": sentence,
        "advice": _ADVICE.get(status, ""),
        "back": _back(request),
    }
    if getattr(request, "htmx", None):
        # The page stays as it is, with everything typed; the sentence appears in its notices.
        body = render_to_string("errors/_refused.html", facts)
        response = HttpResponse(body, status=status)
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "innerHTML show:top"
        return response
    # What is broken may be what the frame of a page asks for: then only the bare frame is safe.
    with_frame = None if status >= 500 else request
    return HttpResponse(render_to_string("errors/error.html", facts, with_frame), status=status)


def _back(request: HttpRequest) -> str:
    """Return the page somebody came from, if it is one of ours and another than this."""
    referer = request.META.get("HTTP_REFERER", "")
    try:
        own = f"{request.scheme}://{request.get_host()}"
    except Exception:  # a host that is not allowed: there is no way back
        return ""
    path = str(referer.removeprefix(own))
    # Two slashes would lead to another host.
    is_ours = referer.startswith(own + "/") and not path.startswith("//")
    return path if is_ours and path != request.get_full_path() else ""


_BUSY = _(
    "Many people are using Linli at this moment and your step was not saved. "
    "Please go back and try again in a few seconds."
)
_FAULT = _("Something went wrong on our side and your step was not saved. It has been noted down.")
_STALE = _(
    "For your safety a page is valid for a limited time. Please go back, reload the page and try "
    "again. If it happens again, allow cookies for this site."
)
_TITLES: dict[int, str | Promise] = {
    400: _("We could not read this request"),
    403: _("This is not yours to do"),
    404: _("There is nothing here"),
    409: _("This cannot be done now"),
    410: _("This is no longer in use"),
    413: _("That is too large"),
    422: _("Please check what you entered"),
    429: _("Please wait a little"),
    500: _("Something went wrong"),
    503: _("Please try again in a moment"),
}
_ADVICE: dict[int, str | Promise] = {
    404: _("The address may be mistyped or no longer valid."),
    409: _("Somebody else may have been faster. Reload the page to see how things stand."),
}
