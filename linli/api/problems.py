"""One shape for everything that goes wrong: application/problem+json, in the caller's language.

Source: RFC 9457. `code` is for programs and never changes; `title` and `detail` are for people.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from linli.api import wording
from linli.core.answering import TITLES
from linli.core.errors import Invalid, NotFound, Refused, Several
from linli.core.logs import view_of
from linli.core.trouble import SENTENCES, trouble_of

MEDIA_TYPE = "application/problem+json"
logger = logging.getLogger(__name__)


class TokenMissing(Refused):
    """No token was shown."""

    sentence = _(
        "Please show a token: “Authorization: Bearer …”. Tokens are made under “My account”."
    )
    status = 401


class TokenInvalid(Refused):
    """The token is unknown, ended or was ended."""

    sentence = _("This token is not valid, or no longer. Please make a new one.")
    status = 401


class ScopeMissing(Refused):
    """The token may not do this."""

    sentence = _("This token has no scope %(scope)s. Please use another token.")
    status = 403


class HttpsRequired(Refused):
    """The token came over plain HTTP."""

    sentence = _("Tokens are taken over HTTPS only. Please make a new one: this one was readable.")
    status = 403


class TooManyRequests(Refused):
    """More requests came than one token may send, or too many with wrong tokens."""

    sentence = _("Too many requests came from here. Please wait and send fewer.")
    status = 429


class RequestUnreadable(Refused):
    """The body is not what it says."""

    sentence = _("The body of this request could not be read as JSON in UTF-8.")
    status = 400


class MediaTypeNotTaken(Refused):
    """The body comes in another format."""

    sentence = _("Please send %(wanted)s.")
    status = 415


class BodyTooLarge(Refused):
    """More bytes than can be taken."""

    sentence = _("The body of this request is too large.")
    status = 413


class LengthMissing(Refused):
    """A body in chunks: it would be read as an empty one."""

    sentence = _("Please send the header Content-Length; a body in chunks is not taken.")
    status = 411


class RequestInvalid(Invalid):
    """The request does not fit the description in openapi.json."""

    sentence = _("This request does not fit its description. Every fault is named in “errors”.")


class QueryUnknown(RequestInvalid):
    """A parameter that there is not: a typing error would otherwise pass in silence."""

    sentence = _("There is no such parameter here.")


class TextNotUsable(RequestInvalid):
    """A null character, or half of a character."""

    sentence = _("A text holds a character that no text can have.")


class MethodNotTaken(Refused):
    """The address is there, but not for this method."""

    sentence = _("This address does not take this method.")
    status = 405


@dataclass(frozen=True, slots=True)
class Fault:
    """One field at fault: `pointer` into the body (RFC 6901) or the name of a parameter."""

    pointer: str
    detail: str
    code: str
    where: str = "body"

    def as_json(self) -> dict[str, str]:
        """Return it as the body of the answer says it."""
        return {
            "in": self.where,
            "pointer": self.pointer,
            "detail": self.detail,
            "code": self.code,
        }


def problem(
    *,
    status: int,
    code: str,
    detail: str,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return an answer that says what went wrong."""
    said: dict[str, Any] = {
        "type": f"urn:linli:problem:{code}",
        "title": str(TITLES.get(status, TITLES[400 if status < 500 else 500])),
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [fault.as_json() for fault in faults],
    }
    body = json.dumps(said, ensure_ascii=False)
    response = HttpResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers)
    response.headers["Content-Language"] = get_language() or ""
    response.headers["Cache-Control"] = "no-store"
    return response


def refused(error: Refused) -> HttpResponse:
    """Return the answer for a rule that says no."""
    faults = [_fault_of(fault) for fault in getattr(error, "faults", [])]
    if error.field and not isinstance(error, Several):
        faults = [_fault_of(error)]
    return problem(
        status=error.status,
        code=error.code,
        detail=str(error),
        faults=faults,
        headers=_headers_of(error),
    )


_OUTSIDE_BODIES = {"Idempotency-Key": "header", "after": "query"}


def _fault_of(error: Refused) -> Fault:
    where = _OUTSIDE_BODIES.get(error.field)
    if where is not None:
        return Fault(error.field, str(error), error.code, where)
    # A service may be asked for reason_id and speak of its reason.
    return Fault(f"#/{error.field}" if error.field else "", str(error), error.code)


