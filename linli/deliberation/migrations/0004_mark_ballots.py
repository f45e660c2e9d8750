"""Ballots that were cast before there were marks get theirs."""

from django.db import migrations

from linli.deliberation.marks import (
    BALLOT_COLUMNS,
    PARTICIPATION_COLUMNS,
    mark_of_ballot,
    mark_of_participation,
)


def mark(apps, schema_editor):
    for name, columns, mark_of in (
        ("Participation", PARTICIPATION_COLUMNS, mark_of_participation),
        ("OpenBallot", BALLOT_COLUMNS, mark_of_ballot),
    ):
        rows = apps.get_model("deliberation", name).objects.filter(mark="")
        for row in list(rows.values("pk", *columns)):
            rows.filter(pk=row["pk"]).update(mark=mark_of(row=row))


class Migration(migrations.Migration):
    dependencies = [("deliberation", "0003_ballot_marks")]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
