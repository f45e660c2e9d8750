"""One consistent picture of the database while others write, and putting it back."""

import contextlib
import errno
import gzip
import os
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from linli.core.errors import Refused
from linli.core.models import Attachment, Seal

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
SQLITE_FILE = "linli.sqlite3"
MEMBERS = {SQLITE: "database.sqlite3.gz", POSTGRESQL: "database.dump"}

_CHUNK = 1024 * 1024
_COMPRESSION = 3  # a fifth of the size at a third of the time that the usual 9 takes


class ToolMissing(Refused):
    """PostgreSQL's own tools write and read its backups."""

    sentence = _(
        "The program %(tool)s is not installed. Install PostgreSQL's client programs, version "
        "%(major)s or newer (Debian, Ubuntu: apt install postgresql-client-%(major)s)."
    )


class ToolTooOld(Refused):
    """An older pg_dump refuses a newer server."""

    sentence = _(
        "%(tool)s is of version %(here)s, but the server runs PostgreSQL %(major)s. Install "
        "client programs of version %(major)s or newer."
    )


class ToolFailed(Refused):
    """It said no; its own words follow."""

    sentence = _("%(tool)s could not do it: %(reason)s")


class DatabaseDamaged(Refused):
    """SQLite's own check found a fault."""

    sentence = _(
        "The database file is damaged (%(reason)s). Keep the older backups, and restore one of "
        "them; nothing older was removed."
    )


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo or paper that the snapshot refers to."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database at one moment, as a file, and what stands in it."""

    path: Path
    engine: str
    server: str
    unpacked_bytes: int
    migrations: list[list[str]]
    counts: dict[str, int]
    seal_id: int | None
    seal_digest: str
    photos: list[PhotoRow]


Ask = Callable[[str], Sequence[Sequence[Any]]]


def engine() -> str:
    """Return which database Linli uses."""
    return SQLITE if connection.vendor == "sqlite" else POSTGRESQL


def database_file() -> Path:
    """Return where SQLite's database lies."""
    return Path(connection.settings_dict["NAME"])


@contextmanager
def snapshot(*, folder: Path) -> Iterator[Snapshot]:
    """Take a picture of the database into a file in `folder`, while others go on writing.

    :raises ToolMissing: when PostgreSQL's tools are not there; ToolTooOld, when they are older.
    """
    taken = _sqlite_snapshot(folder) if engine() == SQLITE else _postgresql_snapshot(folder)
    yield taken
    taken.path.unlink(missing_ok=True)


def _sqlite_snapshot(folder: Path) -> Snapshot:
    copy = folder / SQLITE_FILE
    copy_sqlite(source=database_file(), to=copy)
    with closing(sqlite3.connect(copy)) as opened:
        found = opened.execute("PRAGMA quick_check(3)").fetchall()  # raises for the worst
        if found != [("ok",)]:
            raise DatabaseDamaged(reason=str(found[0][0])[:200])
        facts = _facts(lambda query: opened.execute(query).fetchall())
    packed = folder / MEMBERS[SQLITE]
    with copy.open("rb") as plain, gzip.open(packed, "wb", compresslevel=_COMPRESSION) as file:
        shutil.copyfileobj(plain, file, _CHUNK)
    size = copy.stat().st_size
    copy.unlink()
    return Snapshot(
        path=packed,
        engine=SQLITE,
        server=sqlite3.sqlite_version,
        unpacked_bytes=size,
        **facts,
    )


def copy_sqlite(*, source: Path, to: Path) -> None:
    """Copy a database that may be in use: one reader's view of it, in a single file.

    :raises DatabaseDamaged: when SQLite cannot read it.
    :raises OSError: when there is no room for it.
    """
    try:
        _copy_sqlite(source, to)
    except sqlite3.OperationalError as error:
        if "full" not in str(error) and "I/O" not in str(error):
            raise DatabaseDamaged(reason=error) from error
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
    except sqlite3.DatabaseError as error:
        raise DatabaseDamaged(reason=error) from error


