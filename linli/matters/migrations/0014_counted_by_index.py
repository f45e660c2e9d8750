"""Count a period's matters by the index of its moment: reported, accepted, due, closed, merged.

The cost of a figure is that of its period, not of all matters there ever were. Each has all that is
asked of it, so that no row is read.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0013_index_of_some"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="matter", name="matter_community_due"),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                fields=[
                    "community",
                    "state",
                    "due_at",
                    "id",
                    "is_restricted",
                    "grid",
                    "accepted_at",
                    "resolved_at",
                    "order",
                ],
                name="matter_community_due",
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                fields=["community", "reported_at", "is_restricted", "kind", "grid"],
                name="matter_by_reported",
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("accepted_at__isnull", False)),
                fields=["community", "accepted_at", "is_restricted", "grid"],
                name="matter_by_accepted",
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=[
                    "community",
                    "closed_at",
                    "state",
                    "is_restricted",
                    "round",
                    "channel",
                    "grid",
                ],
                name="matter_by_closed",
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)),
                fields=["community", "channel", "merged_into"],
                name="matter_by_merged",
            ),
        ),
    ]
