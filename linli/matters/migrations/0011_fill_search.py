"""Put every matter into the search index."""

from django.db import migrations

from linli.core import search
from linli.matters.indexing import rows_of

BATCH = 2_000


def fill(apps, editor):
    matters = apps.get_model("matters", "Matter").objects
    model = apps.get_model("matters", "MatterTerms")
    last = 0
    while True:
        ids = list(matters.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        search.write(model=model, rows=rows_of(matters=matters, ids=ids))
        last = ids[-1]


def empty(apps, editor):
    editor.execute("DELETE FROM matters_search")


class Migration(migrations.Migration):
    dependencies = [("matters", "0010_search_table")]

    operations = [migrations.RunPython(fill, empty)]
