"""A load run: two server processes, one worker, eight clients that report for a minute."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from django.core.management import call_command
from django.db import connection

from bench.clients import Crowd, Program, Reporting, Resident, Sent
from bench.measures.creating import RawWriter, has_api, reporter_at, token_of
from bench.measures.reading import spread
from bench.measuring import Figure, database_cpu
from bench.servers import COMMANDS, Running, free_port, linli, running, wait_for
from bench.world import World

CLIENTS, WORKERS, THREADS = 8, 2, 8
_SPREAD_ENVIRONMENT = {
    "LINLI_TRUSTED_PROXIES": "1",  # Each client says an address of its own.
    "LINLI_API_RATE": "1000000",
}


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one load run."""

    sent: list[Sent]
    seconds: float
    server_cpu: float
    worker_cpu: float
    database_cpu: float
    memory_mb: float

    @property
    def acknowledged(self) -> list[Sent]:
        """Return the reports that were taken."""
        return [one for one in self.sent if one.is_acknowledged]


def load(world: World) -> list[Figure]:
    """Measure the server that ships, beside as many processes that only write the rows."""
    floor = _raw_rate(world)
    return [_figure("load run, gunicorn gthread", _run(world, "gunicorn gthread"), floor=floor)]


def servers(world: World) -> list[Figure]:
    """Compare the servers in turns, each in three runs of a third of the time."""
    figures = []
    for turn in (1, 2, 3):
        for name in COMMANDS:
            run = _run(world, name, part=3)
            figures.append(_figure(f"{name}, run {turn}", run, floor=None))
    return figures


def _figure(name: str, run: Run, *, floor: float | None) -> Figure:
    taken = run.acknowledged
    rate = len(taken) / run.seconds
    middle, worst = spread([one.seconds * 1000 for one in taken] or [0.0])
    faults = len(run.sent) - len(taken)
    kinds = sorted({one.fault for one in run.sent if one.fault})
    count = max(1, len(taken))
    said = f" ({', '.join(kinds)})" if kinds else ""
    return Figure(
        measure=name,
        figure=rate,
        unit="reports a second",
        floor=floor,
        floor_is="load: two processes write the same rows by the raw driver" if floor else "",
        ratio=floor / rate if floor and rate else None,
        server_cpu_ms=(run.server_cpu + run.worker_cpu) / count * 1000,
        database_cpu_ms=run.database_cpu / count * 1000,
        wanted="≥ 120 a second, 0 errors, p99 < 300 ms" if floor else "",
        note=f"{faults} errors{said}; p50 {middle:.0f} ms, p99 {worst:.0f} ms; worker "
        f"{run.worker_cpu / count * 1000:.1f} ms of the CPU; {run.memory_mb:.0f} MB",
    )


def _run(world: World, name: str, *, part: int = 1) -> Run:
    """Serve, let the clients report, and stop everything again."""
    call_command("collectstatic", verbosity=0, interactive=False)
    port = free_port()
    reporting = _clients(world, port)
    connection.close()
    with running(COMMANDS[name](port, WORKERS, THREADS), environment=_SPREAD_ENVIRONMENT) as server:
        wait_for(port, of=server)
        with running(linli("worker"), environment={}) as worker:
            for report in reporting:  # Each thread and each cache is warm before it counts.
                report()
            return _count(reporting, server, worker, seconds=world.seconds / part)


def _count(reporting: list[Reporting], server: Running, worker: Running, *, seconds: float) -> Run:
    before = (server.cpu_seconds(), worker.cpu_seconds(), database_cpu())
    connection.close()
    stop, begun = threading.Event(), time.monotonic()
    crowd = Crowd(reporting=reporting, stop=stop)
    stop.wait(seconds)
    stop.set()
    crowd.join()
    took = time.monotonic() - begun
    after = (server.cpu_seconds(), worker.cpu_seconds(), database_cpu())
    server_cpu, worker_cpu, database = (
        late - early for late, early in zip(after, before, strict=True)
    )
    return Run(
        sent=crowd.sent,
        seconds=took,
        server_cpu=server_cpu,
        worker_cpu=worker_cpu,
        database_cpu=database,
        memory_mb=server.memory_mb(),
    )


def _clients(world: World, port: int) -> list[Reporting]:
    """Return eight that report: over the API where there is one, else by the form of the page."""
    buildings = [one[0] for grid in world.village.grids for one in world.village.buildings[grid]]
    where: dict[str, Any] = {"host": "127.0.0.1", "port": port, "building_ids": buildings}
    if not has_api():
        village = world.village.area_id
        return [
            Resident(number=number, community_id=village, **where).report
            for number in range(CLIENTS)
        ]
    secret = token_of(world)
    return [Program(number=number, secret=secret, **where).report for number in range(CLIENTS)]


# --- The floor ----------------------------------------------------------------------------------


def _raw_rate(world: World) -> float:
    """Return how many matters a second two processes write by the raw driver alone."""
    matter = reporter_at(world)()
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()  # A fork must not speak into our connection.
    fork = get_context("fork")
    counts = fork.Queue()
    seconds = min(10.0, max(1.0, world.seconds / 6))
    writers = [fork.Process(target=_write, args=(matter, seconds, counts)) for _ in range(WORKERS)]
    for writer in writers:
        writer.start()
    total = sum(counts.get(timeout=seconds + 60) for _ in writers)
    for writer in writers:
        writer.join()
    return float(total) / seconds


def _write(matter: Any, seconds: float, counts: Any) -> None:
    with _queue() as enter:
        raw, count = RawWriter(matter), 0
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            enter(raw.write)
            count += 1
    counts.put(count)


@contextmanager
def _queue() -> Iterator[Any]:
    """Give what lets a write wait its turn as Linli's do: two raw writers on SQLite collide."""
    if connection.vendor == "postgresql":
        yield lambda write: write()
        return
    wrapper: Any = connection

    def in_turn(write: Any) -> None:
        wrapper._enter_queue()
        try:
            write()
        finally:
            wrapper._leave_queue()

    yield in_turn
