"""The worker: it runs what is owed to events, and what time itself does.

Deliveries are claimed, their reactions run and the deliveries marked done in ONE transaction, some
at a time, for a commit costs more than a reaction. A reaction that fails is undone and tried again
later, so nothing happens twice and nothing is lost. Two workers never take the same delivery:
PostgreSQL skips rows that are locked, and on SQLite only one transaction writes at a time.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.models import F, Q
from django.utils import timezone

from linli.core import attachments, shared
from linli.core.idempotency import drop_old_answers
from linli.core.models import Delivery
from linli.core.seals import seal_waiting
from linli.core.statistics import refresh_statistics
from linli.core.trouble import trouble_of
from linli.deliberation.services import maps, opinions
from linli.flows import audience, beats, deliberating, roots
from linli.flows.reactions import ALONE, REACTIONS
from linli.matters import services as matters
from linli.notify import posting, sending
from linli.people.books import running as books
from linli.visits import services as visits

ATTEMPTS_MAX = 10
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)

ROUND_MAX = 20
ROUND_SECONDS = 0.1
"""How many deliveries a transaction takes on, and for how long: on SQLite every writer waits.

The first is the usual end. A round that stops earlier has read more than it needed.
"""

_IDLE_SECONDS = 1.0
_AWAY_SECONDS_MAX = 60.0
_JOIN_SECONDS = 20.0
_AWAY = (OperationalError, InterfaceError)
_logger = logging.getLogger(__name__)


# --- What is owed to events -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Round:
    """How many deliveries a round took on, and how many of them are done."""

    tried: int = 0
    done: int = 0


def run_due(*, at: datetime, limit: int = 1_000) -> int:
    """Run the deliveries that are due, at most `limit`, and return how many were done."""
    tried = done = 0
    while tried < limit:
        ran = _run_round(at, min(limit - tried, ROUND_MAX))
        if not ran.tried:
            break
        tried += ran.tried
        done += ran.done
    return done


def _run_round(at: datetime, size: int) -> _Round:
    """Claim deliveries, react and mark them done, all in one transaction.

    Each reaction has a savepoint: one that fails is undone by itself and the others stand.
    """
    # Nothing is put off for longer: what is due later was written by a clock ahead of ours.
    is_due = Q(due_at__lte=at) | Q(due_at__gt=at + LONGEST_RETRY)
    due = Delivery.objects.filter(is_due, state=Delivery.State.PENDING)
    # Look before claiming: on SQLite even an empty claim would make every writer wait.
    if not due.exists():
        return _Round()
    done: list[Delivery] = []
    failed = 0
    with transaction.atomic():
        claimed = (
            due.select_for_update(skip_locked=True, of=("self",))
            .select_related("event")
            .order_by("due_at", "id")[:size]
        )
        together = _together(claimed)
        until = time.monotonic() + ROUND_SECONDS
        events = [delivery.event for delivery in together]
        with audience.reading_together(events=events, at=at):
            for delivery in together:
                if _react(delivery, at):
                    done.append(delivery)
                else:
                    failed += 1
                if time.monotonic() >= until:
                    break
        _mark_done(done, at)
    return _Round(tried=len(done) + failed, done=len(done))


def _together(claimed: Iterable[Delivery]) -> list[Delivery]:
    """Return what one transaction may do: the first alone if it locks what others wait for."""
    deliveries = list(claimed)
    if deliveries and deliveries[0].reaction in ALONE:
        return deliveries[:1]
    return [delivery for delivery in deliveries if delivery.reaction not in ALONE]


def _react(delivery: Delivery, at: datetime) -> bool:
    """Run one reaction in a savepoint and tell whether it is done; one that fails is put off."""
    try:
        with transaction.atomic():
            REACTIONS[delivery.reaction](delivery.event, at)
    except Exception as error:
        if _is_nobodys_fault(error):
            raise
        _mark_failed(delivery, error, at)
        return False
    return True


def _is_nobodys_fault(error: Exception) -> bool:
    """Tell whether the house is what failed: a full disk must not use a reaction's tries up."""
    return isinstance(error, _AWAY) and trouble_of(error) is not None


