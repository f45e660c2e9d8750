"""Let every list go by an index of its own, and drop the indexes that nothing goes by.

An index per foreign key costs each report a write, and a list of one state by deadline needs the
state in front of the deadline.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = "matters_matter"
UNUSED = (
    "accepted_by_id",
    "category_id",
    "city_id",
    "community_id",
    "complained_of_id",
    "condition_id",
    "district_id",
    "entrance_id",
    "grid_id",
    "level_id",
    "settled_level_id",
    "subdistrict_id",
    "verified_by_id",
)


def drop_unused(apps, editor):
    """Drop them by what they index: SQLite would copy the whole table once for each."""
    connection = editor.connection
    with connection.cursor() as cursor:
        known = connection.introspection.get_constraints(cursor, TABLE)
    for name, found in known.items():
        is_plain = found["index"] and not (found["unique"] or found["primary_key"])
        if is_plain and len(found["columns"]) == 1 and found["columns"][0] in UNUSED:
            editor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")


def make_them_again(apps, editor):
    matter = apps.get_model("matters", "Matter")
    for column in UNUSED:
        name = editor._create_index_name(TABLE, [column], suffix="")
        editor.execute(f'CREATE INDEX "{name}" ON {TABLE} ({column})')
    assert matter._meta.db_table == TABLE


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0008_channel_api"),
        ("people", "0002_api_tokens"),
        ("territory", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
            migrations.AlterField(
                model_name='matter',
                name='accepted_by',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AlterField(
                model_name='matter',
                name='category',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='matters.category'),
            ),
            migrations.AlterField(
                model_name='matter',
                name='city',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.area'),
            ),
            migrations.AlterField(
                model_name='matter',
                name='community',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.area'),
            ),
            migrations.AlterField(
                model_name='matter',
                name='complained_of',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation'),
            ),
            migrations.AlterField(
                model_name='matter',
                name='condition',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='matters.condition'),
            ),
            migrations.AlterField(
                model_name='matter',
                name='district',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.area'),
            ),
            migrations.AlterField(
                model_name='matter',
                name='entrance',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.entrance'),
            ),
            migrations.AlterField(
                model_name='matter',
                name='grid',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.area'),
            ),
            migrations.AlterField(
                model_name='matter',
                name='level',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='matters.level'),
            ),
            migrations.AlterField(
                model_name='matter',
                name='settled_level',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='matters.level'),
            ),
            migrations.AlterField(
                model_name='matter',
                name='subdistrict',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.area'),
            ),
            migrations.AlterField(
                model_name='matter',
                name='verified_by',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            ],
            database_operations=[migrations.RunPython(drop_unused, make_them_again)],
        ),
        migrations.RemoveIndex(model_name="matter", name="matter_community_due"),
        migrations.AddIndex(
            model_name='matter',
            index=models.Index(fields=['community', 'state', 'due_at', 'id'], name='matter_community_due'),
        ),
        migrations.AddIndex(
            model_name='matter',
            index=models.Index(fields=['grid', '-id'], name='matter_grid_new'),
        ),
        migrations.AddIndex(
            model_name='matter',
            index=models.Index(fields=['grid', 'state', 'due_at', 'id'], name='matter_grid_due'),
        ),
        migrations.AddIndex(
            model_name='matter',
            index=models.Index(fields=['district', '-id'], name='matter_district_new'),
        ),
        migrations.AddIndex(
            model_name='matter',
            index=models.Index(fields=['district', 'state', 'due_at', 'id'], name='matter_district_due'),
        ),
        migrations.AddIndex(
            model_name='matter',
            index=models.Index(fields=['subdistrict', '-id'], name='matter_subdistrict_new'),
        ),
        migrations.AddIndex(
            model_name='matter',
            index=models.Index(fields=['subdistrict', 'state', 'due_at', 'id'], name='matter_subdistrict_due'),
        ),
    ]
