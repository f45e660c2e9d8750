"""Write rows of a model past the ORM: COPY on PostgreSQL, executemany on SQLite.

Columns and their defaults are the model's own, so a column that is added later needs no change
here as long as it has a default.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import connection, models, transaction

_KEPT_INDEXES = "bench_kept_indexes"
_encode = json.JSONEncoder(ensure_ascii=False).encode


BATCH = 10_000
"""How many rows a maker writes at once."""

_BATCHES_WITH_INDEXES = 5  # more go faster while there is no index


class BulkTable:
    """The table of one model, as rows of plain values in the order of its columns."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.name = model._meta.db_table
        fields = [field for field in model._meta.concrete_fields if not field.generated]
        self.columns = [str(field.column) for field in fields]
        self._places = {column: place for place, column in enumerate(self.columns)}
        self._empty = [_default_of(field) for field in fields]
        self._convert = _converters(fields)
        self.rows: list[Sequence[Any]] = []

    def add(self, **values: Any) -> None:
        """Keep one row for the next `flush`; what is not named takes the model's default."""
        row = self._empty.copy()
        places = self._places
        for column, value in values.items():
            row[places[column]] = value
        for place, convert in self._convert:
            if row[place] is not None:
                row[place] = convert(row[place])
        self.rows.append(row)

    def flush(self) -> int:
        """Write the rows kept so far and return how many there were."""
        rows, self.rows = self.rows, []
        insert(table=self.name, columns=self.columns, rows=rows)
        return len(rows)

    def next_id(self) -> int:
        """Return the key after the highest one."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {self.name}")
            return int(cursor.fetchone()[0])


def insert(*, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows whose values are already as the driver takes them."""
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        raw = cursor.cursor
        if connection.vendor == "postgresql":
            with raw.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(columns))
            raw.connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)


@contextmanager
def loading() -> Iterator[None]:
    """Load without waiting for the disk and without looking every key up: a bench, not an office.

    Keys are checked on the way out; a crash may cost the database, which can be made anew.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET synchronous_commit = off")
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            if cursor.fetchone()[0]:
                cursor.execute("SET session_replication_role = replica")
        else:
            for pragma in ("synchronous = OFF", "foreign_keys = OFF", "cache_size = -1000000"):
                cursor.execute(f"PRAGMA {pragma}")
    try:
        yield
    finally:
        connection.close()  # And with it everything that was set above.


def set_indexes_aside(*, tables: Sequence[str]) -> None:
    """Drop the plain indexes of these tables; what they were is kept in the database itself."""
    if _KEPT_INDEXES in connection.introspection.table_names():
        return  # An interrupted run: they are aside already.
    marks = ", ".join(["%s"] * len(tables))
    if connection.vendor == "postgresql":
        query = (
            "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename IN "
            f"({marks}) AND i.indexdef NOT LIKE 'CREATE UNIQUE%%'"
        )
    else:
        query = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN "
            f"({marks}) AND sql IS NOT NULL AND sql NOT LIKE 'CREATE UNIQUE%%'"
        )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(query, list(tables))
        kept = cursor.fetchall()
        cursor.execute(f"CREATE TABLE {_KEPT_INDEXES} (definition text)")
        for name, definition in kept:
            cursor.execute(f"INSERT INTO {_KEPT_INDEXES} VALUES (%s)", [definition])
            cursor.execute(f'DROP INDEX "{name}"')


def put_indexes_back(*, say: Callable[[str], None]) -> None:
    """Build the indexes that were set aside."""
    if _KEPT_INDEXES not in connection.introspection.table_names():
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT definition FROM {_KEPT_INDEXES}")
        definitions = [row[0] for row in cursor.fetchall()]
        say(f"building {len(definitions)} indexes")
        for definition in definitions:
            cursor.execute(definition.replace("%", "%%"), [])
        cursor.execute(f"DROP TABLE {_KEPT_INDEXES}")


class Maker(Protocol):
    """Writes the rows of a batch, the same each time."""

    def has(self, start: int) -> bool:
        """Tell whether the batch that begins here was written before."""

    def write(self, start: int, stop: int) -> None:
        """Write the rows of a batch."""


def fill(
    *,
    maker: Maker,
    rows: int,
    what: str,
    models_filled: Sequence[type[models.Model]],
    afterwards: Callable[[], object],
    say: Callable[[str], None],
) -> None:
    """Write the batches that are missing up to `rows`; `afterwards` runs once all are there."""
    missing = [start for start in range(0, rows, BATCH) if not maker.has(start)]
    began, say_at = time.monotonic(), 0.0
    with loading():
        if len(missing) > _BATCHES_WITH_INDEXES:
            set_indexes_aside(tables=[model._meta.db_table for model in models_filled])
        for start in missing:
            stop = min(start + BATCH, rows)
            maker.write(start, stop)
            if time.monotonic() > say_at:
                say(f"{stop:>9,} {what}  {time.monotonic() - began:6.0f} s")
                say_at = time.monotonic() + 10
        put_indexes_back(say=say)
        if missing:
            afterwards()
            say(f"{rows:>9,} {what} are there after {time.monotonic() - began:.0f} s")


def finish(*, models_loaded: Sequence[type[models.Model]]) -> None:
    """Let the next rows take free keys, and let the planner know what is there."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for model in models_loaded:
                table = model._meta.db_table
                if "id" not in {field.column for field in model._meta.concrete_fields}:
                    continue
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                    f"GREATEST((SELECT COALESCE(MAX(id), 1) FROM {table}), 1))"
                )
            cursor.execute("VACUUM ANALYZE")
        else:
            cursor.execute("ANALYZE")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# --- Leaves -------------------------------------------------------------------------------------


def _default_of(field: Any) -> Any:
    return field.get_default() if field.has_default() else ("" if _is_text(field) else None)


def _is_text(field: Any) -> bool:
    return not field.null and isinstance(field, models.CharField | models.TextField)


def _converters(fields: Sequence[Any]) -> list[tuple[int, Callable[[Any], Any]]]:
    """Return what turns a Python value into what the driver takes, for the columns in need."""
    of_kind: dict[str, Callable[[Any], Any]] = {"JSONField": _as_json}
    if connection.vendor != "postgresql":
        of_kind |= {"DateTimeField": _as_text, "DateField": date.isoformat, "UUIDField": _as_hex}
    kinds = [field.get_internal_type() for field in fields]
    return [(place, of_kind[kind]) for place, kind in enumerate(kinds) if kind in of_kind]


def _as_json(value: Any) -> str:
    return _encode(value) if value else json.dumps(value)


def _as_hex(value: UUID) -> str:
    return value.hex


def _as_text(value: datetime) -> str:
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return str(value)[:-6]  # As Django writes it: in UTC, without saying so.