def _mark_done(deliveries: Iterable[Delivery], at: datetime) -> None:
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries]).update(
        state=Delivery.State.DONE, done_at=at, attempts=F("attempts") + 1, error=""
    )


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
    Job("beat", beats.beat, beats.EVERY),
    Job("escalate_overdue", matters.escalate_overdue, timedelta(seconds=30)),
    Job("resume_due", matters.resume_due, timedelta(minutes=1)),
    Job("close_silent", matters.close_silent, timedelta(minutes=5)),
    Job("run_votes", deliberating.run_votes, timedelta(minutes=1)),
    Job("tell_of_late_topics", deliberating.tell_of_late_topics, timedelta(minutes=5)),
    Job("send_stalled_back", deliberating.send_stalled_back, timedelta(minutes=30)),
    Job("follow_needs", visits.follow_all_needs, timedelta(minutes=10)),
    Job("fall_due", visits.fall_due, timedelta(minutes=10)),
    Job("seal_events", seal_waiting, timedelta(minutes=1)),
    Job("follow_stand_ins", visits.follow_stand_ins, timedelta(hours=1)),
    Job("tell_of_late_calls", visits.tell_of_late_calls, timedelta(minutes=5)),
    Job("tell_of_waiting_opinions", opinions.tell_of_waiting, timedelta(hours=24)),
    Job("drop_expired", shared.drop_expired, timedelta(minutes=10)),
    Job("drop_unclaimed", attachments.drop_unclaimed, timedelta(hours=1)),
    Job("drop_stray_files", attachments.drop_stray_files, timedelta(hours=24)),
    Job("refresh_statistics", refresh_statistics, timedelta(hours=24)),
    Job("drop_old_answers", drop_old_answers, timedelta(hours=1)),
)
SENDING_JOBS = (
    Job("send_due", sending.send_due, timedelta(seconds=5)),
    Job("mail_daily_root", roots.mail_daily_root, timedelta(hours=1)),
)
"""Apart from the others: a slow mail server must not hold up what the house owes itself."""

POSTING_JOBS = (Job("post_due", posting.post_due, timedelta(seconds=1)),)
"""Apart from those: another program that answers slowly must not hold up what people are told."""

BOOK_JOBS = (
    Job("roster_imports", books.work, timedelta(seconds=1)),
    Job("forget_old_imports", books.forget_old, timedelta(hours=1)),
)
"""Apart from those: a workbook of 100,000 rows must not hold up what the house owes itself."""

DRAWING_JOBS = (Job("draw_opinion_maps", maps.draw_due, timedelta(minutes=1)),)
"""Apart from those: a map of thousands takes seconds to draw."""

JOBS = MATTER_JOBS + SENDING_JOBS + POSTING_JOBS + BOOK_JOBS + DRAWING_JOBS


@dataclass
class Diary:
    """When each job ran last."""

    ran_at: dict[str, datetime] = field(default_factory=dict)

    def is_due(self, job: Job, at: datetime) -> bool:
        """Tell whether a job's time has come; one that never ran is due."""
        last = self.ran_at.get(job.name)
        # A clock that was set back must not keep a job waiting until it has caught up.
        return last is None or not timedelta(0) <= at - last < job.every


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
    Messages to people, those to other programs, workbooks and maps have threads of their own.
    """
    threads = [
        threading.Thread(
            target=_keep_on, args=(name, stop, once), name=f"linli-{name}", daemon=True
        )
        for name, once in (
            ("sender", _send_once),
            ("poster", _post_once),
            ("importer", _import_once),
            ("drawer", _draw_once),
        )
    ]
    for thread in threads:
        thread.start()
    _keep_on("worker", stop, _work_once)
    # A service that never answers may be waited for; what it did not take is sent again.
    until = time.monotonic() + _JOIN_SECONDS
    for thread in threads:
        thread.join(timeout=max(0.0, until - time.monotonic()))


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
    ran = _run_round(at, ROUND_MAX)
    tick(at=at, jobs=MATTER_JOBS, diary=diary)
    return ran.tried > 0


def _send_once(diary: Diary, at: datetime) -> bool:
    tick(at=at, jobs=SENDING_JOBS, diary=diary)
    return False


def _post_once(diary: Diary, at: datetime) -> bool:
    did = tick(at=at, jobs=POSTING_JOBS, diary=diary)
    return did.get("post_due", 0) >= posting.TRIES_IN_A_ROUND


def _import_once(diary: Diary, at: datetime) -> bool:
    # One batch after the other without waiting: its time has come again when it has just run.
    tick(at=at, jobs=BOOK_JOBS[1:], diary=diary)
    return tick(at=at, jobs=BOOK_JOBS[:1]).get("roster_imports", 0) > 0


def _draw_once(diary: Diary, at: datetime) -> bool:
    tick(at=at, jobs=DRAWING_JOBS, diary=diary)
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
