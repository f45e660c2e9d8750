"""Index the 12345 orders by themselves: all of a community, and those that await their reply.

They are a small part of its matters, and the register walked them all.
"""

from django.db import migrations, models

HAS_NUMBER = models.Q(("hotline_number", ""), _negated=True)


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0018_orders_in_hand"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=HAS_NUMBER,
                fields=["community", "-id"],
                name="matter_hotline",
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(HAS_NUMBER, ("hotline_replied_at__isnull", True)),
                fields=["community", "-id", "state", "channel", "is_restricted", "merged_into"],
                name="matter_hotline_unreplied",
            ),
        ),
    ]
