"""Find what stands on a board by the day it was reported."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0006_channel_open311"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("published_at__isnull", False)),
                fields=["community", "-reported_at", "-id"],
                name="matter_published",
            ),
        ),
    ]