def _copy_sqlite(source: Path, to: Path) -> None:
    # In WAL a reader holds up no writer; all pages in one step, so that no write starts it anew.
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as live,
        closing(sqlite3.connect(to)) as copy,
    ):
        to.chmod(0o600)
        live.execute("PRAGMA busy_timeout = 60000")
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _postgresql_snapshot(folder: Path) -> Snapshot:
    path = folder / MEMBERS[POSTGRESQL]
    with psycopg.connect(**parameters()) as opened:
        opened.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        opened.read_only = True
        with opened.cursor() as cursor:

            def ask(query: str) -> Sequence[Sequence[Any]]:
                return cursor.execute(query.encode()).fetchall()

            facts = _facts(ask)
            name = str(ask("SELECT pg_export_snapshot()")[0][0])
            size = int(ask("SELECT pg_database_size(current_database())")[0][0])
            server = opened.info.server_version
            run_tool(
                tool="pg_dump",
                words=[
                    *("--format=custom", "--no-owner", "--no-acl"),
                    *(f"--snapshot={name}", f"--file={path}"),
                ],
                server_major=server // 10_000,
            )
    return Snapshot(
        path=path,
        engine=POSTGRESQL,
        server=f"{server // 10_000}.{server % 10_000}",
        unpacked_bytes=size,
        **facts,
    )


def _facts(ask: Ask) -> dict[str, Any]:
    """Read through one connection, so that all of it is of the same moment."""
    seal = ask(f'SELECT id, digest FROM "{Seal._meta.db_table}" ORDER BY id DESC LIMIT 1')
    photos = ask(
        f'SELECT file, sha256 FROM "{Attachment._meta.db_table}" '
        "WHERE erased_at IS NULL ORDER BY id"
    )
    migrations = ask("SELECT app, name FROM django_migrations ORDER BY id")
    return {
        "migrations": [[str(app), str(name)] for app, name in migrations],
        "counts": {table: int(ask(f'SELECT count(*) FROM "{table}"')[0][0]) for table in tables()},
        "seal_id": int(seal[0][0]) if seal else None,
        "seal_digest": str(seal[0][1]) if seal else "",
        "photos": [PhotoRow(name=str(name), sha256=str(digest)) for name, digest in photos],
    }


def tables() -> list[str]:
    """Return the tables that hold our data, those that are there by now."""
    return sorted(
        {
            *connection.introspection.django_table_names(only_existing=True),
            "django_migrations",
        }
    )


# --- PostgreSQL's own tools -------------------------------------------------------------------


def parameters(*, database: str = "") -> dict[str, Any]:
    """Return how psycopg reaches the server; another database when one is named."""
    known = connection.settings_dict
    told = {
        "dbname": database or known["NAME"],
        "user": known["USER"],
        "password": known["PASSWORD"],
        "host": known["HOST"],
        "port": known["PORT"],
    }
    return {name: value for name, value in told.items() if value}


