"""How an address is read and how it is written: the same checks around every one.

`reads` and `writes` put a function under an address. A reading function returns its answer; a
writing one returns what is to be done, as a function that is then called once for each key.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from linli.api.caller import READ, WRITE, Bearer, caller_of
from linli.api.paging import next_link
from linli.api.problems import Fault, QueryUnknown, RequestInvalid, problem
from linli.api.schemas.common import Listed
from linli.core.errors import Refused
from linli.core.idempotency import KEY_LENGTH_MAX, Answer, once

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
JSON = "application/json"


class KeyMissing(Refused):
    """A write without a key could happen twice."""

    sentence = _(
        "Every POST needs the header Idempotency-Key: a text of your own that is new for each "
        "request, such as a UUID. Sent again with the same key, a request is done once only."
    )
    status = 400
    field = KEY_HEADER


class KeyInvalid(KeyMissing):
    """The key is too long, or no plain text."""

    sentence = _("An Idempotency-Key has 1 to 200 printable ASCII characters.")


@dataclass(frozen=True, slots=True)
class Made:
    """The answer of a write: a body, and the address of what was made."""

    body: Schema
    status: int = 200
    location: str = ""


Act = Callable[[], Made]


def reads(
    router: Router,
    path: str,
    *,
    answers: Any,
    summary: Any,
    scopes: tuple[str, ...] = (READ,),
    paged: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put a function under an address that is read with GET."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        known = _parameters(view)

        @wraps(view)
        def guarded(request: HttpRequest, **given: Any) -> HttpResponse:
            refusal = unknown_parameters(request, known)
            if refusal is not None:
                return refusal
            found = view(request, **given)
            return found if isinstance(found, HttpResponse) else _shown(request, found)

        extra = {"x-paged": True} if paged else {}
        router.get(
            path,
            auth=Bearer(*scopes),
            response={200: answers},
            summary=summary,
            operation_id=view.__name__,
            openapi_extra=extra,
        )(guarded)
        return view

    return decorate


def writes(
    router: Router,
    path: str,
    *,
    answers: Any,
    summary: Any,
    status: int = 200,
    scopes: tuple[str, ...] = (WRITE,),
    name: str = "",
) -> Callable[[Callable[..., Act]], Callable[..., Act]]:
    """Put a function under an address that is written with POST, once for each key."""

    def decorate(view: Callable[..., Act]) -> Callable[..., Act]:
        known = _parameters(view)

        @wraps(view)
        def guarded(request: HttpRequest, **given: Any) -> HttpResponse:
            refusal = unknown_parameters(request, known)
            if refusal is not None:
                return refusal
            return answered_once(
                request, digest=digest_of(request, request.body), act=lambda: view(request, **given)
            )

        router.post(
            path,
            auth=Bearer(*scopes),
            response={status: answers},
            summary=summary,
            operation_id=name or view.__name__,
            openapi_extra={"x-writes": True},
        )(guarded)
        return view

    return decorate


def answered_once(request: HttpRequest, *, digest: str, act: Callable[[], Act]) -> HttpResponse:
    """Do what a request asks unless its key came before; answer as the first time.

    What `act` reads is read before the transaction begins, so that writers do not wait for it.

    :raises Refused: when there is no key, when it belongs to another request, or by a rule.
    """
    caller, key = caller_of(request), key_of_request(request)
    answer, is_replayed = once(
        actor=caller.actor,
        key=key,
        digest=digest,
        at=caller.at,
        prepare=lambda: _answering(act()),
    )
    response = HttpResponse(answer.body, status=answer.status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    if answer.location:
        response.headers["Location"] = answer.location
    if is_replayed:
        response.headers[REPLAYED_HEADER] = "true"
    return response


def key_of_request(request: HttpRequest) -> str:
    """Return the key that a program gave its request.

    :raises KeyMissing: when there is none, or none that can be kept.
    """
    key = request.headers.get(KEY_HEADER, "").strip()
    if not key:
        raise KeyMissing
    if len(key) > KEY_LENGTH_MAX or not (key.isascii() and key.isprintable()):
        raise KeyInvalid
    return key


def digest_of(request: HttpRequest, *parts: bytes) -> str:
    """Return the SHA-256 (hexadecimal) by which the same request is known again."""
    said = hashlib.sha256(f"{request.method} {request.get_full_path()}".encode())
    for part in parts:
        said.update(b"\0" + hashlib.sha256(part).digest())
    return said.hexdigest()


def _answering(act: Act) -> Callable[[], Answer]:
    def answer() -> Answer:
        made = act()
        return Answer(status=made.status, body=made.body.model_dump_json(), location=made.location)

    return answer


def _shown(request: HttpRequest, found: Schema) -> HttpResponse:
    mark = found.after if isinstance(found, Listed) and not found.is_end else None
    link = next_link(request=request, mark=mark)
    if link is not None:
        found = found.model_copy(update={"next": link})
    response = HttpResponse(found.model_dump_json(), content_type=JSON)
    response.headers["Cache-Control"] = "private, no-store"
    if link is not None:
        response.headers["Link"] = f'<{link}>; rel="next"'
    return response


def _parameters(view: Callable[..., Any]) -> frozenset[str]:
    """Return the names that the query of an address may hold."""
    names: set[str] = set()
    for parameter in signature(view).parameters.values():
        kind = parameter.annotation
        for one in (kind, *getattr(kind, "__args__", ()), *getattr(kind, "__metadata__", ())):
            if isinstance(one, type) and issubclass(one, Schema):
                names |= one.model_fields.keys()
    return frozenset(names)


def unknown_parameters(request: HttpRequest, known: frozenset[str]) -> HttpResponse | None:
    """Return the refusal of a query that holds what there is not, or None."""
    unknown = sorted(set(request.GET) - known)
    if not unknown:
        return None
    error = RequestInvalid()
    word = str(QueryUnknown.sentence)
    return problem(
        status=error.status,
        code=error.code,
        detail=str(error),
        faults=[Fault(name, word, "extra_forbidden", "query") for name in unknown],
    )
