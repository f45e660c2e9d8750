"""Say of each rating given so far which matter and which community it is of."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, _editor):
    reporters = apps.get_model("matters", "Reporter").objects.filter(pk=OuterRef("reporter_id"))
    apps.get_model("matters", "Rating").objects.update(
        matter_id=Subquery(reporters.values("matter_id")),
        community_id=Subquery(reporters.values("matter__community_id")),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0015_rating_of_matter"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
