"""What is owed happens once: whatever fails, whoever dies, however many workers there are."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from linli.core import events
from linli.core.actor import system
from linli.core.models import Delivery, Event, SealedEvent
from linli.core.ref import Ref
from linli.flows import worker
from linli.notify import services as notify
from linli.notify.models import Message, Topic

NAME = "test.happened"


@pytest.fixture(autouse=True)
def _owed(monkeypatch):
    """Owe reactions of the test's own, and put the real ones back."""
    before = events.registered()
    monkeypatch.setattr(worker, "REACTIONS", {})
    yield
    events.register(reactions=before)


def owe(**reactions):
    worker.REACTIONS.update(reactions)
    events.register(reactions={NAME: tuple(reactions)})


def happen(now, n=1):
    for _ in range(n):
        with transaction.atomic():
            events.record(
                name=NAME,
                subject=Ref("matters.matter", 1),
                trace=uuid.uuid4(),
                actor=system(name="test"),
                at=now,
                community_id=None,
            )


def tells(account):
    """Return a reaction that writes one message: what must not happen twice."""

    def tell(event, at):
        notify.tell(
            account_ids=[account.pk],
            event=event,
            topic=Topic.ORDER,
            code="order",
            facts={},
            path="",
            at=at,
        )

    return tell


def states():
    return sorted(Delivery.objects.values_list("state", flat=True))


def test_each_reaction_to_an_event_is_run_once(cast, now):
    ran = []
    owe(first=lambda event, at: ran.append("first"), second=lambda event, at: ran.append("second"))
    happen(now)
    assert worker.run_due(at=now) == 2
    assert worker.run_due(at=now) == 0
    assert sorted(ran) == ["first", "second"]
    assert states() == ["DONE", "DONE"]
    assert set(Delivery.objects.values_list("done_at", "attempts")) == {(now, 1)}


def test_limit_is_kept(cast, now):
    owe(one=lambda event, at: None)
    happen(now, 5)
    assert worker.run_due(at=now, limit=3) == 3
    assert worker.run_due(at=now) == 2


def test_what_a_clock_ahead_of_ours_wrote_does_not_wait_for_it(cast, now):
    owe(one=lambda event, at: None)
    happen(now + timedelta(days=1))
    assert worker.run_due(at=now) == 1


def test_a_full_disk_does_not_use_up_the_tries_of_a_reaction(cast, now):
    def full(event, at):
        raise OperationalError("database or disk is full")

    owe(one=full)
    happen(now)
    with pytest.raises(OperationalError):
        worker.run_due(at=now)
    assert list(Delivery.objects.values_list("state", "attempts", "due_at")) == [
        ("PENDING", 0, now)
    ]


def test_nothing_due_takes_no_lock(cast, now, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert worker.run_due(at=now) == 0


def test_what_dies_between_reaction_and_mark_leaves_nothing_behind(cast, now, monkeypatch):
    owe(tell=tells(cast.chen))
    happen(now)

    def dies(*args):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(worker, "_mark_done", dies)
        with pytest.raises(SystemExit):
            worker.run_due(at=now)
    assert not Message.objects.exists()
    assert states() == ["PENDING"]
    assert worker.run_due(at=now) == 1
    assert Message.objects.count() == 1


def test_failed_reaction_undoes_what_it_wrote_and_is_tried_again(cast, now):
    moods = iter([True, False])

    def sometimes(event, at):
        tells(cast.chen)(event, at)
        if next(moods):
            raise ValueError("张三 13812348000")

    owe(sometimes=sometimes)
    happen(now)
    assert worker.run_due(at=now) == 0
    assert not Message.objects.exists()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.error) == ("PENDING", 1, "ValueError")
    assert worker.run_due(at=now) == 0
    assert worker.run_due(at=delivery.due_at) == 1
    assert Message.objects.count() == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == ("DONE", "")


