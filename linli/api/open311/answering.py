"""From a request to an answer: its format, its method, and refusals in the standard's shape."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from linli.api.open311.documents import FORMATS, Document, Fields, Format, Rows, written
from linli.api.open311.parameters import BadRequest, Parameters, read_form, read_query
from linli.core.errors import Refused, Several
from linli.core.limits import HOUR_SECONDS
from linli.core.logs import view_of
from linli.core.trouble import SENTENCES, trouble_of

logger = logging.getLogger(__name__)

# The standard knows 403 and 404, and 400 for everything else; 405 and 429 say the same to whoever
# knows them, and 503 that the same request may well succeed in a moment.
_KEPT = frozenset({403, 404, 405, 429})


class FormatUnknown(BadRequest):
    """The address ends in something else than a format."""

    sentence = _("There is no such format here. Use .xml or .json.")


class NothingThere(Refused):
    """No address of the standard."""

    sentence = _("There is nothing at this address.")
    status = 404


class MethodNotAllowed(Refused):
    """The address is there, but not for that."""

    sentence = _("%(method)s is not possible here.")
    status = 405


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read: its parameters, its moment, and where this server is reached."""

    parameters: Parameters
    at: datetime
    site: str  # without a slash at its end
    idempotency_key: str = ""


Answering = Callable[..., Document]
View = Callable[..., HttpResponse]


def resource(*, get: Answering | None = None, post: Answering | None = None) -> View:
    """Return the view of one address: `get` and `post` take a `Call` and what the address names."""
    allowed = [*(["GET", "HEAD"] if get else []), *(["POST"] if post else []), "OPTIONS"]

    @csrf_exempt  # A program has no cookie of ours; its key is in what it sends.
    def view(request: HttpRequest, **named: str) -> HttpResponse:
        if request.method == "OPTIONS":
            return _options(allowed)
        format = Format.XML
        try:
            format, named = _format_of(named)
            document = _document(request, get, post, named)
            response = _answer(document, format)
        except Refused as refusal:
            response = _refused(refusal, format, allowed)
        except Exception as error:
            response = _failed(error, format, view_of(request=request))
        return _finished(request, response)

    return view


def _document(
    request: HttpRequest, get: Answering | None, post: Answering | None, named: dict[str, str]
) -> Document:
    at = timezone.now()
    site = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    if request.method == "POST" and post is not None:
        key = request.headers.get("Idempotency-Key", "").strip()
        return post(Call(read_form(request=request), at, site, key), **named)
    if request.method in ("GET", "HEAD") and get is not None:
        return get(Call(read_query(request=request), at, site), **named)
    if get is None and post is None:
        raise NothingThere
    raise MethodNotAllowed(method=request.method)


def _format_of(named: dict[str, str]) -> tuple[Format, dict[str, str]]:
    """Return the format that an address ends in, XML where it names none, and the rest of it."""
    if "extension" in named:
        rest = {name: value for name, value in named.items() if name != "extension"}
        asked = named["extension"]
        if asked and asked[1:] not in FORMATS:
            raise FormatUnknown
        return FORMATS.get(asked[1:], Format.XML), rest
    # What an address names may hold a dot itself; only a format behind the last one is a format.
    for name, value in named.items():
        stem, dot, last = value.rpartition(".")
        if dot and last in FORMATS:
            return FORMATS[last], named | {name: stem}
    return Format.XML, named


# --- Answers --------------------------------------------------------------------------------


def _answer(document: Document, format: Format, status: int = 200) -> HttpResponse:
    content = written(document=document, format=format)
    return HttpResponse(content, content_type=format.content_type, status=status)


def _refused(refusal: Refused, format: Format, allowed: Iterable[str]) -> HttpResponse:
    faults = refusal.faults if isinstance(refusal, Several) else [refusal]
    codes = [fault.status if fault.status in _KEPT else 400 for fault in faults]
    status = codes[0] if len(set(codes)) == 1 else 400
    errors: list[Fields] = [
        {"code": code, "description": str(fault)} for code, fault in zip(codes, faults, strict=True)
    ]
    response = _answer(Rows("errors", "error", errors), format, status)
    if status == 405:
        response.headers["Allow"] = ", ".join(allowed)
    if status == 429:
        response.headers["Retry-After"] = str(HOUR_SECONDS)
    return response


_FAULT = _("Something went wrong on our side. It has been noted down.")


def _failed(error: Exception, format: Format, view: str) -> HttpResponse:
    trouble = trouble_of(error)
    status = 500 if trouble is None else 503
    if trouble is None:
        logger.error("no answer at %s", view, exc_info=error)
    else:
        logger.warning("%s at %s: %s", trouble.value, view, type(error).__name__)
    sentence = _FAULT if trouble is None else SENTENCES[trouble]
    said: Fields = {"code": status, "description": str(sentence)}
    response = _answer(Rows("errors", "error", [said]), format, status)
    if trouble is not None:
        response.headers["Retry-After"] = str(trouble.retry_seconds)
    return response


def _options(allowed: list[str]) -> HttpResponse:
    response = HttpResponse(status=204)
    response.headers["Allow"] = ", ".join(allowed)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
    return response


def _finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if request.method in ("GET", "HEAD"):
        # What anybody may read, any page may read. Writing needs a key, which no page should hold.
        response.headers["Access-Control-Allow-Origin"] = "*"
    else:
        response.headers["Cache-Control"] = "no-store"
    if request.method == "HEAD":
        response.headers["Content-Length"] = str(len(response.content))
        response.content = b""
    return response
