"""Is it alive, and is it ready: what whoever runs Linli asks every few seconds."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from linli.flows import beats, vitals

_logger = logging.getLogger(__name__)


def show_health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # a view
    """Say that this process answers. Asks nothing of anybody, least of all the database."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def show_readiness(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # a view
    """Say whether people can work here, and if not (503) what is missing."""
    failing = [name for name, holds in CHECKS.items() if not _holds(name, holds)]
    return JsonResponse({"ready": not failing, "failing": failing}, status=503 if failing else 200)


def _worker_is_there() -> bool:
    return beats.is_at_work(at=timezone.now())


def _disk_has_room() -> bool:
    return shutil.disk_usage(settings.HOME).free >= settings.DISK_FLOOR_BYTES


def _keys_are_there() -> bool:
    """Read the keys again: a disk that went away keeps them in memory only."""
    folder = Path(settings.HOME) / "keys"
    web = bytes.fromhex(settings.SECRET_KEY)
    kept = {"data": settings.DATA_KEY, "digest": settings.DIGEST_KEY, "web": web}
    return all(
        bytes.fromhex((folder / f"{name}.key").read_text(encoding="ascii").strip()) == key
        for name, key in kept.items()
    )


CHECKS: dict[str, Callable[[], bool]] = {
    "database": vitals.is_answering,
    "migrations": vitals.is_migrated,
    "worker": _worker_is_there,
    "disk": _disk_has_room,
    "keys": _keys_are_there,
}
"""What must hold, by the name that is told."""


def _holds(name: str, holds: Callable[[], bool]) -> bool:
    try:
        return holds()
    except Exception as error:
        # Whatever is broken is the answer itself: a probe never fails in another way.
        level = logging.WARNING if isinstance(error, OperationalError) else logging.ERROR
        _logger.log(level, "readiness: %s failed: %s", name, type(error).__name__)
        return False