def test_poison_is_given_up_and_never_stops_the_others(cast, now, caplog):
    ran = []

    def poison(event, at):
        raise RuntimeError("张三 13812348000")

    owe(poison=poison, healthy=lambda event, at: ran.append(event.pk))
    happen(now, 3)
    later = now
    for _ in range(60):
        worker.run_due(at=later)
        later += timedelta(minutes=30)
    assert len(ran) == 3
    dead = Delivery.objects.filter(reaction="poison")
    assert set(dead.values_list("state", "attempts")) == {("DEAD", worker.ATTEMPTS_MAX)}
    assert "13812348000" not in caplog.text
    assert not Delivery.objects.filter(error__contains="138").exists()


def test_one_that_fails_leaves_the_rest_of_its_round_standing(cast, now):
    def fails(event, at):
        tells(cast.chen)(event, at)
        raise ValueError

    owe(one=tells(cast.chen), two=fails)
    happen(now, 3)
    assert worker.run_due(at=now) == 3
    assert Message.objects.count() == 3
    assert states() == ["DONE"] * 3 + ["PENDING"] * 3


def test_what_locks_matters_is_committed_before_the_next_begins(cast, now):
    done_before = []

    def locks(event, at):
        done_before.append(Delivery.objects.filter(state="DONE").count())

    owe(erase_photos=locks, quick=locks)
    happen(now, 2)
    assert worker.run_due(at=now) == 4
    # The quick ones share a transaction; each of the others has its own.
    assert sorted(done_before) in ([0, 1, 1, 3], [0, 1, 2, 2], [0, 0, 2, 3])


def test_reaction_nobody_knows_any_more_is_given_up_in_the_end(cast, now):
    owe(gone=lambda event, at: None)
    happen(now)
    worker.REACTIONS.clear()
    worker.run_due(at=now)
    assert Delivery.objects.get().error == "KeyError"


def test_waits_between_tries_grow(cast, now):
    def fails(event, at):
        raise RuntimeError

    owe(fails=fails)
    happen(now)
    waits = []
    for _ in range(worker.ATTEMPTS_MAX - 1):
        at = Delivery.objects.get().due_at
        worker.run_due(at=at)
        waits.append(Delivery.objects.get().due_at - at)
    assert waits == sorted(waits)
    assert waits[0] == worker.FIRST_RETRY
    assert max(waits) <= worker.LONGEST_RETRY


def test_what_a_reaction_causes_is_owed_in_turn(cast, now):
    ran = []

    def causes(event, at):
        ran.append(event.pk)
        if len(ran) < 3:
            happen(at)

    owe(causes=causes)
    happen(now)
    assert worker.run_due(at=now) == 3


# --- Several workers


def in_threads(n, work):
    def run():
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_do_one_twice(cast, now):
    counts = []
    ran = []

    def slow(event, at):
        ran.append(event.pk)
        time.sleep(0.01)
        tells(cast.chen)(event, at)

    owe(slow=slow)
    happen(now, 20)

    def work():
        # A worker that finds all that is due in the hands of others may stop; nobody waits.
        counts.append(worker.run_due(at=now))

    in_threads(4, work)
    work()
    assert sum(counts) == 20
    assert sorted(ran) == sorted(set(ran))
    assert Message.objects.count() == 20
    assert set(states()) == {"DONE"}


@pytest.mark.django_db(transaction=True)
def test_a_slow_reaction_does_not_hold_up_another_worker(cast, now):
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite one transaction writes at a time")
    entered, may_leave = threading.Event(), threading.Event()

    def slow(event, at):
        entered.set()
        assert may_leave.wait(30)

    owe(slow=slow)
    happen(now)

    def other():
        assert entered.wait(30)
        worker.REACTIONS["quick"] = lambda event, at: None
        Delivery.objects.create(event=Event.objects.first(), reaction="quick", due_at=now)
        try:
            assert worker.run_due(at=now) == 1
        finally:
            may_leave.set()

    thread = threading.Thread(target=lambda: (other(), connection.close()))
    thread.start()
    assert worker.run_due(at=now) == 1
    thread.join(30)
    assert states() == ["DONE", "DONE"]


