"""A table that the next version brings, and a change to one that is there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Novelty",
            fields=[("id", models.BigAutoField(primary_key=True))],
        ),
        migrations.RunSQL("UPDATE core_event SET actor = 'system:next'"),
    ]
