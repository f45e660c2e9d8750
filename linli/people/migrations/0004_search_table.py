"""Make the table of the residents' search index, as each database does it best."""

import django.db.models.deletion
from django.db import migrations, models

import linli.core.search
from linli.core.search import drop_table, make_table

TABLE = "people_search"


def make(apps, editor):
    make_table(editor=editor, table=TABLE, of_table="people_resident")


def unmake(apps, editor):
    drop_table(editor=editor, table=TABLE)


class Migration(migrations.Migration):
    dependencies = [("people", "0003_residents")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="ResidentTerms",
                    fields=[
                        (
                            "resident",
                            models.OneToOneField(
                                db_column="rowid",
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="search",
                                serialize=False,
                                to="people.resident",
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
