"""Reactions: how many a second, each exactly once, also while reports keep coming in."""

import threading
import time
from typing import Any

from django.db import connection
from django.db.models import Count

from bench.measures.creating import reporter_at
from bench.measuring import Figure, database_cpu
from bench.world import World
from linli.core.models import Delivery
from linli.flows.worker import run_due
from linli.notify.models import Message

_BURST = 400


class NotOnce(Exception):
    """A reaction was lost or done twice."""


def reactions(world: World) -> list[Figure]:
    """Measure the drain of a burst alone, its floor, and the drain while writing goes on."""
    size = world.times(_BURST)
    _drain(world, limit=10**6)
    first = _burst(world, size)
    cpu, database, begun = time.process_time(), database_cpu(), time.perf_counter()
    done = _drain(world, limit=10**6)
    seconds = time.perf_counter() - begun
    cpu, database = time.process_time() - cpu, database_cpu() - database
    _require_once(first)
    floor_seconds, floor_cpu = _floor(first, done)
    alone = Figure(
        measure=f"reactions, a burst of {size} drained",
        figure=done / seconds,
        unit="a second",
        floor=done / floor_seconds,
        floor_is="reactions: the raw driver claims, writes the messages and marks done",
        ratio=floor_seconds and seconds / floor_seconds,
        server_cpu_ms=cpu / done * 1000,
        database_cpu_ms=database / done * 1000,
        floor_cpu_ms=floor_cpu / done * 1000,
        cpu_ratio=(cpu + database) / floor_cpu if floor_cpu else None,
        wanted="≥ 200 a second, each once",
    )
    return [alone, _while_writing(world, size)]


def _while_writing(world: World, size: int) -> Figure:
    """Drain a burst while a thread writes report after report."""
    first = _burst(world, size)
    stop, written = threading.Event(), [0]

    def write() -> None:
        take_in = reporter_at(world)
        while not stop.is_set():
            take_in()
            written[0] += 1
            stop.wait(0.01)
        connection.close()

    writer = threading.Thread(target=write)
    begun = time.perf_counter()
    writer.start()
    try:
        done = _drain(world, limit=size)
    finally:
        seconds = time.perf_counter() - begun
        stop.set()
        writer.join()
    _drain(world, limit=10**6)
    _require_once(first)
    return Figure(
        measure="the same while reports keep coming in",
        figure=done / seconds,
        unit="a second",
        wanted="drains, each once",
        note=f"{written[0] / seconds:.0f} reports a second meanwhile, in the same process",
    )


def _burst(world: World, size: int) -> int:
    """Take in reports at once and return the key of the first delivery that they owe."""
    last = Delivery.objects.order_by("-id").values_list("id", flat=True).first() or 0
    take_in = reporter_at(world)
    for _ in range(size):
        take_in()
    return last + 1


def _drain(world: World, *, limit: int) -> int:
    return run_due(at=world.at, limit=limit)


def _require_once(first: int) -> None:
    """Look whether everything since `first` was done, once.

    :raises NotOnce: when it was not.
    """
    rows = Delivery.objects.filter(pk__gte=first)
    if rows.exclude(state=Delivery.State.DONE, attempts__lte=1).exists():
        raise NotOnce("a delivery is not done, or was tried more than once")
    events = rows.values("event_id")
    twice = Message.objects.filter(event_id__in=events).order_by()
    if twice.values("account_id", "event_id", "code").annotate(n=Count("id")).filter(n__gt=1):
        raise NotOnce("somebody was told twice")


def _floor(first: int, done: int) -> tuple[float, float]:
    """Do by hand what reactions did: claim, write the same messages, mark done, commit.

    Return the seconds and the CPU seconds that took. Everything is rolled into new rows of the
    same events, so the messages carry a code of their own.
    """
    rows = list(Delivery.objects.filter(pk__gte=first).order_by("id").values_list("id", "event_id"))
    messages = {
        event_id: list(Message.objects.filter(event_id=event_id).values_list("id", flat=True))
        for _, event_id in rows
    }
    connection.ensure_connection()
    raw: Any = connection.connection
    is_postgresql = connection.vendor == "postgresql"
    mark = "%s" if is_postgresql else "?"
    lock = " FOR UPDATE SKIP LOCKED" if is_postgresql else ""
    claim = f"SELECT id, event_id FROM core_delivery WHERE id = {mark}{lock}"
    copy = (
        "INSERT INTO notify_message (account_id, event_id, topic, code, facts, path, created_at) "
        "SELECT account_id, event_id, topic, 'floor', facts, path, created_at "
        f"FROM notify_message WHERE id = {mark}"
    )
    finish = f"UPDATE core_delivery SET state = 'DONE', attempts = 1 WHERE id = {mark}"
    cpu, database, begun = time.process_time(), database_cpu(), time.perf_counter()
    for delivery_id, event_id in rows[:done]:
        cursor = raw.cursor()
        cursor.execute("BEGIN" if is_postgresql else "BEGIN IMMEDIATE")
        cursor.execute(claim, [delivery_id])
        cursor.fetchone()
        for message_id in messages.pop(event_id, ()):  # One of its reactions told somebody.
            cursor.execute(copy, [message_id])
        cursor.execute(finish, [delivery_id])
        cursor.execute("COMMIT")
        cursor.close()
    seconds = time.perf_counter() - begun
    used = time.process_time() - cpu + database_cpu() - database
    Message.objects.filter(code="floor").delete()
    return seconds, used
