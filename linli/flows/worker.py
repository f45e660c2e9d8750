"""The worker: it runs what is owed to events, and what time itself does.

A delivery is claimed, its reaction run and the delivery marked done in ONE transaction. If anything
fails all of it is undone and tried again later, so nothing happens twice and nothing is lost. Two
workers never take the same delivery: PostgreSQL skips rows that are locked, and on SQLite only one
transaction writes at a time.
"""

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.models import F
from django.utils import timezone

from linli.core import attachments
from linli.core.models import Delivery
from linli.core.seals import seal_events
from linli.flows.reactions import REACTIONS
from linli.matters import services as matters
from linli.notify import sending

ATTEMPTS_MAX = 10
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)

_IDLE_SECONDS = 1.0
_AWAY_SECONDS_MAX = 60.0
_AWAY = (OperationalError, InterfaceError)
_logger = logging.getLogger(__name__)


# --- What is owed to events -------------------------------------------------------------------


class _Outcome(Enum):
    NOTHING_DUE = "nothing due"
    DONE = "done"
    FAILED = "failed"


def run_due(*, at: datetime, limit: int = 1_000) -> int:
    """Run the deliveries that are due, at most `limit`, and return how many were done."""
    done = 0
    for _ in range(limit):
        outcome = _run_one(at)
        if outcome is _Outcome.NOTHING_DUE:
            break
        done += outcome is _Outcome.DONE
    return done


def _run_one(at: datetime) -> _Outcome:
    """Claim one delivery, react and mark it done, all in one transaction."""
    due = Delivery.objects.filter(state=Delivery.State.PENDING, due_at__lte=at)
    # Look before claiming: on SQLite even an empty claim would make every writer wait.
    if not due.exists():
        return _Outcome.NOTHING_DUE
    claimed: Delivery | None = None
    try:
        with transaction.atomic():
            claimed = (
                due.select_for_update(skip_locked=True, of=("self",))
                .select_related("event")
                .order_by("due_at", "id")
                .first()
            )
            if claimed is None:
                return _Outcome.NOTHING_DUE
            REACTIONS[claimed.reaction](claimed.event, at)
            _mark_done(claimed, at)
    except Exception as error:
        if claimed is None:
            raise
        _mark_failed(claimed, error, at)
        return _Outcome.FAILED
    return _Outcome.DONE


def _mark_done(delivery: Delivery, at: datetime) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(
        state=Delivery.State.DONE, done_at=at, attempts=F("attempts") + 1, error=""
    )


@transaction.atomic
def _mark_failed(delivery: Delivery, error: Exception, at: datetime) -> None:
    """Put a delivery off, or give it up; only the kind of error is kept, never its words."""
    attempts = delivery.attempts + 1
    is_dead = attempts >= ATTEMPTS_MAX
    wait = min(FIRST_RETRY * 2 ** (attempts - 1), LONGEST_RETRY)
    kind = type(error).__name__
    Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.PENDING).update(
        state=Delivery.State.DEAD if is_dead else Delivery.State.PENDING,
        attempts=attempts,
        due_at=at + wait,
        error=kind,
    )
    level = logging.ERROR if is_dead else logging.WARNING
    _logger.log(
        level,
        "delivery %s (%s of event %s) failed %s times: %s",
        delivery.pk,
        delivery.reaction,
        delivery.event_id,
        attempts,
        kind,
    )


# --- What time itself does --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Job:
    """Something done again and again; `run` takes the time and says how much there was to do."""

    name: str
    run: Callable[..., int]
    every: timedelta


MATTER_JOBS = (
    Job("escalate_overdue", matters.escalate_overdue, timedelta(seconds=30)),
    Job("resume_due", matters.resume_due, timedelta(minutes=1)),
    Job("close_silent", matters.close_silent, timedelta(minutes=5)),
    Job("seal_events", seal_events, timedelta(minutes=1)),
    Job("drop_unclaimed", attachments.drop_unclaimed, timedelta(hours=1)),
    Job("drop_stray_files", attachments.drop_stray_files, timedelta(hours=24)),
)
SENDING_JOBS = (Job("send_due", sending.send_due, timedelta(seconds=5)),)
"""Apart from the others: a slow mail server must not hold up what the house owes itself."""

JOBS = MATTER_JOBS + SENDING_JOBS


@dataclass
class Diary:
    """When each job ran last."""

    ran_at: dict[str, datetime] = field(default_factory=dict)

    def is_due(self, job: Job, at: datetime) -> bool:
        """Tell whether a job's time has come; one that never ran is due."""
        last = self.ran_at.get(job.name)
        return last is None or at - last >= job.every


def tick(
    *, at: datetime, jobs: tuple[Job, ...] = JOBS, diary: Diary | None = None
) -> Mapping[str, int]:
    """Run the periodic jobs whose time has come, all of them without a diary.

    A job that fails is logged and tried again at its next time; it never stops the others.
    Returns how much each did; a job that failed is missing.

    :raises OperationalError: when the database itself is away.
    """
    diary = diary or Diary()
    did: dict[str, int] = {}
    for job in jobs:
        if not diary.is_due(job, at):
            continue
        diary.ran_at[job.name] = at
        try:
            did[job.name] = job.run(at=at)
        except Exception as error:
            if isinstance(error, _AWAY) and not connection.is_usable():
                raise  # Nothing else can work either.
            _logger.error("job %s failed: %s", job.name, type(error).__name__)
    return did


# --- The loop ---------------------------------------------------------------------------------


def run_forever(*, stop: threading.Event) -> None:
    """Work until `stop` is set, and end between two deliveries.

    The database may be away for a while; then the worker says so and tries again ever more slowly.
    Messages leave in a thread of their own.
    """
    sender = threading.Thread(
        target=_keep_on, args=("sender", stop, _send_once), name="linli-sender", daemon=True
    )
    sender.start()
    _keep_on("worker", stop, _work_once)
    # A service that never answers may be waited for; what it did not take is sent again.
    sender.join(timeout=20)


@contextmanager
def stopping_on_signals() -> Iterator[threading.Event]:
    """Give a `stop` that SIGTERM and SIGINT set, and put the old handlers back afterwards."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _work_once(diary: Diary, at: datetime) -> bool:
    """Do the next piece of work and tell whether more may be waiting."""
    outcome = _run_one(at)
    tick(at=at, jobs=MATTER_JOBS, diary=diary)
    return outcome is not _Outcome.NOTHING_DUE


def _send_once(diary: Diary, at: datetime) -> bool:
    tick(at=at, jobs=SENDING_JOBS, diary=diary)
    return False


def _keep_on(name: str, stop: threading.Event, once: Callable[[Diary, datetime], bool]) -> None:
    diary, wait = Diary(), 0.0
    away_seconds = _IDLE_SECONDS
    while not stop.wait(wait):
        try:
            if wait:
                close_old_connections()
            wait = 0.0 if once(diary, timezone.now()) else _IDLE_SECONDS
            away_seconds = _IDLE_SECONDS
        except _AWAY as error:
            wait = away_seconds = min(away_seconds * 2, _AWAY_SECONDS_MAX)
            _logger.warning(
                "%s: the database is away (%s); next try in %.0f s",
                name,
                type(error).__name__,
                wait,
            )
            connection.close()
    connection.close()
