"""A workbook of residents onto the roster, beside reading it and one bare insert of its rows."""

import io
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psutil
import xlsxwriter
from django.core.files.base import ContentFile
from django.db import connection, transaction
from python_calamine import CalamineWorkbook

from bench import words
from bench.homes import doors_for, id_number, members, new_estate
from bench.measuring import Figure, database_cpu
from bench.world import World
from linli.core.models import Event
from linli.core.seals import seal_waiting
from linli.people.books import receiving
from linli.people.books.running import work
from linli.people.models import Resident, RosterImport
from linli.people.personal import Person, columns_of

_HEADINGS = (
    "序号", "姓名", "住址", "与户主关系", "身份证号", "联系电话", "性别", "出生日期", "户籍情况",
    "工作单位",
)  # fmt: skip
_RELATIONS = {"户主": "HEAD", "配偶": "SPOUSE", "子女": "CHILD", "父母": "PARENT", "其他": "OTHER"}
_FLOOR_IS = "import: calamine reads the file, and Django's bulk_create writes its bare rows"
_MEGABYTE = 1 << 20


class NotWhole(Exception):
    """The import did not end well, or brought in another number of residents."""


def roster_import(world: World) -> list[Figure]:
    """Measure the whole way of a workbook, from the upload to the last seal."""
    rows = world.times(world.people)
    seal_all(world)  # What others left behind is not this import's.
    data = _workbook(world, rows)
    floor, raw = Spent(), Spent()
    steps = {name: Spent() for name in ("check", "write", "seal")}
    _floor(data, rows, floor, raw)
    with _watching_memory() as memory:
        _bring_in(world, data, rows, steps)
    _floor(data, rows, floor, raw)
    whole = Spent.of(steps.values())
    return [
        Figure(
            measure=f"import of {rows:,} residents",
            figure=whole.seconds,
            unit="s",
            floor=floor.seconds / 2,
            floor_is=_FLOOR_IS,
            ratio=whole.seconds / (floor.seconds / 2),
            server_cpu_ms=whole.cpu * 1000,
            database_cpu_ms=whole.database_cpu * 1000,
            floor_cpu_ms=(floor.cpu + floor.database_cpu) / 2 * 1000,
            cpu_ratio=2 * (whole.cpu + whole.database_cpu) / (floor.cpu + floor.database_cpu),
            wanted="≤ 3 ×, ≤ 1,024 MB",
            note=f"memory {memory.peak >> 20:,} MB at most, {memory.before >> 20:,} before; "
            f"with the raw driver the floor is {(raw.cpu + raw.database_cpu) / 2 * 1000:,.0f} ms "
            f"of CPU; {rows / whole.seconds:,.0f} residents a second",
        ),
        *(
            Figure(
                measure=f"… {name}",
                figure=spent.seconds,
                unit="s",
                server_cpu_ms=spent.cpu * 1000,
                database_cpu_ms=spent.database_cpu * 1000,
                note=f"{spent.count:,} events" if spent.count else "",
            )
            for name, spent in steps.items()
        ),
    ]


def seal_all(world: World) -> int:
    """Seal every event there is, as the worker does, and return how many had no seal."""
    total = 0
    while done := seal_waiting(at=world.at):
        total += done
    return total


# --- The import -----------------------------------------------------------------------------------


def _bring_in(world: World, data: bytes, rows: int, steps: dict[str, "Spent"]) -> None:
    actor = world.actor("shuji")
    with steps["check"].counting():
        row = receiving.receive(
            upload=ContentFile(data, name="名册.xlsx"),
            register="RESIDENTS",
            community_id=world.village.area_id,
            actor=actor,
            at=world.at,
        )
        _work(world, row, until="CHECKED")
    with steps["write"].counting():
        receiving.decide(token=row.token, actor=actor, at=world.at)
        _work(world, row, until="DONE")
    counts = receiving.counts_of(row=row)
    events = Event.objects.filter(sealed__isnull=True).count()
    if counts.wrong or counts.left_out or events < rows:
        raise NotWhole(f"{counts}, {events} events")
    with steps["seal"].counting():
        steps["seal"].count = seal_all(world)


def _work(world: World, row: RosterImport, *, until: str) -> None:
    while work(at=world.at):
        pass
    row.refresh_from_db()
    if row.state != until:
        raise NotWhole(f"{row.state}: {row.problem}")