def _headers_of(error: Refused) -> dict[str, str]:
    match error:
        case TokenMissing():
            return {"WWW-Authenticate": 'Bearer realm="linli"'}
        case TokenInvalid():
            return {"WWW-Authenticate": 'Bearer realm="linli", error="invalid_token"'}
        case ScopeMissing():
            asked = f'error="insufficient_scope", scope="{error.facts["scope"]}"'
            return {"WWW-Authenticate": f'Bearer realm="linli", {asked}'}
        case TooManyRequests():
            return {"Retry-After": "60"}
        case _:
            return {}


def invalid(error: ValidationError) -> HttpResponse:
    """Return the answer for a request that does not fit its description."""
    if any(one["loc"][0] == "path" for one in error.errors):
        return refused(NotFound())
    faults = [
        Fault(
            pointer=_pointer(one["loc"]),
            detail=wording.fault(kind=one["type"], facts=one.get("ctx", {})),
            code=one["type"],
            where="body" if one["loc"][0] in ("body", "form", "file") else str(one["loc"][0]),
        )
        for one in error.errors
    ]
    known = RequestInvalid()
    return problem(status=known.status, code=known.code, detail=str(known), faults=faults)


def _pointer(loc: Sequence[Any]) -> str:
    where, *rest = loc
    if where in ("query", "header"):
        # An entry of a list is named by the list.
        return str([step for step in rest if isinstance(step, str)][-1])
    steps = rest[1:] if where == "body" else rest  # The first is our name for the whole body.
    return "#" + "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def unreadable(error: HttpError) -> HttpResponse:
    """Return the answer for a body that could not be read."""
    cause = error.__cause__
    if isinstance(cause, Refused):
        return refused(cause)
    if isinstance(cause, RequestDataTooBig):
        return refused(BodyTooLarge())
    return refused(RequestUnreadable())


def in_trouble(
    request: HttpRequest, error: DatabaseError | InterfaceError | OSError
) -> HttpResponse:
    """Say what is the matter with the house; the same request may be sent again."""
    trouble = trouble_of(error)
    if trouble is None:
        raise error
    logger.warning("%s at %s: %s", trouble.value, view_of(request=request), type(error).__name__)
    return problem(
        status=503,
        code=trouble.name.title().replace("_", ""),
        detail=str(SENTENCES[trouble]),
        headers={"Retry-After": str(trouble.retry_seconds)},
    )


def of_status(status: int, *, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return the answer for what Django itself refused, by its status."""
    known: Mapping[int, Refused] = {
        404: NotFound(),
        405: MethodNotTaken(),
        413: BodyTooLarge(),
    }
    if status in known:
        error = known[status]
        return problem(status=status, code=error.code, detail=str(error), headers=headers)
    if status >= 500:
        detail = str(_("Something went wrong on our side. It has been noted down."))
        return problem(status=status, code="Fault", detail=detail, headers=headers)
    error = RequestUnreadable()
    return problem(status=status, code=error.code, detail=str(error), headers=headers)


def handle_with(api: NinjaAPI) -> None:
    """Let an API answer everything anticipated in this shape."""
    # Ninja types a handler's error as an error or its class; it only ever gives an error.
    answers: Mapping[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        Refused: lambda _request, error: refused(error),
        ValidationError: lambda _request, error: invalid(error),
        HttpError: lambda _request, error: unreadable(error),
        AuthenticationError: lambda _request, _error: refused(TokenMissing()),
        Http404: lambda _request, _error: refused(NotFound()),
        DatabaseError: in_trouble,
        InterfaceError: in_trouble,
        OSError: in_trouble,
        RequestDataTooBig: lambda _request, _error: refused(BodyTooLarge()),
        SuspiciousOperation: lambda _request, _error: refused(RequestUnreadable()),
        MultiPartParserError: lambda _request, _error: refused(RequestUnreadable()),
        UnreadablePostError: lambda _request, _error: refused(RequestUnreadable()),
    }
    for kind, answer in answers.items():
        api.add_exception_handler(kind, answer)
