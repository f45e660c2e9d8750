"""Workers say that they are at work, so that whoever watches can tell when none is."""

import os
import socket
from datetime import datetime, timedelta

from django.db import transaction

from linli.flows.models import WorkerBeat

EVERY = timedelta(seconds=30)
SILENT_AFTER = timedelta(minutes=2)
_FORGOTTEN_AFTER = timedelta(days=1)


@transaction.atomic
def beat(*, at: datetime) -> int:
    """Say that this process is at work, forget workers long gone, and return how many."""
    name = f"{socket.gethostname()[:100]}:{os.getpid()}"
    WorkerBeat.objects.update_or_create(name=name, defaults={"beat_at": at})
    gone, _per_table = WorkerBeat.objects.filter(beat_at__lt=at - _FORGOTTEN_AFTER).delete()
    return gone


def last_beat() -> datetime | None:
    """Return when any worker last said that it is at work."""
    return WorkerBeat.objects.order_by("-beat_at").values_list("beat_at", flat=True).first()


def is_at_work(*, at: datetime) -> bool:
    """Tell whether a worker was there in the last two minutes.

    A beat from the future is no beat: the clock was set back since, and a live worker beats anew.
    """
    return WorkerBeat.objects.filter(
        beat_at__gte=at - SILENT_AFTER, beat_at__lte=at + SILENT_AFTER
    ).exists()
