"""Let a category go unchecked only where an answer is all there is (data)."""

from typing import Any

from django.db import migrations


def check_on_site(apps: Any, _editor: Any) -> None:
    """Turn the inspection on for every category that is put right on the ground."""
    categories = apps.get_model("matters", "Category").objects.filter(check_on_site=False)
    categories.exclude(kind__in=["SUGGESTION", "POLICY_QUESTION"]).update(check_on_site=True)


class Migration(migrations.Migration):
    """Data only; walking back leaves the inspections on."""

    dependencies = [("matters", "0001_initial")]

    operations = [migrations.RunPython(check_on_site, migrations.RunPython.noop)]
