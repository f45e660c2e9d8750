"""Count the desk's queues by their index alone: it says which matters are done again, too."""

from django.db import migrations, models

MORE = {
    "community": ["is_restricted", "grid", "accepted_at", "resolved_at", "order", "round"],
    "district": ["is_restricted", "round"],
    "subdistrict": ["is_restricted", "round"],
}


def remade(level):
    fields = [level, "state", "due_at", "id", *MORE[level]]
    name = f"matter_{level}_due"
    return [
        migrations.RemoveIndex(model_name="matter", name=name),
        migrations.AddIndex(
            model_name="matter", index=models.Index(fields=fields, name=name)
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0019_hotline_register"),
    ]

    operations = [step for level in MORE for step in remade(level)]