# --- What time itself does


def test_every_job_can_be_run_on_an_empty_house(db, now, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    did = worker.tick(at=now)
    assert set(did) == {job.name for job in worker.JOBS}
    assert not any(did.values())


def test_a_job_that_fails_never_stops_the_others(db, now, caplog):
    def fails(*, at):
        raise RuntimeError("13812348000")

    ran = []
    jobs = (
        worker.Job("bad", fails, timedelta(minutes=1)),
        worker.Job("good", lambda *, at: ran.append(at) or 1, timedelta(minutes=1)),
    )
    assert worker.tick(at=now, jobs=jobs) == {"good": 1}
    assert ran == [now]
    assert "13812348000" not in caplog.text


def test_jobs_keep_their_own_time(db, now):
    ran = []
    jobs = (
        worker.Job("often", lambda *, at: ran.append("often") or 0, timedelta(seconds=30)),
        worker.Job("seldom", lambda *, at: ran.append("seldom") or 0, timedelta(minutes=5)),
    )
    diary = worker.Diary()
    for second in range(0, 301, 10):
        worker.tick(at=now + timedelta(seconds=second), jobs=jobs, diary=diary)
    assert ran.count("often") == 11
    assert ran.count("seldom") == 2


def test_events_are_sealed_by_the_tick(cast, now):
    happen(now, 3)
    assert worker.tick(at=now)["seal_events"] == 3
    assert SealedEvent.objects.count() == 3


# --- The loop


@pytest.mark.django_db(transaction=True)
def test_loop_works_until_it_is_told_to_stop(cast, now):
    ran = threading.Event()
    owe(one=lambda event, at: ran.set())
    happen(now)
    stop = threading.Event()
    thread = threading.Thread(target=worker.run_forever, kwargs={"stop": stop})
    thread.start()
    assert ran.wait(30)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert states() == ["DONE"]


def test_loop_outlives_a_database_that_is_away(caplog):
    stop = threading.Event()
    calls = []

    def once(diary, at):
        calls.append(at)
        if len(calls) < 3:
            raise OperationalError("server closed the connection, password=secret")
        stop.set()
        return False

    with caplog.at_level(logging.WARNING), pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "_IDLE_SECONDS", 0.01)
        patch.setattr(worker.connection, "close", lambda: None)
        patch.setattr(worker, "close_old_connections", lambda: None)
        worker._keep_on("worker", stop, once)
    assert len(calls) == 3
    assert "the database is away" in caplog.text
    assert "secret" not in caplog.text


PROGRAM = """
import sys, django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
import time
from linli.flows import worker
from linli.core.models import Delivery
def slow(event, at):
    print("began", flush=True)
    time.sleep(1.5)
worker.REACTIONS["slow"] = slow
with worker.stopping_on_signals() as stop:
    worker.run_forever(stop=stop)
print("ended", flush=True)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_the_current_delivery_end(cast, now, number):
    owe(slow=lambda event, at: None)
    happen(now, 3)
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(connection.settings_dict["NAME"])],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "linli.config.settings"},
    )
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == "began\n"
        program.send_signal(number)
        out, _ = program.communicate(timeout=60)
    finally:
        program.kill()
    assert out == "ended\n"
    assert program.returncode == 0
    assert states() == ["DONE", "PENDING", "PENDING"]


@pytest.mark.django_db(transaction=True)
def test_worker_that_is_killed_leaves_its_delivery_to_the_next(cast, now):
    owe(slow=tells(cast.chen))
    happen(now)
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(connection.settings_dict["NAME"])],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "linli.config.settings"},
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "began\n"
    program.kill()
    program.wait(30)
    deadline = time.monotonic() + 20
    while worker.run_due(at=now) == 0 and time.monotonic() < deadline:
        time.sleep(0.1)  # PostgreSQL needs a moment to notice that the other end is gone.
    assert states() == ["DONE"]
    assert Message.objects.count() == 1