# --- The floor ------------------------------------------------------------------------------------


def _floor(data: bytes, rows: int, floor: "Spent", raw: "Spent") -> None:
    """Read the file and write its rows bare, twice: by Django and by the driver; keep neither."""
    with floor.counting(), raw.counting():
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        cells = book.get_sheet_by_index(0).to_python()
    assert len(cells) == rows + 1, "what was written is read"
    made = [_bare(line) for line in cells[1:]]
    with transaction.atomic():
        with floor.counting():
            Resident.objects.bulk_create(made)
        transaction.set_rollback(True)
    fields = [one for one in Resident._meta.concrete_fields if one.column != "id"]
    values = [
        tuple(one.get_db_prep_save(getattr(row, one.attname), connection) for one in fields)
        for row in made
    ]
    columns = ", ".join(one.column for one in fields)
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {Resident._meta.db_table} ({columns}) VALUES ({places})"
    with transaction.atomic():
        with raw.counting(), connection.cursor() as cursor:
            cursor.executemany(statement, values)
        transaction.set_rollback(True)


def _bare(line: list[Any]) -> Resident:
    """Return a line's row, sealed already: of a community and a home that are not looked up."""
    key = uuid4()
    _number, name, _address, relation, number, phone, sex, born, _registration, employer = line
    person = Person(
        name=name,
        id_number=number,
        id_kind="ID_CARD",
        phone=phone,
        sex="MALE" if sex == "男" else "FEMALE",
        birth_date=born,
        registration="HERE",
        relation=_RELATIONS[relation],
        employer=employer,
    )
    return Resident(
        row_key=key, household_id=1, community_id=1, **columns_of(person=person, row_key=key)
    )


# --- The workbook ---------------------------------------------------------------------------------


def _workbook(world: World, rows: int) -> bytes:
    """Return a workbook of people whom nobody has entered, and build the doors they live behind."""
    first = Resident.objects.count()
    doors = new_estate(village=world.village, total=doors_for(residents=rows))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "名册.xlsx"
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()  # A fork must not speak into our connection.
        # In a process of its own: what writing takes must not count as what importing takes.
        addresses = ["".join(door.parts) for door in doors]
        writer = get_context("fork").Process(target=_write, args=(path, addresses, rows, first))
        writer.start()
        writer.join()
        return path.read_bytes()


def _write(path: Path, addresses: list[str], rows: int, first: int) -> None:
    random = Random(first)
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("居民")
        page.write_row(0, 0, _HEADINGS)
        line = 1
        for address in addresses:
            for relation in list(_RELATIONS)[: min(members(random=random), rows + 1 - line)]:
                number, born = id_number(number=first + line, area="320102")
                page.write_row(
                    line,
                    0,
                    (
                        line,
                        words.person(random=random),
                        address,
                        relation,
                        number,
                        words.phone(random=random),
                        "男" if int(number[16]) % 2 else "女",
                        born.isoformat(),
                        random.choice(("本地", "外地")),
                        random.choice(("", "—", "市第一机械厂", "退休", "自由职业")),
                    ),
                )
                line += 1


# --- Counting -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Spent:
    """Seconds and CPU seconds of what was counted so far."""

    seconds: float = 0.0
    cpu: float = 0.0
    database_cpu: float = 0.0
    count: int = 0

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count what is done inside."""
        database = database_cpu()
        cpu, begun = time.process_time(), time.perf_counter()
        yield
        self.seconds += time.perf_counter() - begun
        self.cpu += time.process_time() - cpu
        self.database_cpu += database_cpu() - database

    @classmethod
    def of(cls, parts: "Collection[Spent]") -> "Spent":
        """Return the sum of several."""
        return cls(
            sum(one.seconds for one in parts),
            sum(one.cpu for one in parts),
            sum(one.database_cpu for one in parts),
        )


@dataclass(slots=True)
class _Memory:
    before: int
    peak: int = field(default=0)


@contextmanager
def _watching_memory() -> Iterator[_Memory]:
    """Look at this process's memory forty times a second."""
    process = psutil.Process()
    memory = _Memory(before=process.memory_info().rss)
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.025):
            memory.peak = max(memory.peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield memory
    finally:
        stop.set()
        watcher.join()
