"""SQLite keeps what it confirmed, checks its keys, and lets writers queue."""

import threading
import time

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from linli.core.models import CalendarDay, Delivery, Event
from tests.cast import NOW

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="this is about SQLite; PostgreSQL does it by itself"
)


def pragma(name):
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_every_connection_is_durable_and_checks_foreign_keys():
    seen = {}

    def look():
        seen.update(
            journal=pragma("journal_mode"),
            synchronous=pragma("synchronous"),
            foreign_keys=pragma("foreign_keys"),
        )
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == {"journal": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.django_db(transaction=True)
def test_key_that_points_nowhere_is_refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(event_id=987_654, reaction="x", due_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_read_then_write_races_lose_nothing():
    CalendarDay.objects.create(date="2026-01-01", is_workday=True, name="0", set_by="x", set_at=NOW)
    failures = []

    def add():
        try:
            for _ in range(5):
                with transaction.atomic():
                    day = CalendarDay.objects.get(date="2026-01-01")
                    day.name = str(int(day.name) + 1)
                    day.save()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert CalendarDay.objects.get(date="2026-01-01").name == "40"


@pytest.mark.django_db(transaction=True)
def test_writer_that_fails_gives_its_place_in_the_queue_back():
    @transaction.atomic
    def fail():
        CalendarDay.objects.update(name=F("name"))
        raise RuntimeError

    for _ in range(3):
        with pytest.raises(RuntimeError):
            fail()
    done = threading.Event()

    def write():
        with transaction.atomic():
            CalendarDay.objects.update(name=F("name"))
        done.set()
        connection.close()

    threading.Thread(target=write).start()
    assert done.wait(10)


@pytest.mark.django_db(transaction=True)
def test_connection_closed_within_a_transaction_gives_its_place_back():
    entered = threading.Event()

    def leave():
        connection.set_autocommit(False)
        CalendarDay.objects.update(name=F("name"))
        entered.set()
        connection.close()

    thread = threading.Thread(target=leave)
    thread.start()
    assert entered.wait(10)
    thread.join(10)
    with transaction.atomic():
        CalendarDay.objects.update(name=F("name"))


@pytest.mark.django_db(transaction=True)
def test_readers_do_not_wait_for_a_writer():
    writing, may_end = threading.Event(), threading.Event()

    def write():
        with transaction.atomic():
            CalendarDay.objects.create(date="2026-01-02", is_workday=True, set_by="x", set_at=NOW)
            writing.set()
            may_end.wait(30)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert writing.wait(10)
    began = time.monotonic()
    assert not Event.objects.exists()
    assert not CalendarDay.objects.exists()
    assert time.monotonic() - began < 2
    may_end.set()
    thread.join(10)
    assert CalendarDay.objects.exists()
