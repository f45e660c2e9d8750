"""Around every request: its mark, its line in the log, its count, and the probes' own answers."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import path

from linli.api.health import show_health, show_readiness
from linli.api.metrics import count_request, show_metrics
from linli.core.actor import Actor
from linli.core.logs import REQUESTS, request_id, request_id_of, view_of
from linli.core.room import with_room

_HEADERS = {
    "Cache-Control": "no-store, private",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_logger = logging.getLogger(REQUESTS)

GetResponse = Callable[[HttpRequest], HttpResponse]


class WatchMiddleware:
    """The outermost of all: whatever is answered inside bears a mark and is counted."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a probe here; hand everything else on, and say how it went."""
        mark = request_id_of(given=request.headers.get("X-Request-ID", ""))
        token = request_id.set(mark)
        began = time.perf_counter()
        try:
            probe = PROBES.get(request.path_info)
            # Before sessions, hosts and everything that may be what is broken.
            if probe is None:
                response = with_room(self.get_response, request)
            else:
                response = _asked(request, probe)
            response.headers["X-Request-ID"] = mark
            if probe is None:
                _say(request, response, time.perf_counter() - began)
        finally:
            request_id.reset(token)
        return response


def _asked(request: HttpRequest, probe: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        response = HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    else:
        response = probe(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _say(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    view, method, status = view_of(request=request), request.method or "", response.status_code
    count_request(view=view, method=method, status=status, seconds=seconds)
    actor = getattr(request, "actor", None)
    _logger.log(
        logging.WARNING if status >= 500 else logging.INFO,
        "answered",
        extra={
            "view": view,
            "method": method[:10],
            "status": status,
            "ms": round(seconds * 1000, 1),
            "actor": actor.key if isinstance(actor, Actor) else "",
        },
    )


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": show_health,
    "/readyz": show_readiness,
    "/metrics": show_metrics,
}

urlpatterns = [
    path("healthz", show_health, name="healthz"),
    path("readyz", show_readiness, name="readyz"),
    path("metrics", show_metrics, name="metrics"),
]
"""So that they stand among all addresses; the middleware answers them before any other."""
