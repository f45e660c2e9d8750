"""Figures for a monitoring server, in Prometheus' text form, without personal data.

Several server processes count into files of one folder, and whichever is asked adds them up.
Source: https://prometheus.github.io/client_python/multiprocess/
"""

import ipaddress
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from linli.flows.vitals import vitals

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_PROCESS_OF = re.compile(r"_(\d+)\.db$")
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")

Path(settings.METRICS_FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
# A registry of their own: what is shown is added up from the files of every process.
_counted = CollectorRegistry()
_REQUESTS = Counter(
    "linli_requests", "Requests answered", ["view", "method", "status"], registry=_counted
)
_SECONDS = Histogram(
    "linli_request_seconds",
    "Seconds until the answer",
    ["view"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=_counted,
)


def count_request(*, view: str, method: str, status: int, seconds: float) -> None:
    """Count one answer."""
    known = method if method in METHODS else "OTHER"
    _REQUESTS.labels(view=view, method=known, status=str(status)).inc()
    _SECONDS.labels(view=view).observe(seconds)


def show_metrics(request: HttpRequest) -> HttpResponse:
    """Answer this machine itself, or whoever has the token; others find nothing here."""
    if not _may_read(request):
        return HttpResponse(status=404)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it comes without types
    registry.register(_House())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE)


def drop_dead() -> None:
    """Throw away what processes counted that are no more; to be called before a server starts."""
    for path in Path(settings.METRICS_FOLDER).glob("*.db"):
        named = _PROCESS_OF.search(path.name)
        if named is not None and not _is_alive(int(named.group(1))):
            path.unlink(missing_ok=True)


def _may_read(request: HttpRequest) -> bool:
    token = str(settings.METRICS_TOKEN)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and secrets.compare_digest(given.encode(), token.encode()):
        return True
    # A proxy on this machine speaks from it too, but for somebody else.
    if any(name in request.META for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class _House(Collector):
    """What is asked of the database at the moment of the question."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("linli_database_up", "Whether the database answers")
        try:
            found = vitals(at=timezone.now())
        except DatabaseError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        for name, words, figures in (
            ("linli_pending", "Deliveries that wait", found.pending),
            ("linli_dead", "Deliveries that were given up", found.dead),
            ("linli_lag_seconds", "Age of the oldest delivery that is due", found.lag_seconds),
        ):
            family = GaugeMetricFamily(name, words, labels=["kind"])
            for kind, figure in figures.items():
                family.add_metric([kind.lower()], figure)
            yield family
        yield GaugeMetricFamily(
            "linli_database_bytes", "Size of the database", value=found.database_bytes
        )
        for name, words, seconds in (
            ("linli_seal_age_seconds", "Age of the last seal", found.seal_age_seconds),
            ("linli_worker_beat_age_seconds", "Since a worker was seen", found.beat_age_seconds),
        ):
            if seconds is not None:
                yield GaugeMetricFamily(name, words, value=seconds)
