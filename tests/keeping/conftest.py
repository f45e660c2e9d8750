"""An office with data to lose: the demonstration, in a folder and a database of its own."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("LINLI_DATABASE_URL", "")

SEAL = """
import django; django.setup()
from django.utils import timezone
from linli.core.seals import seal_events
while seal_events(at=timezone.now()): pass
"""


def database_url(name: str) -> str:
    return urlsplit(SERVER)._replace(path=f"/{name}").geturl() if SERVER else ""


def on_server(statement: str, *names: str) -> None:
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@dataclass
class Office:
    """A folder, a database, and the commands that are run on them."""

    home: Path
    database: str = ""
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "LC_ALL": "C.UTF-8",
            "LINLI_HOME": str(self.home),
            "LINLI_DATABASE_URL": database_url(self.database),
            "DJANGO_SETTINGS_MODULE": "linli.config.settings",
            **self.more,
        }

    @property
    def backups(self) -> list[Path]:
        return sorted(Path(f"{self.home}-backups").glob("*.tar"))

    def linli(self, *words: object, **options: Any) -> "subprocess.CompletedProcess[str]":
        return self.python("-m", "linli.cli", *map(str, words), **options)

    def python(self, *words: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            **options,
        )

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def backup(self, *words: object) -> Path:
        done = self.linli("backup", *words)
        assert done.returncode == 0, done.stderr
        return self.backups[-1]

    def rows(self) -> dict[str, list[Any]]:
        """Return every row of every table, without Django."""
        if not self.database:
            path = self.home / "linli.sqlite3"
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as opened:
                return _rows(
                    opened,
                    "SELECT name FROM sqlite_master WHERE type='table' AND name <> "
                    "'sqlite_sequence' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY 1",
                )
        with psycopg.connect(database_url(self.database)) as opened:
            return _rows(
                opened,
                "SELECT table_name FROM information_schema.tables "
                "WHERE table_schema = 'public' ORDER BY 1",
            )

    def tree(self) -> dict[str, bytes]:
        """Return the photos and keys by their paths."""
        return {
            str(path.relative_to(self.home)): path.read_bytes()
            for part in ("media", "keys")
            for path in sorted((self.home / part).rglob("*"))
            if path.is_file() and "thumbnails" not in path.parts
        }


def _rows(opened: Any, query: str) -> dict[str, list[Any]]:
    tables = [name for (name,) in opened.execute(query).fetchall()]
    return {
        name: sorted(map(repr, opened.execute(f'SELECT * FROM "{name}"').fetchall()))
        for name in tables
    }


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return the office that the others are copies of; nobody changes it."""
    database = f"linli_keeping_{os.getpid()}" if SERVER else ""
    if database:
        on_server("CREATE DATABASE {}", database)
    office = Office(home=tmp_path_factory.mktemp("original") / "data", database=database)
    try:
        done = office.linli("pack", "load", ROOT / "packs" / "fudong")
        assert done.returncode == 0, done.stderr
        assert office.python("-c", SEAL).returncode == 0
        yield office
    finally:
        if database:
            on_server("DROP DATABASE {} WITH (FORCE)", database)


@pytest.fixture
def office(original: Office, tmp_path: Path) -> Iterator[Office]:
    """Return an office with data."""
    copy = Office(home=tmp_path / "data")
    shutil.copytree(original.home, copy.home)
    yield from _with_database(copy, template=original.database)


@pytest.fixture
def new_place(tmp_path: Path) -> Iterator[Office]:
    """Return another machine, on which nothing is yet."""
    yield from _with_database(Office(home=tmp_path / "elsewhere" / "data"), template="template0")


def _with_database(office: Office, *, template: str) -> Iterator[Office]:
    if not SERVER:
        yield office
        return
    office.database = f"linli_keeping_{os.getpid()}_{office.home.parent.name[-8:]}"
    on_server("CREATE DATABASE {} TEMPLATE {}", office.database, template)
    yield office
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        left = [name for (name,) in server.execute(query, [office.database]).fetchall()]
    for name in left:
        on_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
