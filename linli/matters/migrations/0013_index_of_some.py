"""Index a key that few rows have by those rows alone: who asked or works as a person, and mergers.

The index of a key that is mostly empty tells SQLite that most rows share one value, so it reads the
whole table instead of the index.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEYS = (
    ("matters_matter", "merged_into_id"),
    ("matters_order", "account_id"),
    ("matters_reporter", "account_id"),
)


def drop_whole(apps, editor):
    """Drop the index of every row by what it indexes: SQLite would copy the whole table."""
    connection = editor.connection
    for table, column in KEYS:
        with connection.cursor() as cursor:
            known = connection.introspection.get_constraints(cursor, table)
        for name, found in known.items():
            is_plain = found["index"] and not (found["unique"] or found["primary_key"])
            if is_plain and found["columns"] == [column]:
                editor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")


def make_them_again(apps, editor):
    for table, column in KEYS:
        name = editor._create_index_name(table, [column], suffix="")
        editor.execute(f'CREATE INDEX "{name}" ON {table} ({column})')


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0012_method_revision"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="matter",
                    name="merged_into",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_matters",
                        to="matters.matter",
                    ),
                ),
                migrations.AlterField(
                    model_name="order",
                    name="account",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="reporter",
                    name="account",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            database_operations=[migrations.RunPython(drop_whole, make_them_again)],
        ),
        migrations.RemoveIndex(model_name="order", name="order_account"),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("account__isnull", False)),
                fields=["account", "state", "-id"],
                name="order_account",
            ),
        ),
        migrations.AddIndex(
            model_name="reporter",
            index=models.Index(
                condition=models.Q(("account__isnull", False)),
                fields=["account"],
                name="reporter_account",
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)),
                fields=["merged_into"],
                name="matter_merged_into",
            ),
        ),
    ]
