"""Find what somebody has in hand among all that they ever took; drop what an index begins with.

A unit's orders go by unit, state and key, and nothing by the unit alone.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = "matters_order"
COLUMNS = ("organisation_id", "taken_by_id")


def drop_plain(apps, editor):
    """Drop them by what they index: SQLite would copy the whole table once for each."""
    connection = editor.connection
    with connection.cursor() as cursor:
        known = connection.introspection.get_constraints(cursor, TABLE)
    for name, found in known.items():
        is_plain = found["index"] and not (found["unique"] or found["primary_key"])
        if is_plain and len(found["columns"]) == 1 and found["columns"][0] in COLUMNS:
            editor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")


def make_them_again(apps, editor):
    for column in COLUMNS:
        name = editor._create_index_name(TABLE, [column], suffix="")
        editor.execute(f'CREATE INDEX "{name}" ON {TABLE} ({column})')


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0017_rating_by_day"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="order",
                    name="organisation",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="people.organisation",
                    ),
                ),
                migrations.AlterField(
                    model_name="order",
                    name="taken_by",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            database_operations=[migrations.RunPython(drop_plain, make_them_again)],
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("taken_by__isnull", False)),
                fields=["taken_by", "state"],
                name="order_taken_by",
            ),
        ),
    ]
