"""Migrations go forward, all the way back, and forward again."""

import subprocess
import sys

import pytest
from django.core.management import call_command

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


def test_migrations_can_be_walked_back_and_forth(scratch):
    done = subprocess.run(
        [sys.executable, "-c", WALK], env=scratch, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "walked", done.stderr[-2000:]


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
