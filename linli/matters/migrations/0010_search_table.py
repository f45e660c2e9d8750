"""Make the table of the search index, as each database does it best."""

import django.db.models.deletion
from django.db import migrations, models

import linli.core.search
from linli.core.search import drop_table, make_table

TABLE = "matters_search"


def make(apps, editor):
    make_table(editor=editor, table=TABLE, of_table="matters_matter")


def unmake(apps, editor):
    drop_table(editor=editor, table=TABLE)


class Migration(migrations.Migration):
    dependencies = [("matters", "0009_lists_by_key")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="MatterTerms",
                    fields=[
                        (
                            "matter",
                            models.OneToOneField(
                                db_column="rowid",
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="search",
                                serialize=False,
                                to="matters.matter",
                            ),
                        ),
                        ("terms", linli.core.search.IndexedTerms()),
                    ],
                    options={"db_table": TABLE},
                ),
            ],
            database_operations=[migrations.RunPython(make, unmake)],
        ),
    ]
