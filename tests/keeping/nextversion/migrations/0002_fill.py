"""The step that may fail, as a migration of a real office's data may."""

import os

from django.db import migrations


def fill(apps, schema_editor):
    apps.get_model("nextversion", "Novelty").objects.create()
    if os.environ.get("NEXT_VERSION_FAILS"):
        raise RuntimeError("this office has a row that nobody foresaw")


class Migration(migrations.Migration):
    dependencies = [("nextversion", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
