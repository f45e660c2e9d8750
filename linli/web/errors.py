"""Error pages: what happened, what to do, and a way back. Nobody is left with a bare number."""

import logging
import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.core.answering import TITLES
from linli.core.errors import NotFound, Refused
from linli.core.logs import view_of
from linli.core.trouble import SENTENCES, Trouble, trouble_of

logger = logging.getLogger(__name__)

_NEVER_KEPT = ("password", "login", "code", "csrfmiddlewaretoken", "token_secret")
_KEPT_MAX = 200


def in_trouble(request: HttpRequest, error: BaseException, trouble: Trouble) -> HttpResponse:
    """Say what is the matter with the house, and keep what somebody typed to be sent again."""
    level = logging.WARNING if trouble is Trouble.BUSY else logging.ERROR
    # Neither the address nor the database's words: both may hold what somebody typed.
    logger.log(level, "%s at %s: %s", trouble.value, view_of(request=request), type(error).__name__)
    response = _answer(
        request,
        status=503,
        title=TITLES[503],
        sentence=SENTENCES[trouble],
        kept=_kept(request),
    )
    response.headers["Retry-After"] = str(trouble.retry_seconds)
    response.headers["Cache-Control"] = "no-store"
    return response


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """Return the page, or the piece of a page, for a rule that says no."""
    if isinstance(error, NotFound):
        return _answer(request, status=404, title=TITLES[404], sentence=str(error))
    return _answer(
        request,
        status=error.status,
        title=TITLES.get(error.status, _("This cannot be done now")),
        sentence=str(error),
    )


def not_found(
    request: HttpRequest,
    exception: Exception,  # noqa: ARG001  # Django gives it by this name
) -> HttpResponse:
    """Django's handler404: no such address."""
    return _answer(request, status=404, title=TITLES[404], sentence=NotFound.sentence)


def bad_request(
    request: HttpRequest,
    exception: Exception,  # noqa: ARG001  # Django gives it by this name
) -> HttpResponse:
    """Django's handler400: too large, or not what a browser sends."""
    sentence = _("Please go back and try again.")
    return _answer(request, status=400, title=TITLES[400], sentence=sentence)


def forbidden(
    request: HttpRequest,
    exception: Exception,  # noqa: ARG001  # Django gives it by this name
) -> HttpResponse:
    """Django's handler403."""
    return _answer(request, status=403, title=TITLES[403], sentence=NotFound.sentence)


def fault(request: HttpRequest) -> HttpResponse:
    """Django's handler500: our fault. It asks no database, which may be what is broken."""
    error = sys.exc_info()[1]
    trouble = trouble_of(error)
    if error is not None and trouble is not None:
        return in_trouble(request, error, trouble)
    return _answer(request, status=500, title=TITLES[500], sentence=_FAULT)


def csrf_failure(
    request: HttpRequest,
    reason: str = "",  # noqa: ARG001  # Django gives it by this name
) -> HttpResponse:
    """Say that the page was open too long, or that cookies are off."""
    return _answer(request, status=403, title=_("This page was open too long"), sentence=_STALE)


def _answer(
    request: HttpRequest,
    *,
    status: int,
    title: str | Promise,
    sentence: str | Promise,
    kept: dict[str, Any] | None = None,
) -> HttpResponse:
    facts: dict[str, Any] = {
        "status": status,
        "title": title,
        "sentence": sentence,
        "advice": _ADVICE.get(status, ""),
        "back": _back(request),
        "kept": kept,
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


def _kept(request: HttpRequest) -> dict[str, Any] | None:
    """Return a posted form as it can be sent again, or None where there is none to keep.

    A browser may have dropped what was typed: pages of people who signed in are not stored.
    """
    if request.method != "POST" or getattr(request, "htmx", None):
        return None
    try:
        fields = [(name, value) for name, values in request.POST.lists() for value in values]
        files = list(request.FILES)
        token = get_token(request)
    except Exception:  # a body that could not be read through, such as for want of room
        return None
    names = {name.lower() for name, _value in fields}
    if len(fields) > _KEPT_MAX or any("password" in name or name == "login" for name in names):
        return None
    return {
        "path": request.get_full_path(),
        "fields": [(name, value) for name, value in fields if name not in _NEVER_KEPT],
        "files": files,
        "token": token,
    }


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


_FAULT = _("Something went wrong on our side and your step was not saved. It has been noted down.")
_STALE = _(
    "For your safety a page is valid for a limited time. Please go back, reload the page and try "
    "again. If it happens again, allow cookies for this site."
)
_ADVICE: dict[int, str | Promise] = {
    404: _("The address may be mistyped or no longer valid."),
    409: _("Somebody else may have been faster. Reload the page to see how things stand."),
}
