"""Find a community's ratings by day; every rating is of a matter."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0016_fill_rating_of_matter"),
    ]

    operations = [
        migrations.AlterField(
            model_name="rating",
            name="matter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="matters.matter",
            ),
        ),
        migrations.AlterField(
            model_name="rating",
            name="community",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="territory.area",
            ),
        ),
        migrations.AddIndex(
            model_name="rating",
            index=models.Index(
                fields=["community", "rated_at", "satisfaction", "matter"], name="rating_by_day"
            ),
        ),
    ]
