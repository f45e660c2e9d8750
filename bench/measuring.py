"""Time something and its floor in turns, with the CPU both cost, in this process and the database.

A machine that is busy with other things slows both alike, so the ratio says more than the figure.
"""

import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import django
import psutil
from django.db import connection

Work = Callable[[], object]
"""One operation: a report taken in, a page fetched, a row written."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. Times are milliseconds for each operation unless `unit` says else."""

    measure: str
    figure: float
    unit: str = "ms"
    floor: float | None = None
    floor_is: str = ""
    ratio: float | None = None
    database_ms: float | None = None
    server_cpu_ms: float | None = None
    database_cpu_ms: float | None = None
    floor_cpu_ms: float | None = None
    cpu_ratio: float | None = None
    queries: int | None = None
    wanted: str = ""
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return every column by name."""
        return asdict(self)


@dataclass(slots=True)
class Cost:
    """What rounds of one kind took: seconds for each operation in each round, and CPU seconds."""

    seconds: list[float] = field(default_factory=list)
    operations: int = 0
    server_cpu: float = 0.0
    database_cpu: float = 0.0

    @property
    def milliseconds(self) -> float:
        """Return the median over the rounds."""
        return statistics.median(self.seconds) * 1000

    @property
    def server_cpu_ms(self) -> float:
        """Return the CPU of this process for one operation."""
        return self.server_cpu / max(1, self.operations) * 1000

    @property
    def database_cpu_ms(self) -> float:
        """Return the CPU of the database's own processes for one operation; SQLite has none."""
        return self.database_cpu / max(1, self.operations) * 1000

    @property
    def cpu_ms(self) -> float:
        """Return both together."""
        return self.server_cpu_ms + self.database_cpu_ms


def compare(
    *, measure: Work, floor: Work, rounds: int = 5, times: int = 20, warm: int = 2
) -> tuple[Cost, Cost]:
    """Do both in turns, `times` in each of `rounds`, and return what each cost."""
    for work in (measure, floor):
        for _ in range(warm):
            work()
    costs = Cost(), Cost()
    for _ in range(rounds):
        for cost, work in zip(costs, (measure, floor), strict=True):
            _round(cost, work, times)
    return costs


def _round(cost: Cost, work: Work, times: int) -> None:
    database = database_cpu()
    cpu, begun = time.process_time(), time.perf_counter()
    for _ in range(times):
        work()
    cost.seconds.append((time.perf_counter() - begun) / times)
    cost.server_cpu += time.process_time() - cpu
    cost.database_cpu += database_cpu() - database
    cost.operations += times


def figure_of(
    name: str, costs: tuple[Cost, Cost], *, floor_is: str, queries: int | None = None, **more: Any
) -> Figure:
    """Return the line that says what something costs beside its floor."""
    measure, floor = costs
    return Figure(
        measure=name,
        figure=measure.milliseconds,
        floor=floor.milliseconds,
        floor_is=floor_is,
        ratio=_ratio(measure.milliseconds, floor.milliseconds),
        server_cpu_ms=measure.server_cpu_ms,
        database_cpu_ms=measure.database_cpu_ms,
        floor_cpu_ms=floor.cpu_ms,
        cpu_ratio=_ratio(measure.cpu_ms, floor.cpu_ms),
        queries=queries,
        **more,
    )


def _ratio(measure: float, floor: float) -> float | None:
    return measure / floor if floor > 0 else None


# --- Queries --------------------------------------------------------------------------------------


Statement = tuple[str, Any]


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """Collect what is sent to the database, with its parameters."""
    sent: list[Statement] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield sent


def statements_of(work: Work) -> list[Statement]:
    """Return what one operation sends, apart from the beginnings of transactions."""
    with statements() as sent:
        work()
    return [one for one in sent if not one[0].startswith(("SAVEPOINT", "RELEASE", "BEGIN"))]


def replay(sent: Sequence[Statement]) -> Work:
    """Return what reads the same rows by the same statements, and does nothing with them."""
    reads = [one for one in sent if one[0].startswith(("SELECT", "WITH"))]

    def read() -> None:
        with connection.cursor() as cursor:
            for sql, params in reads:
                cursor.execute(sql, params)
                cursor.fetchall()

    return read


# --- The machine ----------------------------------------------------------------------------------


def database_cpu() -> float:
    """Return the CPU seconds that the backends of our database have used so far."""
    return sum(_cpu_of(pid) for pid in _backends())


def _backends() -> list[int]:
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return [row[0] for row in cursor.fetchall()]


def _cpu_of(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:  # It ended, or runs on another machine.
        return 0.0
    return float(times.user + times.system)


def machine(*, rows: int) -> str:
    """Return the line that says where the figures come from."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW server_version")
        else:
            cursor.execute("SELECT sqlite_version()")
        version = cursor.fetchone()[0].split()[0]
    name = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    busy = psutil.getloadavg()[0]
    return (
        f"{psutil.cpu_count()} cores (load {busy:.1f}), "
        f"{psutil.virtual_memory().total / 2**30:.0f} GB, Python {platform.python_version()}, "
        f"Django {django.get_version()}, {name} {version}, {rows:,} matters"
    )