def run_tool(*, tool: str, words: Sequence[str], server_major: int, database: str = "") -> None:
    """Run pg_dump or pg_restore against our server.

    :raises ToolMissing: when it is not installed; ToolTooOld, when it is older than the server.
    :raises ToolFailed: when it ends with an error.
    """
    found = shutil.which(tool)
    if found is None:
        raise ToolMissing(tool=tool, major=server_major)
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"\) (\d+)", said.stdout)
    if version and int(version[1]) < server_major:
        raise ToolTooOld(tool=tool, here=version[1], major=server_major)
    told = parameters(database=database)
    # In the environment, not in the words: those can be read by everybody on the machine.
    names = {"dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}
    names |= {"host": "PGHOST", "port": "PGPORT"}
    environment = {names[name]: str(value) for name, value in told.items()}
    done = subprocess.run(
        [found, *words],
        env={**_plain_environment(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = ("No space left", "File too large")
        if done.returncode == -signal.SIGXFSZ or any(word in done.stderr for word in words):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        reason = done.stderr.strip().partition("\n")[0] or f"exit {done.returncode}"
        raise ToolFailed(tool=tool, reason=reason)


def _plain_environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


# --- A database beside the database -------------------------------------------------------------


class MayNotCreate(Refused):
    """A restored database is made beside the old one, and only then takes its place."""

    sentence = _(
        "The database user %(user)s may not create databases, and a backup is restored into a new "
        "one beside the old. As the server's administrator: ALTER ROLE %(user)s CREATEDB;"
    )


class StillInUse(Refused):
    """Somebody is connected."""

    sentence = _(
        "The database %(name)s is in use by %(count)s connections. Stop every server and worker "
        "of Linli first."
    )


@contextmanager
def maintenance() -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """Connect to the server beside our database."""
    last: Exception | None = None
    for name in ("postgres", "template1"):
        try:
            opened = psycopg.connect(**parameters(database=name), autocommit=True)
        except psycopg.OperationalError as error:
            last = error
            continue
        with opened:
            yield opened
        return
    raise ToolFailed(tool="PostgreSQL", reason=str(last))


def create_database(*, name: str) -> None:
    """Make an empty database.

    :raises MayNotCreate: when this user may not.
    """
    with maintenance() as server:
        try:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(name)
                )
            )
        except psycopg.errors.InsufficientPrivilege as error:
            raise MayNotCreate(user=server.info.user) from error


def drop_database(*, name: str) -> None:
    """Take a database away, if it is there."""
    with maintenance() as server:
        server.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def databases_like(*, prefix: str) -> list[str]:
    """Return the databases whose name begins so."""
    with maintenance() as server:
        query = b"SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY 1"
        return [str(name) for (name,) in server.execute(query, [prefix]).fetchall()]


def require_unused(*, name: str) -> None:
    """Refuse to go on while somebody is connected to a database.

    :raises StillInUse: when somebody is.
    """
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    with maintenance() as server:
        query = b"SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        row = server.execute(query, [name]).fetchone()
        if row and row[0]:
            raise StillInUse(name=name, count=row[0])


def take_place(*, new: str, of: str, old: str) -> None:
    """Put one database in the place of another, which lives on under the name `old`.

    Both renamings are one transaction.
    """
    existing = databases_like(prefix=of)
    with maintenance() as server, server.transaction():
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        if of in existing:
            server.execute(rename.format(sql.Identifier(of), sql.Identifier(old)))
        server.execute(rename.format(sql.Identifier(new), sql.Identifier(of)))


def is_empty() -> bool:
    """Tell whether nothing was ever set up in our database."""
    if engine() == SQLITE:
        path = database_file()
        if not path.exists() or not path.stat().st_size:
            return True
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            return not opened.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    if connection.settings_dict["NAME"] not in databases_like(
        prefix=connection.settings_dict["NAME"]
    ):
        return True
    with psycopg.connect(**parameters()) as opened_server:
        query = b"SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1"
        return opened_server.execute(query).fetchone() is None


def unpack(*, engine_name: str, packed: Path, to: str) -> None:
    """Bring a snapshot back: into the file `to`, or into the empty database `to`."""
    if engine_name == SQLITE:
        target = Path(to)
        with gzip.open(packed, "rb") as plain, target.open("xb") as file:
            target.chmod(0o600)
            shutil.copyfileobj(plain, file, _CHUNK)
        return
    with maintenance() as server:
        major = server.info.server_version // 10_000
    run_tool(
        tool="pg_restore",
        words=[
            *("--single-transaction", "--exit-on-error", "--no-owner", "--no-acl"),
            *(f"--dbname={to}", str(packed)),
        ],
        server_major=major,
        database=to,
    )


def checkpoint(*, path: Path) -> None:
    """Move what lies in the write-ahead log into the file, and leave no log behind."""
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for ending in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{ending}").unlink()
