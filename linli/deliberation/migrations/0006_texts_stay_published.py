"""Papers that are texts were on the residents' page from the start, and stay there."""

from typing import Any

from django.db import migrations
from django.db.models import F


def publish_texts(apps: Any, _schema_editor: Any) -> None:
    """Let what residents read until now be published since it was given out."""
    papers = apps.get_model("deliberation", "Paper").objects
    papers.filter(attachment=None, published_at=None).update(published_at=F("given_out_at"))


class Migration(migrations.Migration):
    dependencies = [("deliberation", "0005_papers_are_published")]

    operations = [migrations.RunPython(publish_texts, migrations.RunPython.noop)]
