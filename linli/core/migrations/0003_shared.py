from django.core.management import call_command
from django.db import migrations

TABLE = "linli_shared"


def create(_apps, schema_editor):
    call_command("createcachetable", TABLE, database=schema_editor.connection.alias, verbosity=0)


def drop(_apps, schema_editor):
    schema_editor.execute(f"DROP TABLE IF EXISTS {TABLE}")


class Migration(migrations.Migration):
    """The table that Django's database cache keeps its rows in; it has no model."""

    dependencies = [
        ("core", "0002_calendar_year"),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
