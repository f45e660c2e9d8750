"""Migrations go forward, all the way back, and forward again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import connection

# In a process of its own, so that the database of the other tests stays as it is.
WALK = """
import django
django.setup()
from django.apps import apps
from django.core.management import call_command
from django.db import connection

def tables():
    return set(connection.introspection.table_names())

rooms = [c.label for c in apps.get_app_configs() if c.name.startswith("linli.")]
migrated = [
    room for room in reversed(rooms)
    if any(m._meta.app_label == room for m in apps.get_models())
]
call_command("migrate", verbosity=0, interactive=False)
there = tables()
ours = {m._meta.db_table for room in migrated for m in apps.get_app_config(room).get_models()}
assert ours <= there, ours - there
for room in migrated:
    call_command("migrate", room, "zero", verbosity=0, interactive=False)
assert not ours & tables(), ours & tables()
call_command("migrate", verbosity=0, interactive=False)
assert tables() == there
print("walked")
"""


@pytest.fixture
def scratch(tmp_path: Path, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """Return the environment of an empty database that is gone afterwards."""
    environment = {**os.environ, "LINLI_HOME": str(tmp_path / "home")}
    url = environment.get("LINLI_DATABASE_URL", "")
    if not url:
        yield environment
        return
    name = f"linli_scratch_{os.getpid()}"
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        environment["LINLI_DATABASE_URL"] = urlsplit(url)._replace(path=f"/{name}").geturl()
        yield environment
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_migrations_can_be_walked_back_and_forth(scratch):
    done = subprocess.run(
        [sys.executable, "-c", WALK], env=scratch, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "walked", done.stderr[-2000:]


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
